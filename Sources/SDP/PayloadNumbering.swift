/// Which payload type number we use for which codec; a number keeps its meaning for the whole session
/// (RFC 3264 §8.3.2).
struct PayloadNumbering {
    private var bindings: [(number: UInt8, codec: AudioCodecOffer)] = []

    /// The number to offer a codec with: the one in use, the fixed one, or the next free one from 96 on; for
    /// telephone-event 101 is tried first, because some gateways know no other. `nil` when all are taken.
    mutating func number(for codec: AudioCodecOffer) -> UInt8? {
        if let bound = bindings.last(where: { $0.codec.isSameEncoding(as: codec) }) { return bound.number }
        if let fixed = codec.staticPayloadType, isFree(fixed) {
            bind(fixed, to: codec)
            return fixed
        }
        let start: UInt8 = codec.isTelephoneEvent ? 101 : 96
        let reserved: UInt8? = codec.isTelephoneEvent ? nil : 101
        let candidates = Array(start...127) + Array(96..<start)
        guard let number = candidates.first(where: { isFree($0) && $0 != reserved }) else { return nil }
        bind(number, to: codec)
        return number
    }

    /// Takes over a number of the peer's offer.
    mutating func bind(_ number: UInt8, to codec: AudioCodecOffer) {
        bindings.removeAll { $0.number == number || $0.codec.isSameEncoding(as: codec) }
        bindings.append((number, codec))
    }

    private func isFree(_ number: UInt8) -> Bool {
        !bindings.contains { $0.number == number }
    }
}
