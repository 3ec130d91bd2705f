internal import Synchronization

/// One call's conversation with a language model.
final class ModelSession: DialogueSession {
    private let model: any LanguageModel
    private let configuration: ModelDialogueConfiguration
    private let instructions: String
    /// What is said first on this call.
    private let firstWords: String?
    private let tools: ToolRunner
    private let history: Mutex<ModelHistory>
    private let isBrief = Mutex(false)
    private let current = Mutex<Task<Void, Never>?>(nil)

    private typealias Sink = AsyncThrowingStream<DialogueAction, any Error>.Continuation

    init(
        model: any LanguageModel, configuration: ModelDialogueConfiguration, instructions: String, greeting: String?,
        tools: ToolRunner
    ) {
        self.model = model
        self.configuration = configuration
        self.instructions = instructions
        firstWords = greeting
        self.tools = tools
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
    }

    func answerBriefly(_ isWanted: Bool) async {
        isBrief.withLock { $0 = isWanted }
    }

    func announced(_ text: String) async {
        await endThought()
        history.withLock { $0.note(ModelNotes.announced(PrintableText.of(text))) }
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
            history.withLock { $0.ask(input, isGreeted: firstWords != nil) }
            try Task.checkCancellation()
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

    /// Asks the model until it asks for no more tools.
    private func answer(turn: TurnCommitment, _ sink: Sink) async throws {
        var hasSaid = false
        var isUrged = false
        for round in 0...max(0, configuration.maximumToolRounds) {
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
        let ended = await tools.run(
            part.calls, onStart: { sink.yield(.toolStarted($0)) }, onEnd: { sink.yield(.toolEnded($0)) })
        // All at once, so that no call is ever seen without its answer.
        history.withLock { history in
            history.answer(part.text, calls: part.calls)
            for run in ended { history.result(run) }
        }
        try Task.checkCancellation()
        for action in ended.flatMap(\.actions) { sink.yield(action) }
        return (ended.contains(where: \.wantsReply), ended.contains(where: \.endsPart))
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
        let request = ModelRequest(
            instructions: instructions, messages: asked, tools: tools.declarations,
            maximumTokens: configuration.maximumTokens)
        do {
            for try await event in model.respond(to: request) {
                switch event {
                case .text(let text): say(clauses.add(text))
                case .call(let call): part.calls.append(call)
                case .usage(let usage): sink.yield(.usage(usage))
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
