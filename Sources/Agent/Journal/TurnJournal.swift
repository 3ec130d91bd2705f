package import TelephonyPrimitives

/// What a conversation is replayed from: all that its ``ReplayedTurns`` are told, and what they decided about it.
package struct TurnJournal: Sendable {
    private let sink: any JournalSink

    package init(_ sink: any JournalSink) { self.sink = sink }

    /// A conversation of hearing, dialogue and voice.
    func began(
        _ configuration: ConversationConfiguration, sampleRate: Int, hearingJudgesTurns: Bool,
        context: DialogueContext, now: Instant
    ) {
        var writing = JournalWriting()
        writing.put(sampleRate)
        writing.put(hearingJudgesTurns)
        configuration.write(to: &writing)
        context.write(to: &writing)
        sink.put(JournalRecord(.turnsBegin, at: now, writing.octets).octets)
    }

    /// A conversation with a model that hears and speaks.
    func beganDuplex(
        _ configuration: ConversationConfiguration, sampleRate: Int, isFullDuplex: Bool, fallbacks: Int, played: Int,
        now: Instant
    ) {
        var writing = JournalWriting()
        writing.put(sampleRate)
        writing.put(isFullDuplex)
        writing.put(fallbacks)
        writing.put(played)
        configuration.write(to: &writing)
        sink.put(JournalRecord(.duplexBegin, at: now, writing.octets).octets)
    }

    /// A conversation with a bot.
    package func beganBot(sampleRate: Int, maximumDuration: Duration, now: Instant) {
        var writing = JournalWriting()
        writing.put(sampleRate)
        writing.put(maximumDuration)
        sink.put(JournalRecord(.botBegin, at: now, writing.octets).octets)
    }

    package func took<Input: JournalledTurnInput, Output: JournalledTurnOutput>(
        _ input: Input, _ outputs: [Output], now: Instant
    ) {
        var writing = JournalWriting()
        input.write(to: &writing)
        writing.put(each: outputs) { $0.put($1.journalText) }
        sink.put(JournalRecord(.turnsInput, at: now, writing.octets).octets)
    }

    package func ended<Output: JournalledTurnOutput>(played: Int, _ outputs: [Output], now: Instant) {
        var writing = JournalWriting()
        writing.put(played)
        writing.put(each: outputs) { $0.put($1.journalText) }
        sink.put(JournalRecord(.turnsEnd, at: now, writing.octets).octets)
    }
}

/// Something that a conversation is told, as a journal keeps it.
package protocol JournalledTurnInput: Sendable {
    func write(to writing: inout JournalWriting)
    init(from reading: inout JournalReading) throws(JournalError)
}

/// Something that a conversation wants done, as a journal keeps it.
package protocol JournalledTurnOutput: Sendable {
    /// All of it in words, always the same for the same, to be compared.
    var journalText: String { get }
}

extension JournalledTurnOutput {
    package var journalText: String { "\(self)" }
}

/// The core of a conversation, told the same at the same instants it decides the same.
protocol ReplayedTurns: Sendable {
    associatedtype Input: JournalledTurnInput
    associatedtype Output: JournalledTurnOutput

    mutating func receive(_ input: Input, now: Instant) -> [Output]
    /// - Parameter played: samples that had sounded when it ended.
    mutating func callEnded(played: Int, now: Instant) -> [Output]
    /// What somebody said, or what was done; `nil` for what nobody wants to see.
    static func line(_ input: Input?, _ outputs: [Output]) -> String?
}
