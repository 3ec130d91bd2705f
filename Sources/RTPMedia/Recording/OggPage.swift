/// One page of an Ogg file: some octets of packets and how they are cut (RFC 3533 §6).
struct OggPage {
    static let headerLength = 27
    /// A page holds 255 segments of 255 octets at most.
    static let maximumSegments = 255

    var isContinued = false
    var isFirst = false
    var isLast = false
    /// For Opus the number of samples at 48 kHz at the end of the last packet that ends here; -1 when none does.
    var position: Int64
    var serial: UInt32
    var sequence: UInt32
    /// The lengths of the segments; one below 255 ends a packet.
    var segments: [UInt8]
    /// Where the segments' octets are, in what was parsed.
    var contents: Range<Int> = 0..<0

    init(position: Int64, serial: UInt32, sequence: UInt32, segments: [UInt8]) {
        self.position = position
        self.serial = serial
        self.sequence = sequence
        self.segments = segments
    }

    /// Reads the page that begins at `start`.
    ///
    /// - Returns: `nil` when there is none, it is cut off, or its sum is wrong.
    init?(parsing octets: [UInt8], at start: Int) {
        guard start >= 0, octets.count - start >= Self.headerLength, octets[start] == 0x4F, octets[start + 1] == 0x67,
            octets[start + 2] == 0x67, octets[start + 3] == 0x53, octets[start + 4] == 0
        else { return nil }
        let count = Int(octets[start + 26])
        guard octets.count - start >= Self.headerLength + count else { return nil }
        segments = Array(octets[(start + Self.headerLength)..<(start + Self.headerLength + count)])
        let body = start + Self.headerLength + count
        let length = segments.reduce(0) { $0 + Int($1) }
        guard octets.count - body >= length else { return nil }
        contents = body..<(body + length)
        let flags = octets[start + 5]
        isContinued = flags & 1 != 0
        isFirst = flags & 2 != 0
        isLast = flags & 4 != 0
        position = Int64(bitPattern: Self.number(octets, start + 6, 8))
        serial = UInt32(truncatingIfNeeded: Self.number(octets, start + 14, 4))
        sequence = UInt32(truncatingIfNeeded: Self.number(octets, start + 18, 4))
        let stated = UInt32(truncatingIfNeeded: Self.number(octets, start + 22, 4))
        var sum = Self.sum(0, octets[start..<(start + 22)])
        sum = Self.sum(sum, [0, 0, 0, 0])
        sum = Self.sum(sum, octets[(start + 26)..<contents.upperBound])
        guard sum == stated else { return nil }
    }

    /// The page with its octets, as it stands in the file.
    func serialized(_ body: [UInt8]) -> [UInt8] {
        var octets: [UInt8] = [0x4F, 0x67, 0x67, 0x53, 0]
        octets.append((isContinued ? 1 : 0) | (isFirst ? 2 : 0) | (isLast ? 4 : 0))
        octets += Self.little(UInt64(bitPattern: position), octets: 8)
        octets += Self.little(UInt64(serial), octets: 4) + Self.little(UInt64(sequence), octets: 4) + [0, 0, 0, 0]
        octets.append(UInt8(truncatingIfNeeded: segments.count))
        octets += segments + body
        octets.replaceSubrange(22..<26, with: Self.little(UInt64(Self.sum(0, octets[...])), octets: 4))
        return octets
    }

    static func little(_ value: UInt64, octets: Int) -> [UInt8] {
        (0..<octets).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    static func number(_ octets: [UInt8], _ start: Int, _ count: Int) -> UInt64 {
        guard start >= 0, start + count <= octets.count else { return 0 }
        return (0..<count).reduce(0) { $0 | UInt64(octets[start + $1]) << UInt64(8 * $1) }
    }

    /// The check sum of RFC 3533 §6: a remainder by 0x04C11DB7, the upper bit first.
    private static func sum(_ before: UInt32, _ octets: ArraySlice<UInt8>) -> UInt32 {
        octets.reduce(before) { $0 << 8 ^ remainders[Int(UInt8(truncatingIfNeeded: $0 >> 24) ^ $1)] }
    }

    private static let remainders: [UInt32] = (0..<256).map { octet in
        (0..<8).reduce(UInt32(octet) << 24) { sum, _ in sum << 1 ^ (sum & 0x8000_0000 == 0 ? 0 : 0x04C1_1DB7) }
    }
}
