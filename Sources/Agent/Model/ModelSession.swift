internal import Synchronization

/// One call's conversation with a language model.
final class ModelSession: DialogueSession {
    private let configuration: ModelDialogueConfiguration
    /// Who leads the call now, and who may.
    private let role: Mutex<CallRole>
    private let roles: [String: CallRole]
    private let handOvers: CallHandOvers?
    /// What is said first on this call.
    private let firstWords: String?
    private let history: Mutex<ModelHistory>
    private let isBrief = Mutex(false)
    private let budget: Mutex<CallBudget>
    private let keptDigits: KeptDigits
    /// What the caller is being asked for without the model, and what it was before the last thing said.
    private let task = Mutex<(now: CallerTask?, before: CallerTask?)>((nil, nil))
    private let current = Mutex<Task<Void, Never>?>(nil)
    /// What a supervisor said since the last answer was begun.
    private let advice = Mutex<[SupervisorNote]>([])
    private static let maximumAdvice = 20

    private typealias Sink = AsyncThrowingStream<DialogueAction, any Error>.Continuation

    init(
        configuration: ModelDialogueConfiguration, first: CallRole, roles: [CallRole] = [],
        handOvers: CallHandOvers? = nil, keptDigits: KeptDigits = KeptDigits()
    ) {
        self.configuration = configuration
        role = Mutex(first)
        self.roles = Dictionary(([first] + roles).map { ($0.name, $0) }, uniquingKeysWith: { one, _ in one })
        self.handOvers = handOvers
        firstWords = first.greeting
        self.keptDigits = keptDigits
        budget = Mutex(CallBudget(configuration.limits))
        history = Mutex(
            ModelHistory(
                maximumExchanges: configuration.maximumExchanges, maximumOctets: configuration.maximumHistoryOctets))
    }

    func reply(to input: DialogueInput, turn: TurnCommitment) -> AsyncThrowingStream<DialogueAction, any Error> {
        AsyncThrowingStream { sink in
            // Unstructured, since a stream has no scope of its own; it ends with its reader. One thought at a time: the
            // history of the last one is whole before the next begins.
            let task = current.withLock { current in
                let before = current
                let task = Task {
                    before?.cancel()
                    await before?.value
                    await self.think(about: input, turn: turn, sink)
                }
                current = task
                return task
            }
            sink.onTermination = { _ in task.cancel() }
        }
    }

    func interrupted(heard: String) async {
        await endThought()
        history.withLock { $0.interrupted(heard: heard) }
        // Nothing was heard of the answer: the caller spoke on, and the whole is answered anew.
        if heard.allSatisfy(\.isWhitespace) { task.withLock { $0.now = $0.before } }
    }

    func answerBriefly(_ isWanted: Bool) async {
        isBrief.withLock { $0 = isWanted }
    }

    func announced(_ text: String) async {
        await endThought()
        history.withLock { $0.note(ModelNotes.announced(PrintableText.of(text))) }
    }

    /// An answer under way is not disturbed: the next one knows of it.
    func supervised(_ note: SupervisorNote) async {
        advice.withLock { $0 = $0.suffix(Self.maximumAdvice - 1) + [note] }
    }

    func close() async {
        await endThought()
    }

    private func endThought() async {
        let task = current.withLock { $0 }
        task?.cancel()
        await task?.value
    }

    /// The conversation so far.
    var messages: [ModelMessage] { history.withLock { $0.messages } }

    // MARK: One reply

    private func think(about input: DialogueInput, turn: TurnCommitment, _ sink: Sink) async {
        do {
            // Also when nobody reads any more: what is told of this reply afterwards must not be taken for the last one.
            let advice = advice.withLock { advice in
                defer { advice = [] }
                return advice
            }
            history.withLock { history in
                for note in advice { history.advise(ModelNotes.supervised(note)) }
                history.ask(input, isGreeted: firstWords != nil)
            }
            try Task.checkCancellation()
            if case .digits(let answer) = input, answer.collection.isSecret, let digits = answer.digits {
                keptDigits.keep(digits, as: answer.collection.name)
            }
            task.withLock { $0.before = $0.now }
            if case .said = input { handOvers?.callerSpoke() }
            if isTaken(input, sink) {
                sink.finish()
                return
            }
            if input == .began, let firstWords {
                history.withLock { $0.answer(firstWords, calls: []) }
                sink.yield(.say(firstWords))
            } else {
                try await answer(turn: turn, sink)
                if case .silence(let count) = input, count > 1 { sink.yield(.hangUp) }
            }
            sink.finish()
        } catch let error as ProviderError {
            sink.finish(throwing: error)
        } catch {
            sink.finish(throwing: ProviderError.cancelled)
        }
    }

    /// Has what the caller says go where it is waited for.
    ///
    /// - Returns: whether that was all; else the model is asked.
    private func isTaken(_ input: DialogueInput, _ sink: Sink) -> Bool {
        switch task.withLock({ $0.now?.receive(input) }) {
        case .say(let text):
            history.withLock { $0.answer(text, calls: []) }
            sink.yield(.say(text))
            return true
        case .wait: return true
        case .over(let note, let key, let value):
            task.withLock { $0.now = nil }
            history.withLock { $0.note(note) }
            if let key { sink.yield(.note(key: key, value: value)) }
            return false
        case nil: return false
        }
    }

    /// Something is used up: a polite end, whatever the model would like.
    private func endForGood(_ sink: Sink) {
        let limits = configuration.limits
        history.withLock { $0.answer(limits.goodbye, calls: []) }
        sink.yield(.cancelPlans)
        sink.yield(.say(limits.goodbye))
        sink.yield(limits.transfer.map { .transfer(to: $0) } ?? .hangUp)
    }

