/// Numbers in network order. The callers have checked that the octets are there; what is not reads as 0.
extension RandomAccessCollection where Element == UInt8, Index == Int {
    func bigEndian16(at index: Int) -> UInt16 {
        UInt16(octet(at: index)) << 8 | UInt16(octet(at: index + 1))
    }

    func bigEndian32(at index: Int) -> UInt32 {
        UInt32(bigEndian16(at: index)) << 16 | UInt32(bigEndian16(at: index + 2))
    }

    private func octet(at index: Int) -> UInt8 {
        index >= startIndex && index < endIndex ? self[index] : 0
    }
}

extension Array where Element == UInt8 {
    mutating func append(bigEndian value: UInt16) {
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    mutating func append(bigEndian value: UInt32) {
        append(bigEndian: UInt16(truncatingIfNeeded: value >> 16))
        append(bigEndian: UInt16(truncatingIfNeeded: value))
    }
}

extension Span<UInt8> {
    func bigEndian16(at index: Int) -> UInt16 {
        guard index >= 0, index < count - 1 else { return 0 }
        return UInt16(self[index]) << 8 | UInt16(self[index + 1])
    }

    func bigEndian32(at index: Int) -> UInt32 {
        UInt32(bigEndian16(at: index)) << 16 | UInt32(bigEndian16(at: index + 2))
    }
}
