public import Agent
internal import WebSockets

/// What speaking by Deepgram needs to know.
public struct DeepgramVoiceConfiguration: Sendable {
    public var key: Secret
    /// The voice, which Deepgram calls a model, e.g. `aura-2-thalia-en`.
    public var voice: String
    /// Where Deepgram is.
    public var url = "wss://api.deepgram.com"
    /// Where a user puts the key, for messages.
    public var keySource = "DEEPGRAM_API_KEY"

    public init(key: Secret, voice: String = "aura-2-thalia-en") {
        self.key = key
        self.voice = voice
    }
}

/// Text to speech by Deepgram Aura: one WebSocket for each call, in the call's own law of G.711. It tells no times of
/// words.
public struct DeepgramVoice: TextToSpeech {
    public let name: String

    private let configuration: DeepgramVoiceConfiguration
    private let clock: WireClock

    public init(_ configuration: DeepgramVoiceConfiguration) {
        self.init(configuration, clock: .continuous)
    }

    package init(_ configuration: DeepgramVoiceConfiguration, clock: WireClock) {
        self.configuration = configuration
        self.clock = clock
        name = "deepgram \(configuration.voice)"
    }

    /// Opens the call's socket.
    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any TextToSpeechSession {
        let companding = format.sampleRate == 8_000 ? format.companding : nil
        let encoding = companding.map { WireEncoding($0) } ?? .linear16
        let isGiven = [8_000, 16_000, 24_000, 32_000, 48_000].contains(format.sampleRate)
        let rate = isGiven ? format.sampleRate : 24_000
        let name =
            switch encoding {
            case .muLaw: "mulaw"
            case .aLaw: "alaw"
            case .linear16: "linear16"
            }
        let query = [
            ("model", configuration.voice), ("encoding", name), ("sample_rate", "\(rate)"), ("container", "none"),
        ]
        let address = ServiceAddress(
            service: "Deepgram", url: try ServiceAddress.url(configuration.url, path: "/v1/speak", query: query),
            keyField: "Authorization", keyPrefix: "Token ", key: configuration.key,
            keySource: configuration.keySource)
        return try await StreamedVoice.open(
            AuraTexts(encoding: encoding, sampleRate: rate), callRate: format.sampleRate, at: address, clock: clock)
    }
}
