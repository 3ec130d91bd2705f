/// Something that a client did which the real service refuses.
public struct ProtocolViolation: Sendable, Hashable, CustomStringConvertible {
    /// What was wrong, in a sentence.
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}
