/// A conversation along a flow: what came in, what to do. A value; no input, no output, no clock.
struct FlowMachine: Sendable {
    private let flow: Flow
    private let matcher: IntentMatcher
    private var values: [String: String]
    /// The question that waits for its answer, and what follows it.
    private var question: (question: Flow.Question, rest: [Flow.Step])?
    private var misses = 0
    private var retries = 0

    /// Steps of one reply, so that intents which go to each other come to an end.
    private static let maximumSteps = 100

    init(_ flow: Flow, context: DialogueContext) {
        self.flow = flow
        matcher = IntentMatcher(flow.intents)
        values = flow.variables
        values["name"] = values["name"] ?? flow.name
        values["caller"] = context.callerName ?? context.caller
        values["called"] = context.called
    }

    mutating func receive(_ input: DialogueInput) -> [DialogueAction] {
        switch input {
        case .began: return [.say(fill(flow.greeting))]
        case .said(let text): return said(text)
        case .pressed(let key): return pressed(key)
        case .silence(let count): return silence(count)
        case .transferFailed: return [.say(fill(flow.transferFailed))] + menu()
        }
    }

    /// What a caller is likely to say now.
    var expectedPhrases: [String] {
        if let question { return question.question.kind == .yesno ? ["yes", "no"] : [] }
        return flow.intents.flatMap { $0.phrases + $0.keywords }
    }

    // MARK: Inputs

    private mutating func said(_ text: String) -> [DialogueAction] {
        if let (question, rest) = question {
            // "Goodbye" is never somebody's name.
            if question.kind != .text, let name = matcher.match(text), isLeaving(name) { return enter(name) }
            guard let value = Self.value(of: text, as: question.kind) else {
                retries += 1
                if retries >= 3 {
                    self.question = nil
                    retries = 0
                    return miss()
                }
                return [.say(fill(question.retry.isEmpty ? question.prompt : question.retry))]
            }
            values[question.slot] = value
            self.question = nil
            retries = 0
            return run(rest)
        }
        guard let name = matcher.match(text) else { return miss() }
        return enter(name)
    }

    private mutating func pressed(_ key: Character) -> [DialogueAction] {
        if let (question, rest) = question, question.kind == .yesno, key == "1" || key == "2" {
            values[question.slot] = key == "1" ? "yes" : "no"
            self.question = nil
            return run(rest)
        }
        guard let name = flow.keys[String(key)] else { return miss() }
        return name == "menu" ? menu() : enter(name)
    }

    private mutating func silence(_ count: Int) -> [DialogueAction] {
        let last = flow.silence.count
        let index = min(max(1, count), last) - 1
        let text = fill(flow.silence[index])
        if count >= max(2, last) { return [.say(text), .hangUp] }
        guard let question else { return [.say(text)] }
        return [.say(text), .say(fill(question.question.prompt))]
    }

    private mutating func miss() -> [DialogueAction] {
        misses += 1
        if misses > flow.fallback.count, let name = flow.fallbackIntent {
            misses = 0
            return name == "menu" ? menu() : enter(name)
        }
        let text = flow.fallback.isEmpty ? "" : flow.fallback[min(misses, flow.fallback.count) - 1]
        return text.isEmpty ? menu() : [.say(fill(text))]
    }

    private mutating func enter(_ name: String) -> [DialogueAction] {
        question = nil
        misses = 0
        retries = 0
        return run(flow.intent(name)?.steps ?? [])
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
                return actions + [.say(fill(asked.prompt))]
            case .note(let key, let value): actions.append(.note(key: key, value: fill(value)))
            case .transfer(let target): return actions + [.transfer(to: fill(target))]
            case .dtmf(let digits): actions.append(.sendDTMF(digits))
            case .hangUp: return actions + [.hangUp]
            case .menu: actions += menu()
            case .goto(let name): waiting = (flow.intent(name)?.steps ?? [])[...]
            }
        }
        return actions
    }

    /// `{name}` becomes the variable's or the slot's value; an unknown one is left out.
    private func fill(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            result += rest[..<open]
            result += values[String(rest[rest.index(after: open)..<close])] ?? ""
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    /// What an answer says, if it is of the kind that was asked for.
    private static func value(of text: String, as kind: Flow.Question.Kind) -> String? {
        let trimmed = String(text.prefix(2_000)).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        switch kind {
        case .text: return trimmed.isEmpty ? nil : trimmed
        case .name: return name(in: trimmed)
        case .number, .phone:
            let digits = digits(in: trimmed)
            return digits.count >= (kind == .phone ? 3 : 1) ? digits : nil
        case .yesno:
            let words = Set(IntentMatcher.words(trimmed))
            if !words.isDisjoint(with: ["no", "nope", "not", "dont", "never"]) { return "no" }
            return words.isDisjoint(with: ["yes", "yeah", "yep", "sure", "correct", "right", "okay", "ok", "please"])
                ? nil : "yes"
        }
    }

    /// "My name is Ada Lovelace." → "Ada Lovelace"
    private static func name(in text: String) -> String? {
        var name = text
        while let last = name.last, ".!?,".contains(last) { name.removeLast() }
        for opening in [
            "my name is ", "this is ", "it's ", "it is ", "i am ", "i'm ", "the name is ", "yes, ", "yeah, ",
        ] {
            if name.lowercased().hasPrefix(opening) { name = String(name.dropFirst(opening.count)) }
        }
        return name.isEmpty ? nil : name
    }

    private static func digits(in text: String) -> String {
        let words = [
            "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
            "seven": "7", "eight": "8", "nine": "9",
        ]
        return text.lowercased().split { !($0.isLetter || $0.isNumber) }.map { token in
            words[String(token)] ?? token.filter(\.isNumber)
        }.joined()
    }
}
