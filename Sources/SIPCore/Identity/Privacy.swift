/// Which privacy a caller wants from the network (RFC 3323 §4.2).
public struct Privacy: Hashable, Sendable, CustomStringConvertible, ExpressibleByArrayLiteral {
    /// One wish.
    public struct Value: Hashable, Sendable, CustomStringConvertible {
        /// In lower case.
        public let name: String

        public init(_ name: String) {
            self.name = name.asciiLowercased
        }

        /// Headers that tell of the caller and that he can't hide himself, as Via and Contact, are to be hidden.
        public static let header = Value("header")
        /// The addresses in the session description are to be hidden.
        public static let session = Value("session")
        /// What the user agent could have hidden itself is to be hidden.
        public static let user = Value("user")
        /// Nothing is to be hidden, whatever is agreed otherwise. Stands alone.
        public static let none = Value("none")
        /// Rather no call than one without the privacy that is asked for.
        public static let critical = Value("critical")
        /// The asserted identity is not to leave the trust domain (RFC 3325 §9.3).
        public static let id = Value("id")
        /// What History-Info tells is not to leave the domain (RFC 7044 §10.1).
        public static let history = Value("history")

        public var description: String { name }
    }

    /// In the order in which they were written, each once.
    public private(set) var values: [Value]

    public init(_ values: [Value]) {
        self.values = []
        for value in values where !self.values.contains(value) { self.values.append(value) }
    }

    public init(arrayLiteral values: Value...) {
        self.init(values)
    }

    /// Reads the value of the header. Commas are taken for semicolons, as some write them.
    ///
    /// - Throws: when a wish is no token, or `none` stands beside another one.
    public init(parsing text: String) throws(ParseError) {
        func fault(_ sentence: String) -> ParseError {
            ParseError(offset: 0, section: "RFC 3323 §4.2", message: sentence)
        }
        var values: [Value] = []
        for part in text.utf8.split(whereSeparator: { $0 == 0x3B || $0 == 0x2C }) {
            let name = Array(part)[...].trimmed.asText
            guard !name.isEmpty else { continue }
            guard name.isToken else { throw fault("A value of Privacy is no token") }
            guard values.count < Limits.maxParameters else { throw fault("Privacy has too many values") }
            values.append(Value(name))
        }
        guard !values.isEmpty else { throw fault("Privacy is empty") }
        guard !values.contains(.none) || Set(values) == [.none] else {
            throw fault("Privacy has none beside other values")
        }
        self.init(values)
    }

    public func contains(_ value: Value) -> Bool { values.contains(value) }

    /// Whether the person who is called shall not learn who calls (RFC 3323 §4.2, RFC 3325 §9.3).
    public var hidesCaller: Bool { contains(.id) || contains(.user) || contains(.header) }

    public var description: String { values.map(\.name).joined(separator: ";") }
}

extension SIPMessage {
    /// What privacy is asked for; empty without the header.
    ///
    /// A value that can't be read counts as the most that could be meant, so that a slip of the pen betrays nobody.
    public var privacy: Privacy {
        let lines = values(of: .privacy)
        guard !lines.isEmpty else { return [] }
        return (try? Privacy(parsing: lines.joined(separator: ";"))) ?? [.header, .session, .user, .id]
    }
}
