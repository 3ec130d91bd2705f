/// What a provider counted for a piece of work; what it did not count is `nil`.
public struct ProviderUsage: Sendable, Equatable, Codable {
    /// Who counted, e.g. `openai gpt-4.1-mini`.
    public var provider: String
    public var inputTokens: Int?
    /// Of these, those that were read from a cache.
    public var cachedTokens: Int?
    public var outputTokens: Int?
    public var characters: Int?
    public var audioSeconds: Double?

    public init(
        provider: String, inputTokens: Int? = nil, cachedTokens: Int? = nil, outputTokens: Int? = nil,
        characters: Int? = nil, audioSeconds: Double? = nil
    ) {
        self.provider = provider
        self.inputTokens = inputTokens
        self.cachedTokens = cachedTokens
        self.outputTokens = outputTokens
        self.characters = characters
        self.audioSeconds = audioSeconds
    }
}
