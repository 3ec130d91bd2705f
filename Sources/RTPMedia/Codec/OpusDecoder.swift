/// The sample rates that Opus is decoded to and encoded from here, whatever is on the line.
public enum OpusSampleRate: Int, Sendable, Hashable, CaseIterable {
    /// 8 000 Hz: sound up to 4 kHz.
    case narrowband = 8000
    /// 16 000 Hz: sound up to 8 kHz.
    case wideband = 16_000
    /// 24 000 Hz: sound up to 12 kHz.
    case superWideband = 24_000
    /// 48 000 Hz: sound up to 20 kHz.
    case fullband = 48_000
}

/// The decoder of Opus (RFC 6716, RFC 7587), by libopus. Stereo is mixed to mono.
///
/// Decoding to 16 kHz costs a third of what decoding to 48 kHz and resampling would.
public struct OpusDecoder: AudioDecoder {
    private let rate: OpusSampleRate
    private var state: OpusState

    /// Samples per second of the sound that is made.
    public var sampleRate: Int { rate.rawValue }
    /// 48 000 Hz, whatever the sample rate is (RFC 7587 §4.1).
    public var clockRate: Int { 48_000 }

    /// - Parameter sampleRate: of the sound that is made; any packet is decoded to it.
    public init(sampleRate: OpusSampleRate = .wideband) {
        rate = sampleRate
        state = .decoder(sampleRate: sampleRate)
    }

    public func sampleCount(of payload: Span<UInt8>) -> Int {
        guard let packet = OpusPacket(parsing: payload) else { return 0 }
        return packet.sampleCount * sampleRate / 48_000
    }

    public mutating func decode(_ payload: Span<UInt8>, into samples: inout [Int16]) {
        let count = sampleCount(of: payload)
        guard count > 0 else { return }
        own()
        if state.decode(payload, count, redundancy: false, into: &samples) { return }
        if !conceal(count, into: &samples) { samples.append(contentsOf: repeatElement(0, count: count)) }
    }

    /// Goes on with what was last heard, and fades it out; any number of samples up to ten seconds.
    public mutating func conceal(_ count: Int, into samples: inout [Int16]) -> Bool {
        guard count > 0, count <= sampleRate * 10 else { return false }
        own()
        let start = samples.count
        var remaining = count
        while remaining > 0 {
            // Whole multiples of 2.5 ms, 120 ms at most; what is too much at the end is cut off.
            let unit = sampleRate / 400
            let piece = (min(remaining, unit * 48) + unit - 1) / unit * unit
            guard state.decode(Span(), piece, redundancy: false, into: &samples) else {
                samples.removeLast(samples.count - start)
                return false
            }
            remaining -= piece
        }
        if remaining < 0 { samples.removeLast(-remaining) }
        return true
    }

    /// What `next` tells about the packet before it; where that is shorter than `count`, it is the end, and the rest is
    /// concealed.
    public mutating func recover(_ count: Int, from next: Span<UInt8>, into samples: inout [Int16]) -> Bool {
        guard OpusPacket.hasRedundancy(next), let packet = OpusPacket(parsing: next) else { return false }
        let frame = packet.samplesPerFrame * sampleRate / 48_000
        guard count >= frame, count <= sampleRate / 1000 * 120, count % (sampleRate / 400) == 0 else { return false }
        own()
        return state.decode(next, count, redundancy: true, into: &samples)
    }

    public mutating func reset() {
        own()
        state.resetDecoder()
    }

    private mutating func own() {
        if !isKnownUniquelyReferenced(&state) { state = state.copy() }
    }
}
