import Synchronization

/// When what happened, on one clock for caller and services; milliseconds.
final class Timeline: Sendable {
    struct Turn: Sendable {
        /// The caller's last loud packet left; the first and last loud packet of the answer came.
        var asked: Double?
        var answered: Double?
        /// The ears got the last loud sound; they said that the turn is over.
        var heard: Double?
        var judged: Double?
        /// The model got the question; its first words left.
        var modelAsked: Double?
        var modelAnswered: Double?
        /// The voice got its text; its sound left.
        var voiceAsked: Double?
        var voiceAnswered: Double?
    }

    struct Interruption: Sendable {
        /// The caller's first loud packet left; the ears said that somebody speaks.
        var began: Double?
        var decided: Double?
        /// The last loud packet of the agent came.
        var quiet: Double?
        /// Milliseconds of the answer that came, and the words that the model was told were heard.
        var playedMs: Double?
        var toldWords: Int?
    }

    struct Key: Hashable, Sendable {
        var call: Int
        var turn: Int
    }

    private let start = ContinuousClock.now
    private let state = Mutex((turns: [Key: Turn](), cuts: [Key: Interruption](), callOfConnection: [Int: Int]()))

    var now: Double { ms(.now) }

    func ms(_ instant: ContinuousClock.Instant) -> Double {
        let parts = start.duration(to: instant).components
        return Double(parts.seconds) * 1_000 + Double(parts.attoseconds) / 1e15
    }

    func turn(_ key: Key, _ change: @Sendable (inout Turn) -> Void) {
        state.withLock { change(&$0.turns[key, default: Turn()]) }
    }

    func cut(_ key: Key, _ change: @Sendable (inout Interruption) -> Void) {
        state.withLock { change(&$0.cuts[key, default: Interruption()]) }
    }

    /// The model's instructions name the caller, the question names the ears' connection.
    func connect(_ connection: Int, to call: Int) {
        state.withLock { $0.callOfConnection[connection] = call }
    }

    func call(of connection: Int) -> Int? { state.withLock { $0.callOfConnection[connection] } }

    var turns: [Key: Turn] { state.withLock { $0.turns } }
    var cuts: [Key: Interruption] { state.withLock { $0.cuts } }
}

/// A number as letters: a voice is given text in which figures are spelled out.
enum Name {
    private static let letters = Array("bcdfghjklm")

    static func of(_ number: Int) -> String {
        String("\(number)".compactMap { $0.wholeNumberValue.map { letters[$0] } })
    }

    static func number(_ name: String) -> Int? {
        Int(name.compactMap { letter in letters.firstIndex(of: letter).map { "\($0)" } }.joined())
    }
}
