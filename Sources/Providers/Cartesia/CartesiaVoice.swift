public import Agent
internal import WebSockets

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
