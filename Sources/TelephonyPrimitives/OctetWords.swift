/// Eight octets looked at in one step: what is read most, line ends and delimiters, is found a word at a time.
extension Span<UInt8> {
    /// The eight octets from `place` on, the first in the lowest bits.
    @inlinable @inline(__always)
    package func word(at place: Int) -> UInt64 {
        // One check of the bounds; the eight reads become one.
        let octets = extracting(place..<(place &+ 8))
        let low =
            UInt64(octets[0]) | UInt64(octets[1]) << 8 | UInt64(octets[2]) << 16 | UInt64(octets[3]) << 24
        let high =
            UInt64(octets[4]) | UInt64(octets[5]) << 8 | UInt64(octets[6]) << 16 | UInt64(octets[7]) << 24
        return low | high << 32
    }

    /// The first place from `start` on, and before `end`, where `octet` stands.
    @inlinable @inline(__always)
    package func firstPlace(of octet: UInt8, from start: Int, to end: Int) -> Int? {
        let pattern = OctetWord.repeating(octet)
        var place = start
        while place &+ 8 <= end {
            let found = OctetWord.zeros(word(at: place) ^ pattern)
            if found != 0 { return place &+ OctetWord.firstPlace(found) }
            place &+= 8
        }
        while place < end {
            if self[place] == octet { return place }
            place &+= 1
        }
        return nil
    }

    /// Whether all octets are below 128.
    @inlinable
    package var isASCII: Bool {
        var place = 0
        while place &+ 8 <= count {
            if word(at: place) & OctetWord.repeating(0x80) != 0 { return false }
            place &+= 8
        }
        while place < count {
            if self[place] >= 0x80 { return false }
            place &+= 1
        }
        return true
    }

    /// Whether CR, LF or NUL stands at `start` or behind it.
    package func hasLineEndOrNUL(from start: Int) -> Bool {
        var place = start
        while place < count {
            if place &+ 8 <= count, OctetWord.hasOctets(below: 0x0E, word(at: place)) == false {
                place &+= 8
                continue
            }
            let octet = self[place]
            if octet == 0x0D || octet == 0x0A || octet == 0 { return true }
            place &+= 1
        }
        return false
    }
}

/// Arithmetic on eight octets in a word.
@usableFromInline package enum OctetWord {
    @inlinable @inline(__always)
    package static func repeating(_ octet: UInt8) -> UInt64 { UInt64(octet) &* 0x0101_0101_0101_0101 }

    /// The upper bit of each octet that is zero; bits above the lowest of these may be wrong.
    @inlinable @inline(__always)
    package static func zeros(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    }

    /// Which octet the lowest bit that is set belongs to.
    @inlinable @inline(__always)
    package static func firstPlace(_ bits: UInt64) -> Int { bits.trailingZeroBitCount &>> 3 }

    /// The first `count` octets, the others zero.
    ///
    /// - Precondition: `count` is 7 at most.
    @inlinable @inline(__always)
    package static func prefix(_ count: Int, of word: UInt64) -> UInt64 {
        word & ((1 &<< (UInt64(truncatingIfNeeded: count) &* 8)) &- 1)
    }

    /// Whether `octet` is among the eight.
    @inlinable @inline(__always)
    package static func has(_ octet: UInt8, _ word: UInt64) -> Bool { zeros(word ^ repeating(octet)) != 0 }

    /// - Precondition: `limit` is 128 at most.
    @inlinable @inline(__always)
    package static func hasOctets(below limit: UInt8, _ word: UInt64) -> Bool {
        octets(below: limit, word) != 0
    }

    /// The upper bit of each octet below `limit`, as `zeros(_:)` has it.
    ///
    /// - Precondition: `limit` is 128 at most.
    @inlinable @inline(__always)
    package static func octets(below limit: UInt8, _ word: UInt64) -> UInt64 {
        (word &- repeating(limit)) & ~word & 0x8080_8080_8080_8080
    }
}
