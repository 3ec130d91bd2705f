/// What the caller has said since the last utterance ended, without the silence before it.
struct Utterance {
    /// Samples per second.
    static let sampleRate = 16_000
    private static let longest = sampleRate * 60
    private static let window = sampleRate / 50
    /// Speech begins softly: so much of what was before the first loud window is kept.
    private static let lead = sampleRate * 3 / 10
    /// The mean square of a window that is more than line noise: 47 dB below full scale.
    private static let loud = 150 * 150

    private var samples: [Int16] = []
    /// How many of the samples have been looked at.
    private var judged = 0
    private var isLoud = false
    private var position = 0

    /// At most the last 60 seconds are kept.
    mutating func append(_ more: [Int16]) {
        samples += more
        position &+= more.count
        while !isLoud, judged + Self.window <= samples.count {
            isLoud =
                samples[judged..<(judged + Self.window)].reduce(0) { $0 + Int($1) * Int($1) }
                > Self.loud * Self.window
            judged += Self.window
        }
        let excess = isLoud ? samples.count - Self.longest : judged - Self.lead
        // Not sample by sample: moving the rest costs.
        if excess > Self.sampleRate || (!isLoud && excess > Self.window) {
            samples.removeFirst(excess)
            judged -= min(judged, excess)
        }
    }

    /// - Returns: the utterance, empty when nothing was loud enough to be one, and its place in the session.
    mutating func take() -> (samples: [Int16], start: Int, end: Int) {
        defer {
            samples = []
            judged = 0
            isLoud = false
        }
        guard isLoud else { return ([], position, position) }
        let kept = samples.suffix(Self.longest)
        return (Array(kept), position - kept.count, position)
    }
}
