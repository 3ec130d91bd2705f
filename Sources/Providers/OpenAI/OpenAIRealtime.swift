public import Agent
internal import WebSockets

/// OpenAI's Realtime interface (`/v1/realtime`): one model that hears and speaks.
///
/// On a call in PCMU or PCMA the octets of the line go to the service and back as they are; on any other call the sound
/// is linear, at 24 000 Hz.
public struct OpenAIRealtime: SpeechToSpeech {
    public let name: String
    private let configuration: RealtimeConfiguration

    public init(_ configuration: RealtimeConfiguration) {
        self.configuration = configuration
        name = "openai-realtime \(configuration.model)"
    }

    /// Opens a session; returns when the service has taken our settings.
    ///
    /// - Throws: `ProviderError`: `unavailable` for a wrong key, model or setting, else why it failed.
    public func makeSession(
        _ context: DialogueContext, _ format: SpeechFormat
    ) async throws(ProviderError) -> any SpeechToSpeechSession {
        let coding: SoundCoding = format.companding.map { .companded($0) } ?? .linear(sampleRate: 24_000)
        let link = SpeechToSpeechLink(
            core: RealtimeSession(configuration, coding: coding, history: SpokenHistory(context.history)),
            tools: ToolRunner(configuration.tools, context: context, limit: configuration.toolPatience),
            secret: configuration.key, open: Self.opening(configuration))
        try await link.start()
        return link
    }

    private static func opening(_ configuration: RealtimeConfiguration) -> SpeechToSpeechLink.Opening {
        var headers = configuration.headers
        if let key = configuration.key {
            switch configuration.keyField {
            case .bearer: headers.append(WebSocketHeaderField("Authorization", "Bearer \(key.value)"))
            case .field(let name): headers.append(WebSocketHeaderField(name, key.value))
            }
        }
        var limits = WebSocketLimits()
        limits.maximumMessageOctets = 4_194_304
        limits.maximumUnsentOctets = 262_144
        limits.pingInterval = .seconds(20)
        let url = configuration.url.appending(query: [("model", configuration.model)])
        let (fields, bounds, tls, timeout) = (headers, limits, configuration.tls, configuration.connectTimeout)
        return { () async throws(WebSocketConnectionError) in
            try await WebSocketConnection.open(url, headers: fields, limits: bounds, tls: tls, connectTimeout: timeout)
        }
    }
}
