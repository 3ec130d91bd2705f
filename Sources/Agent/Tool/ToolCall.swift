/// A model's wish to use a tool.
public struct ToolCall: Sendable, Hashable, Codable {
    /// The provider's name for this call.
    public var id: String
    public var name: String
    /// JSON as the model wrote it; it need not be valid.
    public var arguments: String

    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

/// How a tool call ended, for the record.
public struct ToolOutcome: Sendable, Equatable {
    public var call: ToolCall
    public var text: String
    public var failed: Bool

    public init(call: ToolCall, text: String, failed: Bool) {
        self.call = call
        self.text = text
        self.failed = failed
    }
}
