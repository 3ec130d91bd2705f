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

extension ProviderUsage {
    /// The counts in a line.
    var sentence: String {
        var parts: [String] = []
        if let inputTokens { parts.append("\(inputTokens) tokens in") }
        if let cachedTokens, cachedTokens > 0 { parts.append("\(cachedTokens) of them cached") }
        if let outputTokens { parts.append("\(outputTokens) out") }
        if let characters { parts.append("\(characters) characters") }
        if let audioSeconds { parts.append("\(audioSeconds) s") }
        return "\(provider): \(parts.joined(separator: ", "))"
    }
}
