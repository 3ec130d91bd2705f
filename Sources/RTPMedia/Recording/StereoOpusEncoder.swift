/// Encodes both sides of a call as one stereo stream, to be recorded with an ``OggOpusWriter``: the caller on the left,
/// the agent on the right.
public struct StereoOpusEncoder: Sendable {
    private let rate: OpusSampleRate
    private var state: OpusState
    private var pairs: [Int16] = []

    /// Samples per second of either side.
    public var sampleRate: Int { rate.rawValue }
    /// What the file has to leave out at its beginning, in samples at 48 kHz.
    public var preSkip: Int { state.lookahead * 48_000 / rate.rawValue }

    /// - Parameters:
    ///   - sampleRate: of what is recorded.
    ///   - bitRate: for both sides together, in bits per second.
    public init(sampleRate: OpusSampleRate = .wideband, bitRate: Int = 32_000) {
        rate = sampleRate
        state = .encoder(sampleRate: sampleRate, isStereo: true)
        var settings = OpusEncoder.Settings()
        settings.bitRate = bitRate
        settings.correctsErrors = false
        state.apply(settings)
    }

    /// Appends one packet for 2.5, 5, 10, 20, 40 or 60 ms of sound; nothing for any other number of samples. A side that
    /// is shorter is silent at its end.
    public mutating func encode(left: Span<Int16>, right: Span<Int16>, into payload: inout [UInt8]) {
        let count = max(left.count, right.count)
        guard OpusEncoder.isPacket(count, rate) else { return }
        pairs.removeAll(keepingCapacity: true)
        for index in 0..<count {
            pairs.append(index < left.count ? left[index] : 0)
            pairs.append(index < right.count ? right[index] : 0)
        }
        if !isKnownUniquelyReferenced(&state) { state = state.copy() }
        _ = state.encode(pairs.span, minimum: 1, maximum: OpusEncoder.maximumLength, into: &payload)
    }
}
