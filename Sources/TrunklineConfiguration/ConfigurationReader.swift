internal import Yams

/// Walks the nodes of a file and notes everything that is wrong.
struct ConfigurationReader {
    /// A mapping of the file with the keys that are known.
    struct Section {
        var path: String
        var entries: [String: (line: Int, node: Node)] = [:]

        func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
    }

    private let file: String
    let environment: [String: String]
    private(set) var problems: [ConfigurationProblem] = []
    /// Where each key stands.
    private(set) var lines: [String: Int] = [:]

    init(file: String, environment: [String: String]) {
        self.file = file
        self.environment = environment
    }

    mutating func note(_ line: Int, _ sentence: String) {
        problems.append(ConfigurationProblem(file: file, line: line, sentence: sentence))
    }

    /// The line of a key, or of the section it belongs to; 1 for a default that clashes with the file.
    func line(of path: String) -> Int {
        lines[path] ?? lines[String(path.prefix { $0 != "." })] ?? 1
    }

    // MARK: - Mappings

    /// Reads a mapping and notes keys it doesn't have.
    ///
    /// - Parameters:
    ///   - takesAnyKey: for names that users choose.
    ///   - schema: where the keys are listed, when that is not under its path.
    mutating func section(
        _ node: Node, line: Int, path: String, takesAnyKey: Bool = false, schema: String? = nil
    ) -> Section {
        var section = Section(path: path)
        if Self.isNull(node) { return section }
        guard case .mapping(let mapping) = node else {
            note(
                line,
                path.isEmpty
                    ? "the file is \(Self.kind(of: node)); write lines of the form \"key: value\""
                    : "\(path) is \(Self.kind(of: node)); "
                        + "write its settings below it, each on an indented line \"key: value\""
            )
            return section
        }
        for (key, value) in mapping {
            let line = key.mark?.line ?? line
            guard let name = key.scalar?.string else {
                note(line, "a key here is \(Self.kind(of: key)); write a single word")
                continue
            }
            if name.first == YAMLDocument.marker { continue }
            guard takesAnyKey || Schema.keys[schema ?? path]?.contains(name) == true else {
                let place = path.isEmpty ? "" : " in \"\(path)\""
                note(
                    line, "unknown key \"\(Self.short(name))\"\(place); \(Schema.advice(for: name, in: schema ?? path))"
                )
                continue
            }
            section.entries[name] = (line, value)
            lines[section.path(of: name)] = line
        }
        return section
    }

    /// Reads the mapping under a key; without the key an empty one.
    mutating func section(_ parent: Section, _ key: String, takesAnyKey: Bool = false) -> Section {
        let path = parent.path(of: key)
        guard let (line, node) = parent.entries[key] else { return Section(path: path) }
        return section(node, line: line, path: path, takesAnyKey: takesAnyKey)
    }

    // MARK: - Values

    /// Reads a value into its place; without the key, or when it is bad, the place keeps what it has.
    mutating func read<Value>(
        _ section: Section, _ key: String, into place: inout Value,
        using parse: (String) throws(InvalidValue) -> Value
    ) {
        guard let (line, node) = section.entries[key] else { return }
        if let value = value(node, line: line, name: section.path(of: key), using: parse) { place = value }
    }

    /// Reads a list of values into its place, all or none.
    mutating func readList<Value>(
        _ section: Section, _ key: String, into place: inout [Value],
        using parse: (String) throws(InvalidValue) -> Value
    ) {
        guard let (line, node) = section.entries[key] else { return }
        let name = section.path(of: key)
        guard case .sequence(let sequence) = node else {
            note(line, "\(name) is \(Self.kind(of: node)); write a list such as [\"udp:127.0.0.1:5060\"]")
            return
        }
        let before = problems.count
        let values = sequence.compactMap { value($0, line: line, name: name, using: parse) }
        if problems.count == before { place = values }
    }

    /// Reads a single value.
    ///
    /// - Parameter isSecret: keeps it out of messages.
    mutating func value<Value>(
        _ node: Node, line: Int, name: String, isSecret: Bool = false,
        using parse: (String) throws(InvalidValue) -> Value
    ) -> Value? {
        guard case .scalar(let scalar) = node else {
            note(node.mark?.line ?? line, "\(name) is \(Self.kind(of: node)); write a single value")
            return nil
        }
        guard !Self.isNull(node) else {
            note(line, "\(name) has no value; write one, or delete the line for the default")
            return nil
        }
        do {
            return try parse(EnvironmentReferences.expand(scalar.string, environment: environment))
        } catch {
            // The text as it stands in the file: what a variable holds may be secret.
            let shown = isSecret ? "the value" : "\"\(Self.short(scalar.string))\""
            note(scalar.mark?.line ?? line, "\(name): \(shown) \(error)")
            return nil
        }
    }

    // MARK: - Telling

    private static func isNull(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }

    private static func kind(of node: Node) -> String {
        switch node {
        case .scalar: isNull(node) ? "empty" : "a single value"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    private static func short(_ text: String) -> String {
        let line = String(text.prefix(60).map { $0.isNewline ? " " : $0 })
        return line.count < text.count ? line + "…" : line
    }
}
