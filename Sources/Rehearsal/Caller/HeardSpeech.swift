internal import TelephonyPrimitives

/// What the caller has understood of the agent, stretch by stretch.
struct HeardSpeech: Sendable, Equatable {
    private struct Stretch: Sendable, Equatable {
        var start: Instant
        var end: Instant
        var text: String
        var isFinal: Bool
    }

    private var stretches: [Stretch] = []
    /// More is not kept; an agent that talks so long without a word of the caller's goes on unheard.
    private static let maximum = 200
    /// An agent that was cut off says no more than this; who speaks longer has gone over to an answer without a pause.
    private static let rest = Duration.milliseconds(1_500)

    /// A reading of the speech that began at `start`; a later one of the same takes its place.
    ///
    /// - Parameter end: of the speech; of a reading that is not final, now.
    mutating func add(_ text: String, from start: Instant, to end: Instant, isFinal: Bool) {
        if let last = stretches.indices.last, !stretches[last].isFinal { stretches.removeLast() }
        guard stretches.count < Self.maximum, !text.isEmpty else { return }
        stretches.append(Stretch(start: start, end: end, text: text, isFinal: isFinal))
    }

    /// All that began at `mark` or later, or went on long after it.
    func words(since mark: Instant) -> HeardWords {
        HeardWords(
            stretches.filter { $0.start >= mark || $0.end - mark > Self.rest }.map(\.text).joined(separator: " "))
    }

    /// Whether the last reading may still change.
    var isChanging: Bool { stretches.last.map { !$0.isFinal } ?? false }
}
