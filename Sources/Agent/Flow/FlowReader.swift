internal import Yams

/// Reads a flow file and collects everything that is wrong with it, by line.
struct FlowReader {
    private let file: String
    private(set) var problems: [FlowErrors.Problem] = []
    private var references = FlowReferences()

    private static let maximumLength = 262_144
    private static let maximumIntents = 200
    private static let maximumSteps = 50

    init(file: String) {
        self.file = file
    }

    mutating func read(_ text: String) -> Flow? {
        guard text.utf8.count <= Self.maximumLength else {
            add(1, "the file has \(text.utf8.count) octets, and a flow may have \(Self.maximumLength); split it")
            return nil
        }
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: text) else {
                add(1, "the file is empty; start from flows/receptionist.yaml")
                return nil
            }
            root = node
        } catch let error as YamlError {
            let (line, sentence) = Self.explain(error)
            add(line, sentence)
            return nil
        } catch {
            add(1, "the file can't be read: \(error)")
            return nil
        }
        let top = section(
            root, "the flow",
            keys: [
                "name", "greeting", "variables", "intents", "menu", "fallback", "silence", "transfer_failed",
            ])
        var flow = Flow(
            name: string(top["name"], "name") ?? "", greeting: template(top["greeting"], "greeting") ?? "",
            variables: [:], intents: [], menuPrompt: "", keys: [:],
            fallback: ["I am sorry, I did not understand that."], fallbackIntent: nil,
            silence: ["Are you still there?", "I can't hear you, so I will hang up now. Goodbye."],
            transferFailed: "I am sorry, nobody can take the call now.")
        if top["greeting"] == nil { add(line(root), "there is no greeting; add one, e.g. greeting: \"Good day.\"") }
        if let node = top["variables"] {
            for (key, value) in pairs(node, "variables") {
                if let text = string(value, "variables.\(key)") { flow.variables[key] = text }
            }
        }
        if let node = top["intents"] { flow.intents = intents(node) }
        if let node = top["menu"] {
            let menu = section(node, "menu", keys: ["prompt", "keys"])
            flow.menuPrompt = template(menu["prompt"], "menu.prompt") ?? ""
            if let keys = menu["keys"] { readKeys(keys, into: &flow) }
        }
        if let node = top["fallback"] { readFallback(node, into: &flow) }
        if let node = top["silence"] {
            let texts = templates(node, "silence")
            if texts.count > 2 {
                add(
                    line(node),
                    "silence has \(texts.count) texts; it has a question and a goodbye, after which the call ends")
            }
            if !texts.isEmpty { flow.silence = texts }
        }
        if let text = template(top["transfer_failed"], "transfer_failed") { flow.transferFailed = text }
        for problem in references.problems(in: flow) { add(problem.line, problem.sentence) }
        return problems.isEmpty ? flow : nil
    }

    // MARK: Parts

    private mutating func intents(_ node: Node) -> [Flow.Intent] {
        var intents: [Flow.Intent] = []
        for (name, value) in pairs(node, "intents") {
            guard intents.count < Self.maximumIntents else {
                add(line(value), "there are more than \(Self.maximumIntents) intents; merge some")
                break
            }
            let parts = section(value, "intents.\(name)", keys: ["phrases", "keywords", "steps"])
            let intent = Flow.Intent(
                name: name, phrases: parts["phrases"].map { strings($0, "intents.\(name).phrases") } ?? [],
                keywords: parts["keywords"].map { strings($0, "intents.\(name).keywords") } ?? [],
                steps: parts["steps"].map { steps($0, "intents.\(name).steps") } ?? [])
            if intent.steps.isEmpty {
                add(line(value), "intents.\(name) does nothing; give it steps, e.g. steps: [say: \"Hello.\"]")
            }
            intents.append(intent)
        }
        return intents
    }

    private mutating func steps(_ node: Node, _ path: String) -> [Flow.Step] {
        guard let items = node.sequence else {
            add(line(node), "\(path) is a list: write each step on a line with - in front")
            return []
        }
        if items.count > Self.maximumSteps {
            add(line(node), "\(path) has more than \(Self.maximumSteps) steps; move some to another intent and goto it")
        }
        return items.prefix(Self.maximumSteps).compactMap { step($0, path) }
    }

    private mutating func step(_ node: Node, _ path: String) -> Flow.Step? {
        if let word = node.scalar?.string {
            switch word {
            case "hangup": return .hangUp
            case "menu":
                references.menu(line: line(node), path: path)
                return .menu
            default:
                add(
                    line(node),
                    "\(path): \"\(word)\" is no step\(EditDistance.suggestion(for: word, among: ["hangup", "menu"])); write e.g. say: \"\(word)\""
                )
                return nil
            }
        }
        let names = ["say", "ask", "digits", "note", "transfer", "dtmf", "hangup", "goto", "menu"]
        let entries = pairs(node, path)
        guard entries.count == 1, let (name, value) = entries.first else {
            add(
                line(node),
                "\(path): a step is one of \(names.joined(separator: ", ")); this has \(entries.count) of them, so put each behind its own -"
            )
            return nil
        }
        switch name {
        case "say": return template(value, "\(path).say").map { .say($0) }
        case "ask": return question(value, "\(path).ask").map { .ask($0) }
        case "digits": return digits(value, "\(path).digits").map { .digits($0) }
        case "note":
            let parts = section(value, "\(path).note", keys: ["key", "value"])
            guard let key = string(parts["key"], "\(path).note.key"),
                let text = template(parts["value"], "\(path).note.value")
            else {
                add(line(value), "\(path).note needs key and value, e.g. note: {key: message, value: \"{message}\"}")
                return nil
            }
            return .note(key: key, value: text)
        case "transfer": return template(value, "\(path).transfer").map { .transfer($0) }
        case "dtmf":
            guard let digits = string(value, "\(path).dtmf") else { return nil }
            guard digits.allSatisfy({ "0123456789*#ABCD,".contains($0) }) else {
                add(
                    line(value),
                    "\(path).dtmf \"\(digits)\" has a character that no telephone has; use 0-9 * # A-D and , for a pause"
                )
                return nil
            }
            return .dtmf(digits)
        case "hangup": return .hangUp
        case "menu":
            references.menu(line: line(node), path: path)
            return .menu
        case "goto": return intentName(value, "\(path).goto").map { .goto($0) }
        default:
            add(
                line(node),
                "\(path): there is no step \"\(name)\"\(EditDistance.suggestion(for: name, among: names)); a step is one of \(names.joined(separator: ", "))"
            )
            return nil
        }
    }

    private mutating func digits(_ node: Node, _ path: String) -> DigitCollection? {
        let parts = section(node, path, keys: ["slot", "prompt", "minimum", "maximum", "secret"])
        guard let slot = string(parts["slot"], "\(path).slot"), let prompt = template(parts["prompt"], "\(path).prompt")
        else {
            add(line(node), "\(path) needs slot and prompt, e.g. digits: {slot: number, prompt: \"Please type it.\"}")
            return nil
        }
        func count(_ key: String, _ usual: Int) -> Int {
            guard let node = parts[key] else { return usual }
            guard let number = node.scalar.flatMap({ Int($0.string) }), (1...DigitCollection.most).contains(number)
            else {
                add(line(node), "\(path).\(key) is a whole number from 1 to \(DigitCollection.most)")
                return usual
            }
            return number
        }
        let minimum = count("minimum", 1)
        let maximum = count("maximum", DigitCollection.most)
        if minimum > maximum { add(line(node), "\(path): minimum is above maximum; exchange them") }
        let isSecret = parts["secret"]?.scalar?.string
        if let isSecret, isSecret != "true", isSecret != "false" {
            add(line(parts["secret"] ?? node), "\(path).secret is true or false")
        }
        var collection = DigitCollection(
            name: slot, minimum: minimum, maximum: maximum, isSecret: isSecret == "true")
        collection.question = prompt
        return collection
    }

    private mutating func question(_ node: Node, _ path: String) -> Flow.Question? {
        let parts = section(node, path, keys: ["slot", "prompt", "retry", "kind", "choices", "confirm"])
        guard let slot = string(parts["slot"], "\(path).slot"), let prompt = template(parts["prompt"], "\(path).prompt")
        else {
            add(line(node), "\(path) needs slot and prompt, e.g. ask: {slot: name, prompt: \"May I have your name?\"}")
            return nil
        }
        var kind = Flow.Question.Kind.text
        if let node = parts["kind"], let text = string(node, "\(path).kind") {
            if let known = Flow.Question.Kind(rawValue: text) {
                kind = known
            } else {
                let names = Flow.Question.Kind.allCases.map(\.rawValue)
                add(
                    line(node),
                    "\(path).kind \"\(text)\" is unknown\(EditDistance.suggestion(for: text, among: names)); it is one of \(names.joined(separator: ", "))"
                )
            }
        }
        let choices = parts["choices"].map { strings($0, "\(path).choices") } ?? []
        if (kind == .choice) == choices.isEmpty {
            add(
                line(parts["choices"] ?? node),
                "\(path): choices belong to kind: choice, and that needs some; mend one of the two")
        }
        return Flow.Question(
            slot: slot, prompt: prompt, retry: template(parts["retry"], "\(path).retry") ?? "", kind: kind,
            choices: choices, confirm: template(parts["confirm"], "\(path).confirm") ?? "")
    }

    private mutating func readKeys(_ node: Node, into flow: inout Flow) {
        for (key, value) in pairs(node, "menu.keys") {
            guard key.count == 1, "0123456789*#ABCD".contains(key) else {
                add(line(value), "menu.keys: \"\(key)\" is no key of a telephone; use one of 0-9 * # A-D, in quotes")
                continue
            }
            if let name = intentName(value, "menu.keys.\(key)") { flow.keys[key] = name }
        }
    }

    private mutating func readFallback(_ node: Node, into flow: inout Flow) {
        if node.sequence != nil || node.scalar != nil {
            flow.fallback = templates(node, "fallback")
            return
        }
        let parts = section(node, "fallback", keys: ["say", "then"])
        if let texts = parts["say"].map({ templates($0, "fallback.say") }), !texts.isEmpty { flow.fallback = texts }
        flow.fallbackIntent = parts["then"].flatMap { intentName($0, "fallback.then") }
    }

    // MARK: Nodes

    private mutating func section(_ node: Node, _ path: String, keys: [String]) -> [String: Node] {
        var found: [String: Node] = [:]
        for (key, value) in pairs(node, path) {
            guard keys.contains(key) else {
                add(
                    line(value),
                    "\(path) has no key \"\(key)\"\(EditDistance.suggestion(for: key, among: keys)); its keys are \(keys.joined(separator: ", "))"
                )
                continue
            }
            found[key] = value
        }
        return found
    }

    private mutating func pairs(_ node: Node, _ path: String) -> [(String, Node)] {
        guard let mapping = node.mapping else {
            add(line(node), "\(path) is a table: write its keys with : behind them, each on a line")
            return []
        }
        var entries: [(String, Node)] = []
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                add(line(key), "\(path): a key is a word")
                continue
            }
            if entries.contains(where: { $0.0 == name }) {
                add(line(key), "\(path).\(name) stands here twice; delete one")
                continue
            }
            entries.append((name, value))
        }
        return entries
    }

    private mutating func string(_ node: Node?, _ path: String) -> String? {
        guard let node else { return nil }
        guard let text = node.scalar?.string, !text.isEmpty else {
            add(line(node), "\(path) is text: write \(path.split(separator: ".").last ?? ""): \"…\"")
            return nil
        }
        return text
    }

    private mutating func strings(_ node: Node, _ path: String) -> [String] {
        if let text = node.scalar?.string, !text.isEmpty { return [text] }
        guard let items = node.sequence else {
            add(line(node), "\(path) is a list of texts: write each on a line with - in front")
            return []
        }
        var texts: [String] = []
        for item in items { if let text = string(item, path) { texts.append(text) } }
        return texts
    }

    /// A text that may hold variables.
    private mutating func template(_ node: Node?, _ path: String) -> String? {
        guard let node, let text = string(node, path) else { return nil }
        references.variables(of: text, line: line(node), path: path)
        return text
    }

    private mutating func templates(_ node: Node, _ path: String) -> [String] {
        let texts = strings(node, path)
        // Those of a list stand on lines of their own.
        let nodes = node.sequence.map(Array.init) ?? [node]
        for item in nodes {
            if let text = item.scalar?.string { references.variables(of: text, line: line(item), path: path) }
        }
        return texts
    }

    private mutating func intentName(_ node: Node, _ path: String) -> String? {
        guard let name = string(node, path) else { return nil }
        references.intent(name, line: line(node), path: path)
        return name
    }

    private func line(_ node: Node) -> Int { node.mark?.line ?? 1 }

    private mutating func add(_ line: Int, _ sentence: String) {
        guard problems.count < 100 else { return }
        problems.append(FlowErrors.Problem(file: file, line: line, sentence: sentence))
    }

    private static func explain(_ error: YamlError) -> (Int, String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            (
                mark.line,
                "this is no YAML: \(problem); look at the blanks in front of the line, and put text with : or # in quotes"
            )
        default:
            (1, "this is no YAML: \(error)")
        }
    }
}

extension Flow {
    /// Reads a flow from YAML.
    ///
    /// - Parameters:
    ///   - text: the YAML.
    ///   - file: its name, for the errors.
    /// - Throws: ``FlowErrors`` with everything that is wrong, by line.
    public init(parsing text: String, file: String) throws(FlowErrors) {
        var reader = FlowReader(file: file)
        guard let flow = reader.read(text) else { throw FlowErrors(problems: reader.problems) }
        self = flow
    }
}
