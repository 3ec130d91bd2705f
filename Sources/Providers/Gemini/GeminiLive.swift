public import Agent
internal import WebSockets

/// Google's Gemini Live interface: one model that hears and speaks. It takes 16 000 samples per second and gives 24 000.
///
/// It says late that the caller speaks over it, and it can't be told how much was heard: let the agent listen for the
/// caller too (`SpeechToSpeechAgent.init`, `listensForCaller`).
public struct GeminiLive: SpeechToSpeech {
    public let name: String
    private let configuration: GeminiConfiguration

    public init(_ configuration: GeminiConfiguration) {
        self.configuration = configuration
        name = "gemini-live \(configuration.model)"
    }

    /// Opens a session; returns when the service has taken our settings.
    ///
    /// - Throws: `ProviderError`: `unavailable` for a wrong key, model or setting, else why it failed.
    public func makeSession(
        _ context: DialogueContext, _ format: SpeechFormat
    ) async throws(ProviderError) -> any SpeechToSpeechSession {
        let link = SpeechToSpeechLink(
            core: GeminiSession(configuration, history: SpokenHistory(context.history)),
            tools: ToolRunner(configuration.tools, context: context, limit: configuration.toolPatience),
            secret: configuration.key, open: Self.opening(configuration))
        try await link.start()
        return link
    }

    private static func opening(_ configuration: GeminiConfiguration) -> SpeechToSpeechLink.Opening {
        var headers = configuration.headers
        if let key = configuration.key { headers.append(WebSocketHeaderField("x-goog-api-key", key.value)) }
        var limits = WebSocketLimits()
        limits.maximumMessageOctets = 4_194_304
        limits.maximumUnsentOctets = 524_288
        limits.pingInterval = .seconds(20)
        let (fields, bounds) = (headers, limits)
        let (url, tls, timeout) = (configuration.url, configuration.tls, configuration.connectTimeout)
        return { () async throws(WebSocketConnectionError) in
            try await WebSocketConnection.open(url, headers: fields, limits: bounds, tls: tls, connectTimeout: timeout)
        }
    }
}
