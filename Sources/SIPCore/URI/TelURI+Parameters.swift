extension TelURI {
    /// A number that means the same everywhere, or one that only means something in `context`.
    ///
    /// - Parameters:
    ///   - number: digits, with `+` in front for a global one.
    ///   - context: a domain, or the beginning of global numbers with its `+` (RFC 3966 §5.1.5).
    ///   - extension: the number behind a telephone system.
    /// - Throws: when `number` is none.
    public init(number: String, context: String? = nil, extension: String? = nil) throws(ParseError) {
        var text = "tel:\(number)"
        if let `extension` { text += ";ext=\(`extension`)" }
        if let context { text += ";phone-context=\(context)" }
        try self.init(parsing: text)
    }

    /// The number behind a telephone system, without visual separators (RFC 3966 §5.2).
    public var `extension`: String? { parameters.value(of: "ext").map(Self.withoutSeparators) }

    /// The subaddress of ISDN, unescaped (RFC 3966 §5.2).
    public var subaddress: String? { parameters.value(of: "isub").map { PercentCoding.decode($0) } }

    /// What is dialled once the call is up, without visual separators; not of RFC 3966 any more, and still seen
    /// (RFC 2806 §2.5.9).
    public var postDial: String? { parameters.value(of: "postd").map(Self.withoutSeparators) }

    /// Where a local number means something: a domain, or the beginning of global numbers (RFC 3966 §5.1.5).
    public var context: String? { parameters.value(of: "phone-context") }

    /// Whether both are the same number (RFC 3966 §4): visual separators do not count in numbers, and letters are of
    /// any case; a parameter is in both or in none, in any order.
    public func matches(_ other: TelURI) -> Bool {
        guard isGlobal == other.isGlobal, number.asciiLowercased == other.number.asciiLowercased else { return false }
        return Self.keys(parameters) == Self.keys(other.parameters)
    }

    private static func keys(_ parameters: Parameters) -> [String] {
        parameters.map { parameter in
            let name = parameter.name.asciiLowercased
            guard let value = parameter.value else { return name }
            switch name {
            case "ext", "postd": return "\(name)=\(withoutSeparators(value).asciiLowercased)"
            case "phone-context" where value.hasPrefix("+"): return "\(name)=\(withoutSeparators(value))"
            default: return "\(name)=\(PercentCoding.comparable(value).asciiLowercased)"
            }
        }.sorted()
    }

    static func withoutSeparators(_ text: String) -> String {
        text.utf8.filter { !isSeparator($0) }.asText
    }
}
