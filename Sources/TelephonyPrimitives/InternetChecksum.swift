/// The sum in one's complement of IP, UDP and TCP (RFC 1071).
struct InternetChecksum {
    private var sum: UInt64 = 0

    mutating func add(_ word: UInt16) { sum &+= UInt64(word) }

    mutating func add(_ number: UInt32) {
        add(UInt16(truncatingIfNeeded: number >> 16))
        add(UInt16(truncatingIfNeeded: number))
    }

    mutating func add(_ number: UInt64) {
        add(UInt32(truncatingIfNeeded: number >> 32))
        add(UInt32(truncatingIfNeeded: number))
    }

    /// Octets from an even place on; the last one of an odd number is followed by 0.
    mutating func add(_ octets: Span<UInt8>) {
        var index = 0
        while index + 1 < octets.count {
            sum &+= UInt64(octets[index]) << 8 | UInt64(octets[index + 1])
            index += 2
        }
        if index < octets.count { sum &+= UInt64(octets[index]) << 8 }
    }

    /// What goes into the header.
    var value: UInt16 {
        var folded = sum
        while folded > 0xFFFF { folded = folded & 0xFFFF + folded >> 16 }
        return ~UInt16(truncatingIfNeeded: folded)
    }
}
