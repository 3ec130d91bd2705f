/// A number that stands for octets or samples in a journal (FNV-1a): enough to see that others are others.
package struct Digest64: Sendable {
    package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    package init() {}

    package mutating func take(_ word: UInt16) {
        value = (value ^ UInt64(word)) &* 0x100_0000_01B3
    }
}
