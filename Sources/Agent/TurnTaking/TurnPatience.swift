internal import TelephonyPrimitives

/// How long to wait after the caller's last sound before the turn counts as over: by what was said, and by how this
/// caller speaks.
struct TurnPatience: Sendable {
    private let habits: PauseHabits
    /// Pauses after which the caller went on, the latest last, milliseconds.
    private var inner: [Int64] = []
    /// Turns in a row that were over when we said so.
    private var undisturbed = 0

    init(_ habits: PauseHabits) {
        self.habits = habits
    }

    /// The caller went on `pause` after having stopped.
    mutating func callerWentOn(after pause: Duration) {
        inner = inner.suffix(7) + [pause.inNanoseconds / 1_000_000]
        undisturbed = 0
    }

    /// A turn was over when it had been taken for over.
    mutating func turnStood() {
        undisturbed += 1
        // What has not come back for five turns no longer says much.
        if undisturbed.isMultiple(of: 5), !inner.isEmpty { inner.removeFirst() }
    }

    /// The pause that ends a turn with these words.
    func pause(after text: String) -> Duration {
        let base: Duration =
            switch Completeness(of: text) {
            case .finished: habits.finished
            case .open: habits.open
            case .unfinished: habits.unfinished
            }
        guard let usual else { return min(base, habits.longest) }
        // A caller who pauses long within a sentence gets as long as that and a little more; after whole sentences half.
        let wanted = usual + .milliseconds(200)
        let adapted = Completeness(of: text) == .finished ? base + (wanted - base) / 2 : wanted
        return min(max(base, adapted), habits.longest)
    }

    /// The longer of this caller's pauses.
    private var usual: Duration? {
        guard !inner.isEmpty else { return nil }
        let sorted = inner.sorted()
        return .milliseconds(sorted[sorted.count * 3 / 4])
    }
}
