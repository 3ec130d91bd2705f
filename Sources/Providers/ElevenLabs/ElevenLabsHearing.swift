public import Agent
internal import WebSockets

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
