package import TelephonyPrimitives

/// One thing that a conversation was told, again.
package struct TurnStep: Sendable {
    /// What it was told, in words.
    package let input: String
    /// What it decided then, and what it decides now.
    package let recorded: [String]
    package let replayed: [String]
    /// What a reader of the conversation wants to see of it.
    package let line: String?
}

/// A conversation again, from its journal: the same core, told the same at the same instants.
package struct TurnReplay: Sendable {
    private enum Core: Sendable {
        case spoken(TurnTaking)
        case duplex(DuplexTurns)
        case bot(BotTurns)
    }

    private var core: Core
    /// What a dialogue was told of the call; `nil` where none led it.
    package private(set) var context: DialogueContext?
    /// What the dialogue was asked, and what it answered.
    package private(set) var exchanges: [DialogueExchange] = []
    private static let maximumExchanges = 10_000

    /// - Parameters:
    ///   - begin: the record of the kind `turnsBegin`, `duplexBegin` or `botBegin`.
    ///   - change: for tests: a habit that is another now.
    package init(
        _ begin: JournalRecord, change: (inout ConversationConfiguration) -> Void = { _ in }
    ) throws(JournalError) {
        var reading = JournalReading(begin.payload)
        let sampleRate = try reading.int()
        guard (1_000...192_000).contains(sampleRate) else { throw JournalError("the sound has no such rate") }
        switch begin.kind {
        case .duplexBegin:
            let isFullDuplex = try reading.truth()
            let fallbacks = try reading.count()
            let played = try reading.count()
            var configuration = try ConversationConfiguration(from: &reading)
            change(&configuration)
            core = .duplex(
                DuplexTurns(
                    configuration: configuration, sampleRate: sampleRate, isFullDuplex: isFullDuplex,
                    fallbacks: fallbacks, played: played, now: begin.time))
        case .botBegin:
            core = .bot(
                BotTurns(sampleRate: sampleRate, maximumDuration: try reading.duration(), now: begin.time))
        default:
            let judges = try reading.truth()
            var configuration = try ConversationConfiguration(from: &reading)
            context = try DialogueContext(from: &reading)
            change(&configuration)
            core = .spoken(
                TurnTaking(
                    configuration: configuration, sampleRate: sampleRate, hearingJudgesTurns: judges, now: begin.time))
        }
    }

    /// - Parameter record: of the kind `turnsInput` or `turnsEnd`.
    package mutating func step(_ record: JournalRecord) throws(JournalError) -> TurnStep {
        switch core {
        case .spoken(var turns):
            let (step, input, outputs) = try Self.step(&turns, record)
            core = .spoken(turns)
            if let input { note(input, outputs) }
            return step
        case .duplex(var turns):
            let (step, _, _) = try Self.step(&turns, record)
            core = .duplex(turns)
            return step
        case .bot(var turns):
            let (step, _, _) = try Self.step(&turns, record)
            core = .bot(turns)
            return step
        }
    }

    private static func step<Turns: ReplayedTurns>(
        _ turns: inout Turns, _ record: JournalRecord
    ) throws(JournalError) -> (TurnStep, Turns.Input?, [Turns.Output]) {
        var reading = JournalReading(record.payload)
        let input: Turns.Input?
        let words: String
        let outputs: [Turns.Output]
        if record.kind == .turnsEnd {
            let played = min(max(0, try reading.int()), 1 << 40)
            input = nil
            words = "the call ended, \(played) samples played"
            outputs = turns.callEnded(played: played, now: record.time)
        } else {
            let told = try Turns.Input(from: &reading)
            input = told
            words = "\(told)"
            outputs = turns.receive(told, now: record.time)
        }
        let recorded = try reading.list { (reading) throws(JournalError) in try reading.text() }
        let step = TurnStep(
            input: words, recorded: recorded, replayed: outputs.map(\.journalText),
            line: Turns.line(input, outputs))
        return (step, input, outputs)
    }

    private mutating func note(_ input: TurnTaking.Input, _ outputs: [TurnTaking.Output]) {
        if case .action(let reply, let action) = input,
            let index = exchanges.lastIndex(where: { $0.reply == reply })
        {
            exchanges[index].actions.append(action)
        }
        if case .replyFinished(let reply) = input, let index = exchanges.lastIndex(where: { $0.reply == reply }) {
            exchanges[index].isWhole = true
        }
        for output in outputs {
            switch output {
            case .startReply(let reply, let input) where exchanges.count < Self.maximumExchanges:
                exchanges.append(DialogueExchange(reply: reply, input: input))
            case .interrupted(let heard) where heard.isEmpty && !exchanges.isEmpty:
                exchanges[exchanges.count - 1].isForgotten = true
            default: break
            }
        }
    }
}

/// What a dialogue was asked, and what it answered.
package struct DialogueExchange: Sendable, Equatable {
    let reply: Int
    let input: DialogueInput
    var actions: [DialogueAction] = []
    /// All of the answer is there.
    var isWhole = false
    /// The caller went on, and nothing of the answer was heard: it counts as never given.
    var isForgotten = false
}
