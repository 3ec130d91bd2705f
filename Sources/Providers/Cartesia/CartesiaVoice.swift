public import Agent
internal import WebSockets

/// What speaking by Cartesia needs to know.
public struct CartesiaConfiguration: Sendable {
    public var key: Secret
    /// The voice's id.
    public var voice: String
    public var model: String
    public var language: String
    /// How fast, 0.6 to 1.5; `nil` leaves it to the voice.
    public var speed: Double?
    /// Where Cartesia is.
    public var url = "wss://api.cartesia.ai"
    /// The version of the interface that is spoken.
    public var version = "2026-03-01"
    /// Where a user puts the key, for messages.
    public var keySource = "CARTESIA_API_KEY"

    public init(key: Secret, voice: String, model: String = "sonic-3.5", language: String = "en") {
        self.key = key
        self.voice = voice
        self.model = model
        self.language = language
    }
}

/// Text to speech by Cartesia: one WebSocket for each call, in the call's own law of G.711, with the times of words.
///
/// The service closes a socket on which nothing was spoken for five minutes; it is opened again when it is needed.
public struct CartesiaVoice: TextToSpeech {
    public let name: String

    private let configuration: CartesiaConfiguration
    private let clock: WireClock

    public init(_ configuration: CartesiaConfiguration) {
        self.init(configuration, clock: .continuous)
    }

    package init(_ configuration: CartesiaConfiguration, clock: WireClock) {
        self.configuration = configuration
        self.clock = clock
        name = "cartesia \(configuration.model)"
    }

    /// Opens the call's socket.
    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any TextToSpeechSession {
        let companding = format.sampleRate == 8_000 ? format.companding : nil
        let isGiven = [8_000, 16_000, 24_000, 48_000].contains(format.sampleRate)
        var request: [String: JSONValue] = [
            "model_id": .string(configuration.model), "language": .string(configuration.language),
            "voice": ["mode": "id", "id": .string(configuration.voice)],
        ]
        if let speed = configuration.speed { request["generation_config"] = ["speed": .number(speed)] }
        let contexts = CartesiaContexts(
            encoding: companding.map { WireEncoding($0) } ?? .linear16,
            sampleRate: isGiven ? format.sampleRate : 24_000, request: request)
        let address = ServiceAddress(
            service: "Cartesia", url: try ServiceAddress.url(configuration.url, path: "/tts/websocket", query: []),
            headers: [WebSocketHeaderField("Cartesia-Version", configuration.version)], keyField: "X-API-Key",
            key: configuration.key, keySource: configuration.keySource)
        return try await StreamedVoice.open(contexts, callRate: format.sampleRate, at: address, clock: clock)
    }
}
