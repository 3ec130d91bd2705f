/// What has been said and done on a call, as a model is told it: whole exchanges, each begun by the caller or by a note
/// of ours. No model, no clock.
struct ModelHistory: Sendable {
    private enum Origin: Sendable {
        case said
        case pressed
        case note
    }

    private struct Exchange: Sendable {
        var origin: Origin
        var question: String
        /// Answers and what tools came to; every call is answered.
        var answers: [ModelMessage] = []
        /// The answer was not heard at all: what comes next begins with the same question, or follows it.
        var isForgotten = false
        /// Calls whose effect comes only once everything has been said, and whether it outlasts an interruption.
        var deferred: [String: Bool] = [:]

        var hasActed: Bool { answers.contains { if case .tool = $0 { true } else { false } } }
        var size: Int { question.utf8.count + answers.reduce(0) { $0 + $1.size } }
    }

    private let maximumExchanges: Int
    private let maximumOctets: Int
    private var exchanges: [Exchange] = []

    init(maximumExchanges: Int, maximumOctets: Int) {
        self.maximumExchanges = max(1, maximumExchanges)
        self.maximumOctets = maximumOctets
    }

    /// The conversation, the oldest first; the caller begins, and never speaks twice in a row.
    var messages: [ModelMessage] {
        var messages: [ModelMessage] = []
        for exchange in exchanges {
            if !exchange.question.isEmpty {
                if case .user(let before)? = messages.last {
                    messages[messages.count - 1] = .user(before + "\n" + exchange.question)
                } else {
                    messages.append(.user(exchange.question))
                }
            }
            messages += exchange.answers
        }
        return messages
    }

    // MARK: What happens

    mutating func ask(_ input: DialogueInput, isGreeted: Bool) {
        let last = exchanges.last
        switch input {
        case .said(let text):
            var question = Self.plain(text)
            if let last, last.isForgotten, last.origin == .said {
                if !last.hasActed, question.hasPrefix(last.question) {
                    exchanges.removeLast()
                } else if last.hasActed, question.hasPrefix(last.question), question != last.question {
                    // What it asked for has been done: only what was added is new.
                    question = String(question.dropFirst(last.question.count).drop(while: \.isWhitespace))
                }
            }
            begin(.said, question)
        case .pressed(let key):
            if let last, last.origin == .pressed, last.answers.isEmpty {
                let keys = last.question.dropFirst(ModelNotes.pressed.count).dropLast(2)
                exchanges.removeLast()
                begin(.pressed, ModelNotes.pressed("\(keys) \(key)"))
            } else {
                begin(.pressed, ModelNotes.pressed(String(key)))
            }
        case .began: begin(.note, isGreeted ? ModelNotes.began : ModelNotes.beganUngreeted)
        case .silence(let count): begin(.note, count > 1 ? ModelNotes.lastSilence : ModelNotes.silence)
        case .digits(let answer): begin(.note, ModelNotes.digits(answer))
        case .holdEnded: begin(.note, ModelNotes.holdEnded)
        case .transferFailed(let reason): begin(.note, ModelNotes.transferFailed(PrintableText.of(reason)))
        }
    }

    /// Forgets everything but `note`.
    mutating func restart(with note: String) {
        exchanges = []
        begin(.note, note)
    }

    /// Something that happened, which is not answered.
    mutating func note(_ text: String) { begin(.note, text) }

    /// Something that is to be known from the next answer on: before a question that is still to be asked whole.
    mutating func advise(_ text: String) {
        guard let last = exchanges.last, last.isForgotten else { return begin(.note, text) }
        exchanges.insert(Exchange(origin: .note, question: text), at: exchanges.count - 1)
    }

    /// What the agent said, and the tools it asked for: each of them must be answered by ``result(_:)``.
    mutating func answer(_ text: String, calls: [ToolCall]) {
        guard !text.isEmpty || !calls.isEmpty, !exchanges.isEmpty else { return }
        exchanges[exchanges.count - 1].answers.append(.assistant(text, calls: calls))
    }

    mutating func result(_ run: ToolRunner.Run) {
        guard !exchanges.isEmpty else { return }
        let outcome = run.outcome
        exchanges[exchanges.count - 1].answers.append(
            .tool(id: outcome.call.id, text: outcome.text, failed: outcome.failed))
        guard run.isDeferred else { return }
        let lasts = run.actions.allSatisfy {
            switch $0 {
            case .hangUp, .hold: false
            default: true
            }
        }
        exchanges[exchanges.count - 1].deferred[outcome.call.id] = lasts
    }

    /// The caller heard only `heard` of the last answer.
    mutating func interrupted(heard: String) {
        guard var exchange = exchanges.popLast() else { return }
        exchange.answers = Self.shortened(exchange.answers, to: heard.split(whereSeparator: \.isWhitespace).count)
        exchange.isForgotten = heard.allSatisfy(\.isWhitespace)
        // What was promised in words that were heard is still to come; a goodbye is not, and what nobody heard of neither.
        exchange.answers = exchange.answers.map { message in
            guard case .tool(let id, _, _) = message, let lasts = exchange.deferred[id] else { return message }
            return lasts && !exchange.isForgotten
                ? .tool(id: id, text: ModelNotes.pending, failed: false)
                : .tool(id: id, text: ModelNotes.notDone, failed: true)
        }
        // Nobody has heard our note's answer, and nothing is lost with the note.
        if exchange.isForgotten, exchange.origin == .note, !exchange.hasActed { return }
        exchanges.append(exchange)
    }

    // MARK: The rest

    private mutating func begin(_ origin: Origin, _ question: String) {
        exchanges.append(Exchange(origin: origin, question: question))
        var size = exchanges.reduce(0) { $0 + $1.size }
        while exchanges.count > 1, exchanges.count > maximumExchanges || size > maximumOctets {
            size -= exchanges.removeFirst().size
        }
    }

    /// Only our own notes stand in brackets.
    private static func plain(_ text: String) -> String {
        String(text.map { "()[]".contains($0) ? " " : $0 }).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// The answers without what lies behind the first `count` words; calls and their results stay.
    private static func shortened(_ answers: [ModelMessage], to count: Int) -> [ModelMessage] {
        var left = count
        return answers.compactMap { message in
            guard case .assistant(let text, let calls) = message else { return message }
            let words = text.split(whereSeparator: \.isWhitespace)
            let heard = words.prefix(left)
            left -= heard.count
            let rest = heard.count == words.count ? text : heard.joined(separator: " ")
            return rest.isEmpty && calls.isEmpty ? nil : .assistant(rest, calls: calls)
        }
    }
}

extension ModelMessage {
    /// Octets of its texts.
    fileprivate var size: Int {
        switch self {
        case .user(let text), .tool(_, let text, _): text.utf8.count
        case .assistant(let text, let calls):
            text.utf8.count + calls.reduce(0) { $0 + $1.name.utf8.count + $1.arguments.utf8.count }
        }
    }
}
