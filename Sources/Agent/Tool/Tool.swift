/// Something that a dialogue can do for the caller.
public protocol Tool: Sendable {
    /// What the model is told of it.
    var declaration: ToolDeclaration { get }
    /// Does it. Cancelled when the call ends or the time for it is over.
    ///
    /// - Parameters:
    ///   - arguments: an object as the model wrote it; it may not fit the declared parameters.
    ///   - context: the call that it is wanted on.
    /// - Throws: anything; the model is told the error's description.
    func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult
}

/// A tool as a model sees it.
public struct ToolDeclaration: Sendable, Hashable {
    /// Letters, digits, `_` and `-`, at most 64.
    public var name: String
    /// What it does and when to use it, for the model.
    public var text: String
    /// A JSON schema of the arguments, of type `object`.
    public var parameters: JSONValue

    public init(name: String, text: String, parameters: JSONValue = ["type": "object", "properties": [:]]) {
        self.name = name
        self.text = text
        self.parameters = parameters
    }
}

/// What a tool came to.
public struct ToolResult: Sendable, Equatable {
    /// What the model is told.
    public var text: String
    /// What is to be done on the call, once everything has been said.
    public var actions: [DialogueAction]
    /// Whether the model is to say something about it; without, the actions are all.
    public var wantsReply: Bool
    /// What the caller says next is for this, and not for the model.
    var task: CallerTask?
    /// Another agent leads from now on.
    var handOver: HandOver?

    public init(text: String, actions: [DialogueAction] = [], wantsReply: Bool = true) {
        self.text = text
        self.actions = actions
        self.wantsReply = wantsReply
    }
}
