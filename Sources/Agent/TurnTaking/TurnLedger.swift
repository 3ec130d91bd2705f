/// Where the time went between the caller's last sound and the first sound of the answer, milliseconds.
///
/// Each step begins where the one before it ends, so that they add up to ``totalMs``. Work that is done while something
/// else is waited for anyway costs nothing here.
public struct TurnLedger: Sendable, Equatable, Codable {
    /// From the caller's last sound until the silence after it was noticed.
    public var endOfSpeechMs = 0
    /// Until it was known what was said.
    public var transcriptMs = 0
    /// Until the dialogue had its first words.
    public var thinkingMs = 0
    /// Until the voice had its first sound.
    public var voiceMs = 0
    /// Until it was certain that the caller's turn was over, when all else was ready before.
    public var pauseMs = 0
    /// Until the first sound goes out, with the call's next 20 ms.
    public var playoutMs = 0
    /// Beside the total: how old the caller's sound is when we hear it (mean wait of the jitter buffer).
    public var jitterBufferMs: Int?
    /// Beside the total: the way to the caller, half of what RTCP says of the way there and back.
    public var networkMs: Int?

    public init() {}

    public var totalMs: Int { endOfSpeechMs + transcriptMs + thinkingMs + voiceMs + pauseMs + playoutMs }

    /// The steps by name, those that took no time left out.
    public var steps: [(name: String, milliseconds: Int)] {
        [
            ("end of speech", endOfSpeechMs), ("transcript", transcriptMs), ("thinking", thinkingMs),
            ("voice", voiceMs), ("pause", pauseMs), ("playout", playoutMs),
        ].filter { $0.1 != 0 }.map { (name: $0.0, milliseconds: $0.1) }
    }
}

extension TurnLedger {
    /// The steps in a line, for a person.
    public var sentence: String {
        var text = "answered after \(totalMs) ms"
        if !steps.isEmpty { text += ": " + steps.map { "\($0.name) \($0.milliseconds)" }.joined(separator: " + ") }
        var beside: [String] = []
        if let jitterBufferMs { beside.append("jitter buffer \(jitterBufferMs)") }
        if let networkMs { beside.append("network \(networkMs)") }
        return beside.isEmpty ? text : text + " (besides: \(beside.joined(separator: ", ")))"
    }
}

extension TurnLedger {
    /// What to do about a step that takes most of the time.
    private static let advice = [
        "end of speech":
            "The hearing notices late that the caller has stopped; a hearing that judges turns is quicker.",
        "transcript": "The speech-to-text is slow; name another, or give the machine more cores.",
        "thinking": "The dialogue is slow; name a quicker model, or a fallback with a patience.",
        "voice": "The voice is slow to begin; name another one.",
        "pause": "Callers are waited for; make conversation.pause shorter.",
        "playout": "The program is slow to play what is there; it has too little processor time.",
    ]

    /// Where the time of a call's answers went, and what to do about it, in a sentence; `nil` when there were none.
    static func explanation(of ledgers: [TurnLedger]) -> String? {
        let totals = ledgers.map(\.totalMs).sorted()
        guard let longest = totals.last else { return nil }
        let median = totals[totals.count / 2]
        var sums: [String: Int] = [:]
        for step in ledgers.flatMap(\.steps) { sums[step.name, default: 0] += step.milliseconds }
        var sentence = "answered after \(median) ms in the middle, \(longest) ms at most"
        guard let (name, sum) = sums.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return sentence }
        let share = sum * 100 / max(1, totals.reduce(0, +))
        sentence += "; \(share) % of it was \(name)"
        // What is answered within a second needs no advice.
        if median > 1_000, let advice = advice[name] { sentence += ". \(advice)" }
        return sentence
    }
}
