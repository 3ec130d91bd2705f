/// A frame of 20 ms at 8 kHz, whatever rate it came at.
struct TelephoneBand: Sendable {
    private static let length = 160
    private(set) var samples = [Float](repeating: 0, count: length)
    private var full: [Float]
    private var decimator: BlockDecimator

    /// - Returns: `nil` when the rate is no multiple of 8 000 up to 48 000.
    init?(from sampleRate: Int) {
        guard sampleRate > 0, sampleRate <= 48_000, sampleRate % 8000 == 0 else { return nil }
        let factor = sampleRate / 8000
        full = Array(repeating: 0, count: factor * Self.length)
        decimator = BlockDecimator(factor: factor, length: Self.length) { time in
            BlockDecimator.lowPass(0.45 / Double(factor), time)
        }
    }

    /// Takes 20 ms.
    mutating func load(_ frame: Span<Int16>) {
        guard frame.count == full.count else { return }
        if frame.count == Self.length {
            var all = samples.mutableSpan
            for index in frame.indices { all[index] = Float(frame[index]) }
            return
        }
        convert(frame)
        decimator.reduce(full, into: &samples, at: 0)
    }

    private mutating func convert(_ frame: Span<Int16>) {
        var all = full.mutableSpan
        for index in frame.indices { all[index] = Float(frame[index]) }
    }
}
