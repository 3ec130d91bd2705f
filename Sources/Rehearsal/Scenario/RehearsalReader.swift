internal import Agent
internal import Yams

extension Rehearsal {
    /// Reads a rehearsal from YAML.
    ///
    /// - Parameters:
    ///   - text: the YAML.
    ///   - file: its name, for the errors, and for the rehearsal when it has no other.
    /// - Throws: ``RehearsalErrors`` with everything that is wrong, by line.
    package init(parsing text: String, file: String) throws(RehearsalErrors) {
        var reader = RehearsalReader(file: file)
        let rehearsal = reader.read(text)
        guard let rehearsal, reader.problems.isEmpty else {
            throw RehearsalErrors(problems: reader.problems.sorted { $0.line < $1.line })
        }
        self = rehearsal
    }
}

/// Walks the nodes of a rehearsal's file and notes all that is wrong.
struct RehearsalReader {
    private let file: String
    private(set) var problems: [RehearsalErrors.Problem] = []

    static let maximumLength = 65_536
    static let maximumSteps = 100
    static let maximumWords = 50
    static let maximumText = 1_000
    static let maximumTimes = 100

    init(file: String) {
        self.file = file
    }

    mutating func read(_ text: String) -> Rehearsal? {
        guard text.utf8.count <= Self.maximumLength else {
            add(1, "the file has over \(Self.maximumLength) octets; that is no rehearsal, so name another file")
            return nil
        }
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: text) else {
                add(1, "the file is empty; start from flows/rehearsals/opening-hours.yaml")
                return nil
            }
            root = node
        } catch {
            let (line, sentence) = Self.explain(error)
            add(line, sentence)
            return nil
        }
        let keys = ["rehearsal", "call", "from", "repeat", "caller", "expect", "record"]
        let top = section(root, "the file", keys: keys)
        var rehearsal = Rehearsal(name: Self.plainName(file))
        if let node = top["rehearsal"], let name = string(node, "rehearsal") { rehearsal.name = name }
        if let node = top["call"] { rehearsal.target = party(node, "call") }
        if let node = top["from"] { rehearsal.caller = party(node, "from") }
        if let node = top["repeat"] {
            rehearsal.times = number(node, "repeat", 1...Self.maximumTimes) ?? 1
        }
        if let node = top["caller"] {
            rehearsal.steps = steps(node)
        } else {
            add(line(root), "there is no caller; add what they do, e.g. caller: [hear, say: Hello., hang_up]")
        }
        if let node = top["expect"] { rehearsal.expected = call(node) }
        if let node = top["record"] { rehearsal.record = record(node) }
        return rehearsal
    }

    // MARK: Parts of the file

    private mutating func steps(_ node: Node) -> [RehearsalStep] {
        guard let items = node.sequence else {
            add(line(node), "caller is a list: write each step on a line with - in front")
            return []
        }
        guard !items.isEmpty else {
            add(line(node), "caller does nothing; write at least - hang_up")
            return []
        }
        if items.count > Self.maximumSteps {
            add(line(node), "caller has over \(Self.maximumSteps) steps; make two rehearsals of it")
        }
        let steps = items.prefix(Self.maximumSteps).compactMap { step($0) }
        for (index, step) in steps.enumerated().dropLast() {
            switch step.act {
            case .hangUp: add(step.line, "nothing can follow hang_up; delete what comes after it")
            case .waitForEnd:
                add(steps[index + 1].line, "nothing can follow wait_for_end; delete what comes after it")
            default: break
            }
        }
        return steps
    }

    private mutating func call(_ node: Node) -> CallExpectation {
        let keys = ["ended_by", "transfers_to", "length", "median_answer", "worst_answer"]
        let parts = section(node, "expect", keys: keys, elsewhere: Self.recordKeys, under: "record")
        var expected = CallExpectation()
        if let node = parts["ended_by"], let text = string(node, "expect.ended_by") {
            expected.endedBy = CallExpectation.Ender(rawValue: text)
            if expected.endedBy == nil { add(line(node), "expect.ended_by: \"\(text)\" is neither caller nor agent") }
        }
        if let node = parts["transfers_to"] { expected.transfersTo = string(node, "expect.transfers_to") }
        if let node = parts["length"] {
            let bounds = section(node, "expect.length", keys: ["at_least", "at_most"])
            expected.shortest = bounds["at_least"].flatMap { duration($0, "expect.length.at_least") }
            expected.longest = bounds["at_most"].flatMap { duration($0, "expect.length.at_most") }
            if let shortest = expected.shortest, let longest = expected.longest, shortest > longest {
                add(line(node), "expect.length: at_least is above at_most; exchange them")
            }
        }
        expected.medianAnswer = parts["median_answer"].flatMap { duration($0, "expect.median_answer") }
        expected.worstAnswer = parts["worst_answer"].flatMap { duration($0, "expect.worst_answer") }
        return expected
    }

    private static let recordKeys = [
        "outcome", "events", "no_events", "tools", "heard", "says", "never_says", "keys", "masked", "notes",
    ]

    private mutating func record(_ node: Node) -> RecordExpectation {
        let callKeys = ["ended_by", "transfers_to", "length", "median_answer", "worst_answer"]
        let parts = section(node, "record", keys: Self.recordKeys, elsewhere: callKeys, under: "expect")
        var expected = RecordExpectation()
        if let node = parts["outcome"] { expected.outcome = string(node, "record.outcome") }
        func list(_ key: String, _ reader: inout RehearsalReader) -> [String] {
            parts[key].map { reader.strings($0, "record.\(key)") } ?? []
        }
        expected.events = list("events", &self)
        expected.noEvents = list("no_events", &self)
        expected.tools = list("tools", &self)
        expected.heard = list("heard", &self)
        expected.says = list("says", &self)
        expected.neverSays = list("never_says", &self)
        if let node = parts["keys"] { expected.keys = keys(node, "record.keys", pauses: false) }
        if let node = parts["masked"] { expected.masksKeys = truth(node, "record.masked") }
        if expected.keys != nil, expected.masksKeys == true, let node = parts["keys"] {
            add(line(node), "record.keys: keys that are masked can't be compared; delete this line or record.masked")
        }
        if let node = parts["notes"] {
            for (key, value) in pairs(node, "record.notes") {
                if let text = string(value, "record.notes.\(key)") { expected.notes[key] = text }
            }
        }
        return expected
    }

    // MARK: Telling

    func line(_ node: Node) -> Int { node.mark?.line ?? 1 }

    mutating func add(_ line: Int, _ sentence: String) {
        guard problems.count < 100 else { return }
        problems.append(RehearsalErrors.Problem(file: file, line: line, sentence: sentence))
    }

    /// The file's name without its folders and its end.
    private static func plainName(_ file: String) -> String {
        let last = file.split(separator: "/").last.map(String.init) ?? file
        for end in [".yaml", ".yml"] where last.hasSuffix(end) && last.count > end.count {
            return String(last.dropLast(end.count))
        }
        return last
    }

    private static func explain(_ error: any Error) -> (Int, String) {
        let fix = "check blanks at the beginning of the line, colons, and quotes around text with : or #"
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            return (mark.line, "this is no YAML: \(problem); \(fix)")
        case YamlError.duplicatedKeysInMapping(let names, let context):
            let name = names.first ?? ""
            return (context.mark.line, "the key \"\(short(name))\" stands here and again below; delete one of the two")
        default: return (1, "this is no YAML; \(fix)")
        }
    }

    static func short(_ text: String) -> String {
        let line = String(text.prefix(60).map { $0.isNewline ? " " : $0 })
        return line.count < text.count ? line + "…" : line
    }
}
