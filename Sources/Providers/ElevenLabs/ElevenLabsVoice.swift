public import Agent
internal import WebSockets

/// Text to speech by ElevenLabs: one WebSocket for each call, in the call's own law of G.711, with the times of words.
///
/// The service closes a socket on which nothing was spoken for three minutes; it is opened again when it is needed.
public struct ElevenLabsVoice: TextToSpeech {
    public let name: String

    private let configuration: ElevenLabsConfiguration
    private let clock: WireClock

    public init(_ configuration: ElevenLabsConfiguration) {
        self.init(configuration, clock: .continuous)
    }

    package init(_ configuration: ElevenLabsConfiguration, clock: WireClock) {
        self.configuration = configuration
        self.clock = clock
        name = "elevenlabs \(configuration.model)"
    }

    /// Opens the call's socket.
    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any TextToSpeechSession {
        let (name, encoding, rate) = output(format)
        let contexts = ElevenLabsContexts(
            encoding: encoding, sampleRate: rate,
            settings: [
                "stability": .number(configuration.stability), "similarity_boost": .number(configuration.similarity),
                "speed": .number(configuration.speed),
            ])
        return try await StreamedVoice.open(
            contexts, callRate: format.sampleRate, at: try address(name), clock: clock)
    }

    /// Higher rates than 24 kHz are not in every plan.
    private func output(_ format: SpeechFormat) -> (name: String, WireEncoding, rate: Int) {
        switch (format.sampleRate, format.companding) {
        case (8_000, .muLaw): ("ulaw_8000", .muLaw, 8_000)
        case (8_000, .aLaw): ("alaw_8000", .aLaw, 8_000)
        case (8_000, nil): ("pcm_8000", .linear16, 8_000)
        case (...16_000, _): ("pcm_16000", .linear16, 16_000)
        default: ("pcm_24000", .linear16, 24_000)
        }
    }

    private func address(_ output: String) throws(ProviderError) -> ServiceAddress {
        guard !configuration.voice.isEmpty,
            configuration.voice.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) })
        else {
            throw .unavailable("'\(configuration.voice)' is no id of an ElevenLabs voice: ids are letters and figures.")
        }
        // With auto_mode each text is spoken at once; it waits for no more.
        var query = [
            ("model_id", configuration.model), ("output_format", output), ("inactivity_timeout", "180"),
            ("auto_mode", "true"), ("sync_alignment", "true"),
        ]
        if let language = configuration.language { query.append(("language_code", language)) }
        let path = "/v1/text-to-speech/\(configuration.voice)/multi-stream-input"
        return ServiceAddress(
            service: "ElevenLabs", url: try ServiceAddress.url(configuration.url, path: path, query: query),
            keyField: "xi-api-key", key: configuration.key, keySource: configuration.keySource)
    }
}
