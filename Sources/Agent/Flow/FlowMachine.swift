/// A conversation along a flow: what came in, what to do. A value; no input, no output, no clock.
struct FlowMachine: Sendable {
    private let flow: Flow
    private let matcher: IntentMatcher
    private let transfers: [String: TransferDestination]
    private var values: [String: String]
    /// The question that waits for its answer, and what follows it.
    private var question: (question: Flow.Question, rest: [Flow.Step])?
    /// What follows the digits that the caller is typing.
    private var afterDigits: [Flow.Step]?
    /// Whether the answer is there and the caller was asked whether it is right.
    private var isConfirming = false
    /// Whether something was to be done after the words, and may not have been yet.
    private var hasPlans = false
    private var misses = 0
    private var retries = 0

    /// Steps of one reply, so that intents which go to each other come to an end.
    private static let maximumSteps = 100

    init(_ flow: Flow, context: DialogueContext, transfers: [String: TransferDestination] = [:]) {
        self.flow = flow
        self.transfers = transfers
        matcher = IntentMatcher(flow.intents)
        values = flow.variables
        // Keep in step with FlowText.builtIn.
        values["name"] = values["name"] ?? flow.name
        values["caller"] = context.callerName ?? context.caller
        values["called"] = context.called
        values["caller_verified"] = "unknown"
        values.merge(context.variables) { $1 }
    }

    mutating func receive(_ input: DialogueInput) -> [DialogueAction] {
        switch input {
        case .began: return [.say(fill(flow.greeting))]
        case .said(let text): return said(text)
        case .pressed(let key): return pressed(key)
        case .silence(let count): return silence(count)
        case .digits(let answer): return typed(answer)
        case .holdEnded: return []
        case .transferFailed: return [.say(fill(flow.transferFailed))] + menu()
        }
    }

    /// What a caller is likely to say now.
    var expectedPhrases: [String] {
        if let question { return isConfirming ? ["yes", "no"] : question.question.expectedAnswers }
        return flow.intents.flatMap { $0.phrases + $0.keywords }
    }

    // MARK: Inputs

    private mutating func said(_ text: String) -> [DialogueAction] {
        if let question { return answered(text, question.question) }
        guard let name = matcher.match(text) else { return afterDigits == nil ? miss() : [] }
        return changedPlans() + enter(name)
    }

    private mutating func pressed(_ key: Character) -> [DialogueAction] {
        if let question = question?.question, key == "1" || key == "2" {
            if isConfirming { return confirmed(key == "1", question) }
            if question.kind == .yesno { return take(key == "1" ? "yes" : "no", question) }
        }
        guard let name = flow.keys[String(key)] else { return miss() }
        return changedPlans() + enter(name)
    }

    /// Who wants something else is not put through any more.
    private mutating func changedPlans() -> [DialogueAction] {
        defer {
            hasPlans = false
            afterDigits = nil
        }
        return hasPlans || afterDigits != nil ? [.cancelPlans] : []
    }

    // MARK: Answers

    private mutating func typed(_ answer: DigitAnswer) -> [DialogueAction] {
        guard let rest = afterDigits else { return [] }
        afterDigits = nil
        guard let shown = answer.shown else { return miss() }
        // What is secret stands nowhere that it could be said or written down from.
        values[answer.collection.name] = shown
        return run(rest)
    }

    private mutating func answered(_ text: String, _ question: Flow.Question) -> [DialogueAction] {
        if isConfirming {
            guard let agrees = SlotAnswer.agrees(text) else { return retry(fill(question.confirm)) }
            return confirmed(agrees, question)
        }
        let value = SlotAnswer.value(of: text, for: question)
        // "Goodbye" is never somebody's name, and "put me through" is neither.
        if question.kind != .text, value == nil || question.kind == .name {
            if let name = matcher.match(text), isLeaving(name) { return enter(name) }
            if let name = matcher.matchPhrase(text) { return enter(name) }
        }
        guard let value else { return retry(fill(question.retry.isEmpty ? question.prompt : question.retry)) }
        return take(value, question)
    }

