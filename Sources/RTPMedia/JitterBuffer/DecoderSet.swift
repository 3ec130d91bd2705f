/// The decoders of the payload types agreed on: a handful, so that they are searched one after the other and used where
/// they are, without a copy.
struct DecoderSet: Sendable {
    private var types: [UInt8] = []
    private var decoders: [any AudioDecoder] = []
    /// A decoder as it was before it concealed a packet that may still come.
    private var kept: (payloadType: UInt8, decoder: any AudioDecoder)?

    func firstIndex(of payloadType: UInt8) -> Int? { types.firstIndex(of: payloadType) }

    mutating func set(_ decoder: any AudioDecoder, for payloadType: UInt8) {
        remove(payloadType)
        types.append(payloadType)
        decoders.append(decoder)
    }

    mutating func remove(_ payloadType: UInt8) {
        guard let index = firstIndex(of: payloadType) else { return }
        types.remove(at: index)
        decoders.remove(at: index)
        kept = nil
    }

    /// Remembers what a decoder knows, unless that is remembered already.
    mutating func keep(_ payloadType: UInt8) {
        guard kept == nil, let index = firstIndex(of: payloadType) else { return }
        kept = (payloadType, decoders[index])
    }

    /// The packet has come: its decoder is as if it had concealed nothing.
    ///
    /// - Returns: `false` when nothing was remembered.
    @discardableResult mutating func restore() -> Bool {
        guard let kept else { return false }
        if let index = firstIndex(of: kept.payloadType) { decoders[index] = kept.decoder }
        self.kept = nil
        return true
    }

    /// The packet is lost.
    mutating func forget() {
        kept = nil
    }

    func sampleCount(of payload: Span<UInt8>, at index: Int) -> Int { decoders[index].sampleCount(of: payload) }

    func clockRate(at index: Int) -> Int { max(1, decoders[index].clockRate) }

    mutating func reset() {
        kept = nil
        for index in decoders.indices { decoders[index].reset() }
    }

    mutating func reset(_ payloadType: UInt8) {
        kept = nil
        guard let index = firstIndex(of: payloadType) else { return }
        decoders[index].reset()
    }

    mutating func decode(_ payload: Span<UInt8>, of payloadType: UInt8, into samples: inout [Int16]) {
        guard let index = firstIndex(of: payloadType) else { return }
        decoders[index].decode(payload, into: &samples)
    }

    mutating func conceal(_ count: Int, by payloadType: UInt8, into samples: inout [Int16]) -> Bool {
        guard let index = firstIndex(of: payloadType) else { return false }
        return decoders[index].conceal(count, into: &samples)
    }

    mutating func recover(
        _ count: Int, from next: Span<UInt8>, of payloadType: UInt8, into samples: inout [Int16]
    ) -> Bool {
        guard let index = firstIndex(of: payloadType) else { return false }
        return decoders[index].recover(count, from: next, into: &samples)
    }
}
