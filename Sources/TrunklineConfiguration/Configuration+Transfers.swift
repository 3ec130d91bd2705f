internal import Yams

extension Configuration {
    /// A place that callers may be put through to, and how.
    public struct Transfer: Sendable, Equatable, ExpressibleByStringLiteral {
        public enum Kind: String, Sendable, CaseIterable {
            /// The caller's telephone is asked to call there.
            case blind
            /// We call there, and connect both when somebody answers.
            case attended
            /// The same, but whoever answers is told what it is about, and asked.
            case warm
        }

        /// What counts as a yes.
        public enum Acceptance: String, Sendable, CaseIterable {
            case key, answer
            case keyOrYes = "key_or_yes"
        }

        /// A SIP address or a number.
        public var to: String
        public var kind = Kind.blind
        /// How long it may ring there.
        public var ringTimeout = Duration.seconds(25)
        /// What whoever answers is told; `nil`: what the agent says of it.
        public var briefing: String?
        /// What they are asked after it; `nil`: the usual words, in English.
        public var question: String?
        public var acceptance = Acceptance.keyOrYes
        /// Further header fields of the call there.
        public var headers: [String: String] = [:]

        public init(to: String) {
            self.to = to
        }

        public init(stringLiteral value: String) {
            self.init(to: value)
        }
    }

    mutating func readTransfers(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        let places = reader.section(top, "transfers", takesAnyKey: true)
        for (name, (line, node)) in places.entries.sorted(by: { $0.value.line < $1.value.line }) {
            let path = places.path(of: name)
            guard case .mapping = node else {
                let target = reader.value(node, line: line, name: path, using: ValueReading.destination)
                if let target { transfers[name] = Transfer(to: target) }
                continue
            }
            let section = reader.section(node, line: line, path: path, schema: Schema.transfer)
            if let transfer = Self.transfer(section, &reader) { transfers[name] = transfer }
        }
    }

    private static func transfer(
        _ section: ConfigurationReader.Section, _ reader: inout ConfigurationReader
    ) -> Transfer? {
        var transfer = Transfer(to: "")
        reader.read(section, "to", into: &transfer.to, using: ValueReading.destination)
        reader.read(section, "kind", into: &transfer.kind, using: ValueReading.choice(Transfer.Kind.self))
        reader.read(section, "ring_timeout", into: &transfer.ringTimeout) {
            (text: String) throws(InvalidValue) -> Duration in
            let duration = try ValueReading.positiveDuration(text)
            guard duration <= .seconds(300) else {
                throw InvalidValue("is longer than a telephone rings", fix: "write at most 5m")
            }
            return duration
        }
        reader.read(section, "briefing", into: &transfer.briefing, using: ValueReading.spokenText)
        reader.read(section, "question", into: &transfer.question, using: ValueReading.spokenText)
        reader.read(section, "accept", into: &transfer.acceptance, using: ValueReading.choice(Transfer.Acceptance.self))
        let headers = reader.section(section, "headers", takesAnyKey: true)
        for (name, (line, node)) in headers.entries.sorted(by: { $0.value.line < $1.value.line }) {
            guard ValueReading.isOwnHeader(name) else {
                reader.note(
                    line,
                    "\(headers.path(of: name)) is no header field of your own; use letters, digits and -, beginning with X-, "
                        + "or User-to-User")
                continue
            }
            let value = reader.value(node, line: line, name: headers.path(of: name), using: ValueReading.headerValue)
            if let value { transfer.headers[name] = value }
        }
        let line = reader.line(of: section.path)
        guard section.entries["to"] != nil else {
            reader.note(line, "\(section.path) has no to; write where it is, such as to: sip:desk@example.com")
            return nil
        }
        for key in ["briefing", "question", "accept"] where transfer.kind != .warm && section.entries[key] != nil {
            reader.note(
                reader.line(of: section.path(of: key)),
                "\(section.path(of: key)): nobody is asked when kind is \(transfer.kind.rawValue); write kind: warm, or delete the line"
            )
        }
        for key in ["ring_timeout", "headers"] where transfer.kind == .blind && section.entries[key] != nil {
            reader.note(
                reader.line(of: section.path(of: key)),
                "\(section.path(of: key)): with kind blind the caller's telephone calls there, and not we; write kind: attended or warm, or delete the line"
            )
        }
        return transfer.to.isEmpty ? nil : transfer
    }
}

extension ValueReading {
    /// What is spoken to somebody.
    static func spokenText(_ text: String) throws(InvalidValue) -> String? {
        guard let text = try Self.text(text), text.utf8.count <= 1_500 else {
            throw InvalidValue("is longer than anybody listens", fix: "write at most 1500 characters")
        }
        return text
    }

    /// Header fields that change nothing about a call itself.
    static func isOwnHeader(_ name: String) -> Bool {
        let lowercased = name.lowercased()
        return name.utf8.count <= 64 && (lowercased.hasPrefix("x-") || lowercased == "user-to-user")
            && name.utf8.allSatisfy { octet in
                (0x61...0x7A).contains(octet | 0x20) || (0x30...0x39).contains(octet) || octet == 0x2D
            }
    }

    static func headerValue(_ text: String) throws(InvalidValue) -> String {
        guard !text.isEmpty, text.utf8.count <= 512, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            throw InvalidValue("is no value of a header field", fix: "write one line of ASCII, at most 512 characters")
        }
        return text
    }
}