    private mutating func take(_ value: String, _ question: Flow.Question) -> [DialogueAction] {
        values[question.slot] = value
        retries = 0
        if !question.confirm.isEmpty, !isConfirming {
            isConfirming = true
            return [.say(fill(question.confirm))]
        }
        let rest = self.question?.rest ?? []
        leaveQuestion()
        return run(rest)
    }

    private mutating func confirmed(_ agrees: Bool, _ question: Flow.Question) -> [DialogueAction] {
        if agrees { return take(values[question.slot] ?? "", question) }
        isConfirming = false
        return retry(fill(question.prompt))
    }

    /// Asks again; the third time the question is given up.
    private mutating func retry(_ text: String) -> [DialogueAction] {
        retries += 1
        guard retries >= 3 else { return [.say(text)] }
        leaveQuestion()
        return miss()
    }

    private mutating func leaveQuestion() {
        question = nil
        isConfirming = false
        retries = 0
    }

    // MARK: Nothing understood

    private mutating func silence(_ count: Int) -> [DialogueAction] {
        guard count < 2, flow.silence.count > 0 else {
            return (flow.silence.count > 1 ? flow.silence.suffix(1).map { .say(fill($0)) } : []) + [.hangUp]
        }
        let prompt = DialogueAction.say(fill(flow.silence[0]))
        guard let question = question?.question else { return [prompt] }
        return [prompt, .say(fill(isConfirming ? question.confirm : question.prompt))]
    }

    private mutating func miss() -> [DialogueAction] {
        misses += 1
        if misses > flow.fallback.count, let name = flow.fallbackIntent {
            misses = 0
            return enter(name)
        }
        let text = flow.fallback.isEmpty ? "" : flow.fallback[min(misses, flow.fallback.count) - 1]
        return text.isEmpty ? menu() : [.say(fill(text))]
    }

    private mutating func enter(_ name: String) -> [DialogueAction] {
        leaveQuestion()
        misses = 0
        return run(steps(of: name))
    }

    /// "menu" needs no intent of that name: it says the menu.
    private func steps(of name: String) -> [Flow.Step] {
        flow.intent(name)?.steps ?? (name == "menu" ? [.menu] : [])
    }

    private func isLeaving(_ name: String) -> Bool {
        flow.intent(name)?.steps.contains(.hangUp) ?? false
    }

    private func menu() -> [DialogueAction] {
        flow.menuPrompt.isEmpty ? [] : [.say(fill(flow.menuPrompt))]
    }

    // MARK: Steps

    private mutating func run(_ steps: [Flow.Step]) -> [DialogueAction] {
        var actions: [DialogueAction] = []
        var waiting = steps[...]
        var done = 0
        while let step = waiting.popFirst(), done < Self.maximumSteps {
            done += 1
            switch step {
            case .say(let text): actions.append(.say(fill(text)))
            case .ask(let asked):
                question = (asked, Array(waiting))
                isConfirming = false
                retries = 0
                return actions + [.say(fill(asked.prompt))]
            case .digits(var collection):
                collection.question = fill(collection.question)
                afterDigits = Array(waiting)
                return actions + [.say(collection.question), .collectDigits(collection)]
            case .note(let key, let value): actions.append(.note(key: key, value: fill(value)))
            case .transfer(let target):
                hasPlans = true
                return actions + [transfer(to: target)]
            case .dtmf(let digits):
                hasPlans = true
                actions.append(.sendDTMF(digits))
            case .hangUp: return actions + [.hangUp]
            case .menu: actions += menu()
            case .goto(let name): waiting = self.steps(of: name)[...]
            }
        }
        return actions
    }

    /// To one of the places that were set up, by its name, or to what the flow's author wrote.
    private func transfer(to written: String) -> DialogueAction {
        let target = fill(written)
        guard let destination = transfers[target] else { return .transfer(to: target) }
        guard destination.kind != .blind else { return .transfer(to: destination.target) }
        let values = values
        return .consult(
            ConsultationOrder(
                to: target, destination, summary: values["summary"] ?? "", caller: values["caller"] ?? ""
            ) {
                FlowText.fill($0, with: values)
            })
    }

    private func fill(_ text: String) -> String { FlowText.fill(text, with: values) }
}