    /// Asks the model until it asks for no more tools.
    private func answer(turn: TurnCommitment, _ sink: Sink) async throws {
        var hasSaid = false
        var isUrged = false
        var model: any LanguageModel { role.withLock { $0.model } }
        for round in 0...max(0, configuration.maximumToolRounds) {
            guard budget.withLock({ $0.hasTokens }) else { return endForGood(sink) }
            let part = try await write(sink)
            hasSaid = hasSaid || !part.text.isEmpty
            guard !part.calls.isEmpty else {
                history.withLock { $0.answer(part.text, calls: []) }
                guard !hasSaid else { return }
                if part.finish == .filtered {
                    throw ProviderError.failed("\(model.name) would not have its answer said.")
                }
                if part.finish == .length {
                    throw ProviderError.failed(
                        "\(model.name) has used up its tokens before the first word; it may be thinking too long.")
                }
                return
            }
            guard round < configuration.maximumToolRounds else {
                history.withLock { $0.answer(part.text, calls: []) }
                guard hasSaid || isUrged else {
                    throw ProviderError.failed("\(model.name) asks for tools without end.")
                }
                return
            }
            // A tool acts: first it must be sure that the caller has finished.
            guard await turn.stands() else {
                history.withLock { $0.answer(part.text, calls: []) }
                throw ProviderError.cancelled
            }
            guard budget.withLock({ $0.takes(toolCalls: part.calls.count) }) else {
                history.withLock { $0.answer(part.text, calls: []) }
                return endForGood(sink)
            }
            let used = try await use(part, sink)
            guard !used.wantsReply else { continue }
            // Nobody is put through or hung up on without a word; but the model is asked for it only once.
            guard used.ends, !hasSaid, !isUrged else { return }
            isUrged = true
        }
    }

    /// Uses the tools that the model asked for.
    ///
    /// - Returns: whether the model is to say something about it, and whether it ends the agent's part in the call.
    private func use(_ part: Part, _ sink: Sink) async throws -> (wantsReply: Bool, ends: Bool) {
        let ended = await role.withLock({ $0 }).tools.run(
            part.calls, onStart: { sink.yield(.toolStarted($0)) }, onEnd: { sink.yield(.toolEnded($0)) })
        // All at once, so that no call is ever seen without its answer.
        history.withLock { history in
            history.answer(part.text, calls: part.calls)
            for run in ended { history.result(run) }
        }
        try Task.checkCancellation()
        if let wanted = ended.compactMap(\.task).last { task.withLock { $0.now = wanted } }
        for action in ended.flatMap(\.actions) { sink.yield(action) }
        if let handOver = ended.compactMap(\.handOver).last, takeOver(handOver, sink) { return (false, false) }
        return (ended.contains(where: \.wantsReply), ended.contains(where: \.endsPart))
    }

    /// Another agent leads from now on.
    ///
    /// - Returns: whether it has said its greeting, upon which it is the caller's turn.
    private func takeOver(_ handOver: HandOver, _ sink: Sink) -> Bool {
        guard let next = roles[handOver.to] else { return false }
        role.withLock { $0 = next }
        sink.yield(.handedOver(from: handOver.from, to: handOver.to))
        if !next.knowsHistory { history.withLock { $0.restart(with: ModelNotes.takenOver(handOver)) } }
        guard let greeting = next.greeting, next.name != AgentRole.first else { return false }
        history.withLock { $0.answer(greeting, calls: []) }
        sink.yield(.say(greeting))
        return true
    }

    private struct Part {
        var text = ""
        var calls: [ToolCall] = []
        var finish: ModelFinish?
    }

    /// Has the model write one answer, and says it as it comes. What was said of one that fails is remembered.
    private func write(_ sink: Sink) async throws -> Part {
        var part = Part()
        var clauses = SpokenClauses()
        var said: [String] = []
        func say(_ pieces: [String]) {
            for piece in pieces {
                said.append(piece)
                sink.yield(.say(piece))
            }
        }
        var asked = messages
        // Not remembered: it holds for this answer only.
        if isBrief.withLock({ $0 }), case .user(let text)? = asked.last {
            asked[asked.count - 1] = .user(text + "\n" + ModelNotes.brief)
        }
        let (model, instructions, tools) = role.withLock { ($0.model, $0.instructions, $0.tools) }
        let request = ModelRequest(
            instructions: instructions, messages: asked, tools: tools.declarations,
            maximumTokens: configuration.maximumTokens)
        do {
            var length = 0
            for try await event in model.respond(to: request) {
                if case .text(let text) = event {
                    length += text.count
                    // The service did not keep to the tokens that it was told.
                    guard length <= configuration.maximumAnswer else {
                        part.finish = .length
                        break
                    }
                }
                switch event {
                case .text(let text): say(clauses.add(text))
                case .call(let call): part.calls.append(call)
                case .usage(let usage):
                    budget.withLock { $0.used(usage) }
                    sink.yield(.usage(usage))
                case .finished(let finish): part.finish = finish
                }
            }
            try Task.checkCancellation()
            guard part.finish != nil else { throw ProviderError.failed("\(model.name) cut its answer short.") }
        } catch {
            history.withLock { $0.answer(said.joined(separator: " "), calls: []) }
            throw error
        }
        say(clauses.finish())
        part.text = said.joined(separator: " ")
        return part
    }
}
