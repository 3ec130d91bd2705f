public import Agent

/// Where a model of the chat completions interface is, and how it is asked.
public struct ChatCompletionsConfiguration: Sendable, Equatable {
    /// What the limit of tokens is called: OpenAI's newer models refuse `max_tokens`, most others know only that.
    public enum TokenLimitField: String, Sendable, Hashable {
        case maxTokens = "max_tokens"
        case maxCompletionTokens = "max_completion_tokens"
    }

    /// The service's name for people and records, e.g. `openai`.
    public var service: String
    /// Where the interface begins, without `/chat/completions`, e.g. `https://api.openai.com/v1`.
    public var url: String
    /// `nil` for servers that want none.
    public var key: Secret?
    public var model: String
    /// `nil` for the model's own.
    public var temperature: Double?
    public var tokenLimitField: TokenLimitField
    /// The limit of tokens when a request names none.
    public var maximumTokens: Int?
    /// Headers besides the usual ones.
    public var headers: [String: String]
    /// Members of the request besides the usual ones, e.g. `reasoning_effort`.
    public var extraFields: [String: JSONValue]
    /// Whether to ask for the count of tokens; a few servers refuse the question.
    public var asksForUsage: Bool
    /// How long the first word may take.
    public var firstTokenTimeout: Duration
    /// How long each further one may take.
    public var nextTokenTimeout: Duration

    public init(
        service: String, url: String, key: Secret? = nil, model: String, temperature: Double? = nil,
        tokenLimitField: TokenLimitField = .maxTokens, maximumTokens: Int? = nil, headers: [String: String] = [:],
        extraFields: [String: JSONValue] = [:], asksForUsage: Bool = true,
        firstTokenTimeout: Duration = .seconds(10), nextTokenTimeout: Duration = .seconds(10)
    ) {
        self.service = service
        self.url = url
        self.key = key
        self.model = model
        self.temperature = temperature
        self.tokenLimitField = tokenLimitField
        self.maximumTokens = maximumTokens
        self.headers = headers
        self.extraFields = extraFields
        self.asksForUsage = asksForUsage
        self.firstTokenTimeout = firstTokenTimeout
        self.nextTokenTimeout = nextTokenTimeout
    }

    /// OpenAI.
    public static func openAI(model: String, key: Secret) -> ChatCompletionsConfiguration {
        ChatCompletionsConfiguration(
            service: "openai", url: "https://api.openai.com/v1", key: key, model: model,
            tokenLimitField: .maxCompletionTokens)
    }

    /// Ollama on this machine or another. The first answer may take long: the model is loaded for it.
    public static func ollama(model: String, url: String = "http://127.0.0.1:11434/v1")
        -> ChatCompletionsConfiguration
    {
        ChatCompletionsConfiguration(service: "ollama", url: url, model: model, firstTokenTimeout: .seconds(60))
    }

    /// Any other server: llama.cpp, vLLM, Groq, OpenRouter.
    public static func compatible(model: String, url: String, key: Secret? = nil) -> ChatCompletionsConfiguration {
        ChatCompletionsConfiguration(service: "compatible", url: url, key: key, model: model)
    }
}
