/// What the texts and steps of a flow refer to, to be looked up once the whole file has been read.
struct FlowReferences {
    private struct Reference {
        let name: String
        let line: Int
        let path: String
    }

    private var intents: [Reference] = []
    private var variables: [Reference] = []
    private var menus: [Reference] = []

    mutating func intent(_ name: String, line: Int, path: String) {
        intents.append(Reference(name: name, line: line, path: path))
    }

    mutating func menu(line: Int, path: String) {
        menus.append(Reference(name: "menu", line: line, path: path))
    }

    /// Every `{name}` in `text`.
    mutating func variables(of text: String, line: Int, path: String) {
        for name in FlowText.variables(in: text) {
            variables.append(Reference(name: name, line: line, path: path))
        }
    }

    /// References that lead nowhere.
    func problems(in flow: Flow) -> [(line: Int, sentence: String)] {
        var problems: [(line: Int, sentence: String)] = []
        let names = flow.intents.map(\.name)
        for reference in intents where !names.contains(reference.name) {
            if reference.name == "menu", !flow.menuPrompt.isEmpty { continue }
            let hint = EditDistance.suggestion(for: reference.name, among: names)
            problems.append(
                (
                    reference.line,
                    "\(reference.path): there is no intent \"\(reference.name)\"\(hint); the intents are \(names.joined(separator: ", "))"
                ))
        }
        for reference in menus where flow.menuPrompt.isEmpty {
            problems.append((reference.line, "\(reference.path): there is no menu to say; add menu: {prompt: \"…\"}"))
        }
        let known = Set(flow.variables.keys).union(FlowText.builtIn).union(
            flow.intents.flatMap(\.steps).compactMap { step in
                switch step {
                case .ask(let question): question.slot
                case .digits(let collection): collection.name
                default: nil
                }
            }
        ).sorted()
        for reference in variables where !known.contains(reference.name) {
            let hint = EditDistance.suggestion(for: reference.name, among: known)
            problems.append(
                (
                    reference.line,
                    "\(reference.path): nothing gives {\(reference.name)} a value\(hint); there are \(known.joined(separator: ", "))"
                ))
        }
        for name in names where goesInCircles(from: name, in: flow) {
            let line = intents.first { $0.path.hasPrefix("intents.\(name).") }?.line ?? 1
            problems.append(
                (
                    line,
                    "intents.\(name) leads back to itself by goto and would never end; put an ask between, or end it"
                ))
        }
        return problems
    }

    /// Whether the steps of an intent come back to it without waiting for the caller.
    private func goesInCircles(from name: String, in flow: Flow) -> Bool {
        var current = name
        for _ in flow.intents {
            guard let next = follower(of: current, in: flow) else { return false }
            if next == name { return true }
            current = next
        }
        return false
    }

    private func follower(of name: String, in flow: Flow) -> String? {
        for step in flow.intent(name)?.steps ?? [] {
            switch step {
            case .goto(let next): return next
            case .ask, .digits, .transfer, .hangUp: return nil
            case .say, .note, .dtmf, .menu: continue
            }
        }
        return nil
    }
}
