/// What a body or a part of one is for, and whether it may be passed over (RFC 3261 §20.11, RFC 5621 §8).
public struct ContentDisposition: Hashable, Sendable, CustomStringConvertible {
    /// In lower case: `session`, `early-session`, `render`, `icon`, `alert`, `signal` or another word.
    public let type: String
    public let parameters: Parameters

    /// - Parameters:
    ///   - type: what it is for.
    ///   - isRequired: whether whoever can't use it has to refuse the message; `nil` leaves it unsaid, which means yes.
    public init(_ type: String, isRequired: Bool? = nil) {
        self.type = type.asciiLowercased
        guard let isRequired else {
            parameters = Parameters()
            return
        }
        parameters = Parameters([Parameter(name: "handling", value: isRequired ? "required" : "optional")])
    }

    public init(parsing text: String) throws(ParseError) {
        var scanner = FieldScanner(text, section: "RFC 3261 §20.11")
        scanner.skipBlanks()
        type = try scanner.token("The type of Content-Disposition").asciiLowercased
        parameters = try scanner.parameters()
        try scanner.finish("Content-Disposition")
    }

    /// What is meant when nothing is said: `session` for a session description, `render` for anything else
    /// (RFC 3261 §20.11).
    static func implied(for type: MediaType?) -> ContentDisposition {
        ContentDisposition(type?.essence == "application/sdp" ? "session" : "render")
    }

    /// Whether whoever can't use it has to refuse the message (RFC 5621 §8.1).
    public var isRequired: Bool {
        parameters.value(of: "handling")?.utf8.isEqual(ignoringCase: "optional") != true
    }

    public var description: String { type + parameters.description }
}
