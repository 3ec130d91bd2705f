internal import Yams

extension Configuration {
    /// What is written about calls once they are over.
    public struct Record: Sendable, Equatable {
        /// Whether each call is summed up by itself; else on request alone.
        public var isSummarised = false
        /// What is looked for in calls, in the order of their names.
        public var fields: [RecordField] = []
        /// The name of another model of the same service as the agent's; `nil`: the same.
        public var model: String?

        /// Nothing.
        public init() {}
    }

    /// Something that is looked for in a call.
    public struct RecordField: Sendable, Equatable {
        /// What it may be.
        public enum Kind: String, Sendable, CaseIterable {
            case text, number, integer, boolean, date, time, choice
        }

        public var name: String
        public var kind = Kind.text
        /// For the model: what it is.
        public var description = ""
        /// Of a choice.
        public var values: [String] = []
    }

    /// Fields that can be looked for in one call.
    static let maximumFields = 40

    mutating func readRecord(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        let section = reader.section(top, "record")
        reader.read(section, "summary", into: &record.isSummarised, using: ValueReading.truth)
        reader.read(section, "model", into: &record.model, using: ValueReading.text)
        let fields = reader.section(section, "fields", takesAnyKey: true)
        for (name, (line, node)) in fields.entries.sorted(by: { $0.key < $1.key }) {
            let path = fields.path(of: name)
            guard (1...32).contains(name.utf8.count),
                name.utf8.allSatisfy({ (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x5F })
            else {
                reader.note(line, "\(path) is no name for a field; use at most 32 letters, digits and _")
                continue
            }
            guard record.fields.count < Self.maximumFields else {
                reader.note(line, "record.fields has more than \(Self.maximumFields) fields; delete some")
                return
            }
            if let field = Self.field(name, path, line, node, with: &reader) { record.fields.append(field) }
        }
    }

    private static func field(
        _ name: String, _ path: String, _ line: Int, _ node: Node, with reader: inout ConfigurationReader
    ) -> RecordField? {
        var field = RecordField(name: name)
        func text(_ text: String) throws(InvalidValue) -> String {
            guard (1...500).contains(text.utf8.count) else {
                throw InvalidValue("is empty or longer than 500 octets", fix: "say in a few words what is looked for")
            }
            return text
        }
        // A text alone says what it is.
        if case .scalar = node {
            guard let words = reader.value(node, line: line, name: path, using: text) else { return nil }
            field.description = words
            return field
        }
        let section = reader.section(node, line: line, path: path, schema: Schema.field)
        reader.read(section, "description", into: &field.description, using: text)
        reader.read(section, "type", into: &field.kind, using: ValueReading.choice(RecordField.Kind.self))
        reader.readList(section, "values", into: &field.values, using: text)
        if field.kind == .choice, !(1...50).contains(field.values.count) {
            reader.note(line, "\(path) is a choice and needs 1 to 50 values; write values: [one, another]")
        }
        if field.kind != .choice, section.entries["values"] != nil {
            reader.note(line, "\(path) has values and is no choice; write type: choice, or delete values")
        }
        return field
    }

    /// Settings of the record that don't go together with others.
    var contradictionsOfRecord: [(key: String, sentence: String)] {
        guard model == nil, record.isSummarised || !record.fields.isEmpty || record.model != nil else { return [] }
        return [
            (
                "record",
                "record needs a model that sums calls up; write model: {provider: openai, model: …} or another one"
            )
        ]
    }
}
