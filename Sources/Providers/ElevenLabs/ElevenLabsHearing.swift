public import Agent
internal import WebSockets

/// What hearing by ElevenLabs needs to know.
public struct ElevenLabsHearingConfiguration: Sendable {
    public var key: Secret
    public var model: String
    /// The language, e.g. `en`; `nil` leaves it to the model.
    public var language: String?
    /// Names and words that are likely to come and hard to hear; at most 50 of 20 characters.
    public var keyterms: [String] = []
    /// Where ElevenLabs is; regions have hosts of their own.
    public var url = "wss://api.elevenlabs.io"
    /// Where a user puts the key, for messages.
    public var keySource = "ELEVENLABS_API_KEY"

    public init(key: Secret, model: String = "scribe_v2_realtime", language: String? = nil) {
        self.key = key
        self.model = model
        self.language = language
    }
}

/// Speech to text by ElevenLabs Scribe: one WebSocket for each call. Somebody else has to notice that the caller speaks
/// and has stopped.
public struct ElevenLabsHearing: SpeechToText {
    public let name: String

    private let configuration: ElevenLabsHearingConfiguration
    private let clock: WireClock

    public init(_ configuration: ElevenLabsHearingConfiguration) {
        self.init(configuration, clock: .continuous)
    }

    package init(_ configuration: ElevenLabsHearingConfiguration, clock: WireClock) {
        self.configuration = configuration
        self.clock = clock
        name = "elevenlabs \(configuration.model)"
    }

    /// Opens the call's socket.
    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any SpeechToTextSession {
        // A-law is not taken: its calls go as 16 bits.
        let isMuLaw = format.sampleRate == 8_000 && format.companding == .muLaw
        let rate = format.sampleRate < 16_000 ? 8_000 : 16_000
        var query = [
            ("model_id", configuration.model), ("audio_format", isMuLaw ? "ulaw_8000" : "pcm_\(rate)"),
            ("commit_strategy", "manual"),
        ]
        if let language = configuration.language { query.append(("language_code", language)) }
        query += configuration.keyterms.filter { !$0.isEmpty && $0.count <= 20 }.prefix(50).map { ("keyterms", $0) }
        let address = ServiceAddress(
            service: "ElevenLabs",
            url: try ServiceAddress.url(configuration.url, path: "/v1/speech-to-text/realtime", query: query),
            keyField: "xi-api-key", key: configuration.key, keySource: configuration.keySource)
        return try await StreamedHearing.open(
            ScribeTranscript(sampleRate: rate), isMuLaw ? .muLaw : .linear16, sampleRate: rate, at: address,
            clock: clock)
    }
}
