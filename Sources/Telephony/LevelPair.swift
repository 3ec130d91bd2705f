internal import RTPMedia

/// Measures both sides of a call for as long as somebody asks.
struct LevelPair {
    /// Beats of 20 ms after which nobody is thought to look any more.
    private static let patience = 250

    private var heard = LevelMeter()
    private var sent = LevelMeter()
    private var beats = 0

    /// Whether it is worth going on.
    var isWanted: Bool { beats < Self.patience }

    /// What was measured; `nil` before the first beat.
    var levels: CallLevels? { beats > 0 ? CallLevels(heard: heard.level, sent: sent.level) : nil }

    mutating func add(heard frame: PCMFrame, sent played: PCMFrame?) {
        heard.add(frame.samples.span)
        // What was not sent is silence.
        if let played { sent.add(played.samples.span) } else { sent.add(repeatElement(0, count: frame.samples.count)) }
        beats += 1
    }
}
