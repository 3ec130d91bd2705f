/// How an Anthropic model is asked.
public struct AnthropicConfiguration: Sendable, Equatable {
    /// Where the interface begins, without `/v1/messages`.
    public var url: String
    public var key: Secret
    public var model: String
    /// `nil` for the model's own.
    public var temperature: Double?
    /// The limit of tokens when a request names none; the service insists on one.
    public var maximumTokens: Int
    /// How long the first word may take.
    public var firstTokenTimeout: Duration
    /// How long each further one may take.
    public var nextTokenTimeout: Duration

    public init(
        key: Secret, model: String, url: String = "https://api.anthropic.com", temperature: Double? = nil,
        maximumTokens: Int = 1_024, firstTokenTimeout: Duration = .seconds(10),
        nextTokenTimeout: Duration = .seconds(10)
    ) {
        self.url = url
        self.key = key
        self.model = model
        self.temperature = temperature
        self.maximumTokens = maximumTokens
        self.firstTokenTimeout = firstTokenTimeout
        self.nextTokenTimeout = nextTokenTimeout
    }
}
