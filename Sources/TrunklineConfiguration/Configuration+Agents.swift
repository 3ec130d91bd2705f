internal import Yams

extension Configuration {
    /// An agent that may take a call over from another.
    public struct Role: Sendable, Equatable {
        public var name: String
        /// What it is for, so that others know when to hand over to it.
        public var description = ""
        public var instructions = ""
        /// What it says when it takes over; `nil`: the model makes it up.
        public var greeting: String?
        /// The name of another model of the same service; `nil`: the same.
        public var model: String?
        /// The name of another voice of the same service; `nil`: the same.
        public var voice: String?
        /// The tools that it may use; `nil`: all.
        public var tools: [String]?
        /// Those that it may hand over to; `nil`: all.
        public var handsOverTo: [String]?
        /// Whether it is told all that was said, or the summary alone.
        public var knowsHistory = true
    }

    private enum HistoryChoice: String, CaseIterable {
        case full, summary
    }

    /// The agent that begins.
    public static let firstRole = "main"

    mutating func readAgents(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        let section = reader.section(top, "agents", takesAnyKey: true)
        for (name, (line, node)) in section.entries.sorted(by: { $0.value.line < $1.value.line }) {
            let path = section.path(of: name)
            let isName =
                (1...32).contains(name.utf8.count)
                && name.utf8.allSatisfy {
                    (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x5F
                }
            guard isName, name != Self.firstRole else {
                reader.note(
                    line,
                    isName
                        ? "\(path) is the agent that the file itself describes; give this one another name"
                        : "\(path) is no name for an agent; use at most 32 letters, digits and _")
                continue
            }
            let inner = reader.section(node, line: line, path: path, schema: Schema.role)
            var role = Role(name: name)
            func text(_ text: String) throws(InvalidValue) -> String { try ValueReading.text(text) ?? "" }
            reader.read(inner, "description", into: &role.description, using: text)
            reader.read(inner, "instructions", into: &role.instructions, using: text)
            reader.read(inner, "greeting", into: &role.greeting, using: ValueReading.text)
            reader.read(inner, "model", into: &role.model, using: ValueReading.text)
            reader.read(inner, "voice", into: &role.voice, using: ValueReading.text)
            for (key, place) in [("tools", \Role.tools), ("hand_over_to", \Role.handsOverTo)]
            where inner.entries[key] != nil {
                var names: [String] = []
                reader.readList(inner, key, into: &names, using: text)
                role[keyPath: place] = names
            }
            var history = HistoryChoice.full
            reader.read(inner, "history", into: &history, using: ValueReading.choice(HistoryChoice.self))
            role.knowsHistory = history == .full
            if role.instructions.isEmpty {
                reader.note(line, "\(path) needs instructions, by which it knows what to do")
            }
            roles.append(role)
        }
        let known = [Self.firstRole] + roles.map(\.name)
        let ownTools = Self.takenNames.union(tools.map(\.name))
        for role in roles {
            // What servers have is known only once they have told it.
            for name in role.tools ?? [] where !ownTools.contains(name) {
                guard !mcp.contains(where: { name.hasPrefix($0.name + "_") }) else { continue }
                let near = Spelling.nearest(to: name, among: Array(ownTools)).map { "; did you mean \($0)?" }
                reader.note(
                    reader.line(of: "agents.\(role.name).tools"),
                    "agents.\(role.name).tools: there is no tool \(name)\(near ?? "; name one of tools: or mcp:")")
            }
            for name in role.handsOverTo ?? [] where !known.contains(name) {
                reader.note(
                    reader.line(of: "agents.\(role.name).hand_over_to"),
                    "agents.\(role.name).hand_over_to: there is no agent \(name); there are \(known.joined(separator: ", "))"
                )
            }
        }
    }
}
