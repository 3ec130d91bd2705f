/// A frame of 20 ms at 8 kHz, whatever rate it came at.
struct TelephoneBand: Sendable {
    private(set) var samples = [Float](repeating: 0, count: 160)
    private var decimator: ToneDetector.Decimator

    /// - Returns: `nil` when the rate is no multiple of 8 000 up to 48 000.
    init?(from sampleRate: Int) {
        guard let made = ToneDetector.Decimator(from: sampleRate) else { return nil }
        decimator = made
    }

    /// Takes 20 ms.
    mutating func load(_ frame: Span<Int16>) {
        if frame.count == samples.count {
            var all = samples.mutableSpan
            for index in frame.indices { all[index] = Float(frame[index]) }
            return
        }
        var place = 0
        for index in frame.indices {
            guard let sample = decimator.take(Float(frame[index])), place < samples.count else { continue }
            samples[place] = sample
            place += 1
        }
    }
}
