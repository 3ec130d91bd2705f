/// What is wrong with a message or a part of one.
public struct ParseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// How many octets into the parsed text the fault is.
    public var offset: Int
    /// The rule that is broken, e.g. `RFC 3261 §20.16`.
    public var section: String
    /// One sentence for a person.
    public var message: String
    /// The status that a request with this fault is answered with: 400, 413, 416, 505 or 513.
    public var suggestedStatus: Int

    public init(offset: Int, section: String, message: String, suggestedStatus: Int = 400) {
        self.offset = offset
        self.section = section
        self.message = message
        self.suggestedStatus = suggestedStatus
    }

    public var description: String { "\(message) (octet \(offset), \(section))" }
}
