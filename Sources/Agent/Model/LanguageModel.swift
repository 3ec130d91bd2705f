/// A language model that writes text and asks for tools. One value serves all calls.
public protocol LanguageModel: Sendable {
    /// What this is, for people and records, e.g. `openai gpt-4.1-mini`.
    var name: String { get }
    /// Answers as a stream, the first words as soon as they are there. Cancelling the reading task ends the request.
    ///
    /// The stream fails with ``ProviderError``; one that ends without ``ModelEvent/finished(_:)`` was cut short.
    func respond(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error>
}

/// What a model is asked.
public struct ModelRequest: Sendable, Equatable {
    /// Who the model is and what it is to do.
    public var instructions: String
    /// The conversation so far, the oldest first. Each ``ModelMessage/assistant(_:calls:)`` with calls is followed by one
    /// ``ModelMessage/tool(id:text:failed:)`` for each of them.
    public var messages: [ModelMessage]
    public var tools: [ToolDeclaration]
    /// Tokens that the answer may have; `nil` for the provider's own limit.
    public var maximumTokens: Int?

    public init(
        instructions: String, messages: [ModelMessage], tools: [ToolDeclaration] = [], maximumTokens: Int? = nil
    ) {
        self.instructions = instructions
        self.messages = messages
        self.tools = tools
        self.maximumTokens = maximumTokens
    }
}

public enum ModelMessage: Sendable, Equatable {
    case user(String)
    /// What was said, and the tools that were asked for.
    case assistant(String, calls: [ToolCall])
    /// What a tool came to.
    case tool(id: String, text: String, failed: Bool)
}

public enum ModelEvent: Sendable, Equatable {
    /// The next piece of the answer, as it came.
    case text(String)
    /// A whole call.
    case call(ToolCall)
    case usage(ProviderUsage)
    case finished(ModelFinish)
}

/// Why a model stopped.
public enum ModelFinish: Sendable, Equatable {
    case complete
    /// It waits for its tools.
    case tools
    /// It ran into the limit of tokens.
    case length
    /// The provider would not have it said.
    case filtered
}
