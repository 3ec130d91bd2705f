/// A sum over octets by which two runs are compared (FNV-1a, eight octets at a time).
struct Digest: Hashable {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0x0000_0100_0000_01B3
        value ^= value >> 32
    }

    mutating func add(_ octets: [UInt8]) {
        add(UInt64(octets.count))
        for octet in octets { add(UInt64(octet)) }
    }

    mutating func add(_ samples: [Int16]) {
        add(UInt64(samples.count))
        for sample in samples { add(UInt64(UInt16(bitPattern: sample))) }
    }
}
