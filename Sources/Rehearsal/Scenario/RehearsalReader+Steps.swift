internal import Agent
internal import Yams

/// What the caller does.
extension RehearsalReader {
    private static let names = ["hear", "say", "interrupt", "press", "silence", "hang_up", "wait_for_end"]

    private static let examples = [
        "say": "say: Hello.", "press": "press: \"1\"", "silence": "silence: 3 s",
        "interrupt": "interrupt: {after: 600 ms, say: Wait.}",
    ]

    mutating func step(_ node: Node) -> RehearsalStep? {
        let line = line(node)
        if let word = node.scalar?.string {
            switch word {
            case "hear": return RehearsalStep(.hear(WordExpectation()), line: line)
            case "hang_up": return RehearsalStep(.hangUp, line: line)
            case "wait_for_end": return RehearsalStep(.waitForEnd(within: .seconds(30)), line: line)
            case "say", "press", "silence", "interrupt":
                add(line, "\(word) needs something behind it, e.g. \(Self.examples[word] ?? "")")
                return nil
            default:
                add(line, "there is no step \"\(Self.short(word))\"\(advice(for: word))")
                return nil
            }
        }
        let entries = pairs(node, "a step")
        guard let (name, value) = entries.first, entries.count == 1 else {
            if entries.count > 1 {
                add(line, "this step has \(entries.count) names; put each behind its own -")
            }
            return nil
        }
        return act(name, value).map { RehearsalStep($0, line: line) }
    }

    private func advice(for name: String) -> String {
        EditDistance.suggestion(for: Self.short(name), among: Self.names)
            + "; a step is one of \(Self.names.joined(separator: ", "))"
    }

    private mutating func act(_ name: String, _ value: Node) -> RehearsalStep.Act? {
        switch name {
        case "hear": return hear(value)
        case "say": return string(value, "say").map { .say($0) }
        case "press": return keys(value, "press").map { .press($0) }
        case "silence": return duration(value, "silence").map { .silence($0) }
        case "interrupt": return interrupt(value)
        case "wait_for_end":
            let parts = section(value, "wait_for_end", keys: ["within"])
            guard let limit = parts["within"] else { return .waitForEnd(within: .seconds(30)) }
            return duration(limit, "wait_for_end.within").map { .waitForEnd(within: $0) }
        case "hang_up":
            add(line(value), "hang_up takes nothing; write - hang_up")
            return nil
        default:
            add(line(value), "there is no step \"\(Self.short(name))\"\(advice(for: name))")
            return nil
        }
    }

    private mutating func hear(_ node: Node) -> RehearsalStep.Act? {
        guard node.mapping != nil else {
            let words = strings(node, "hear")
            return words.isEmpty ? nil : .hear(WordExpectation(any: words))
        }
        let parts = section(node, "hear", keys: ["any", "all", "none", "matches", "within", "answer_within"])
        var expected = WordExpectation()
        if let node = parts["any"] { expected.any = strings(node, "hear.any") }
        if let node = parts["all"] { expected.all = strings(node, "hear.all") }
        if let node = parts["none"] { expected.none = strings(node, "hear.none") }
        if let node = parts["matches"], let pattern = string(node, "hear.matches") {
            if HeardWords.isPattern(pattern) {
                expected.pattern = pattern
            } else {
                add(
                    line(node), "hear.matches: \"\(Self.short(pattern))\" is no regular expression; mend it, or use any"
                )
            }
        }
        if let node = parts["within"], let limit = duration(node, "hear.within") { expected.within = limit }
        if let node = parts["answer_within"] { expected.answerWithin = duration(node, "hear.answer_within") }
        return .hear(expected)
    }

    private mutating func interrupt(_ node: Node) -> RehearsalStep.Act? {
        let parts = section(node, "interrupt", keys: ["after", "say", "press", "stops_within"])
        let after = parts["after"].flatMap { duration($0, "interrupt.after") }
        let limit = parts["stops_within"].flatMap { duration($0, "interrupt.stops_within") }
        let example = "e.g. interrupt: {after: 600 ms, say: And on Saturday?}"
        switch (parts["say"], parts["press"]) {
        case (let say?, nil):
            guard let text = string(say, "interrupt.say") else { return nil }
            return .interrupt(
                after: after ?? .milliseconds(600), .say(text), stopsWithin: limit ?? .seconds(2))
        case (nil, let press?):
            guard let digits = keys(press, "interrupt.press") else { return nil }
            return .interrupt(
                after: after ?? .milliseconds(600), .press(digits), stopsWithin: limit)
        case (nil, nil):
            add(line(node), "interrupt needs what is said or pressed, \(example)")
            return nil
        case (_?, _?):
            add(line(node), "interrupt has say and press; keep one of the two")
            return nil
        }
    }
}
