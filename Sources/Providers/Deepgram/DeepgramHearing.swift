public import Agent
internal import WebSockets

/// Speech to text by Deepgram: one WebSocket for each call, to which the call's own law of G.711 goes unchanged.
///
/// With a Nova model somebody else has to notice that the caller speaks and has stopped; a Flux model does both.
public struct DeepgramHearing: SpeechToText {
    public let name: String

    private let configuration: DeepgramConfiguration
    private let clock: WireClock

    public init(_ configuration: DeepgramConfiguration) {
        self.init(configuration, clock: .continuous)
    }

    package init(_ configuration: DeepgramConfiguration, clock: WireClock) {
        self.configuration = configuration
        self.clock = clock
        name = "deepgram \(configuration.model)"
    }

    /// Opens the call's socket.
    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any SpeechToTextSession {
        let companding = format.sampleRate == 8_000 ? format.companding : nil
        let encoding = companding.map { WireEncoding($0) } ?? .linear16
        // The models hear no more in a higher rate.
        let rate = min(format.sampleRate, 16_000)
        let address = try address(encoding, sampleRate: rate)
        let keyterms = Array(configuration.keyterms.prefix(100))
        if configuration.isFlux {
            return try await StreamedHearing.open(
                FluxTurns(keyterms: keyterms), encoding, sampleRate: rate, at: address, clock: clock)
        }
        let transcript = NovaTranscript(takesKeyterms: configuration.model.hasPrefix("nova-3"), keyterms: keyterms)
        return try await StreamedHearing.open(
            transcript, encoding, sampleRate: rate, at: address, clock: clock)
    }

    private func address(_ encoding: WireEncoding, sampleRate: Int) throws(ProviderError) -> ServiceAddress {
        let name =
            switch encoding {
            case .muLaw: "mulaw"
            case .aLaw: "alaw"
            case .linear16: "linear16"
            }
        var query = [("model", configuration.model), ("encoding", name), ("sample_rate", "\(sampleRate)")]
        query += configuration.isFlux ? fluxQuery : novaQuery
        let path = configuration.isFlux ? "/v2/listen" : "/v1/listen"
        return ServiceAddress(
            service: "Deepgram", url: try ServiceAddress.url(configuration.url, path: path, query: query),
            keyField: "Authorization", keyPrefix: "Token ", key: configuration.key,
            keySource: configuration.keySource)
    }

    private var novaQuery: [(String, String)] {
        var query = [
            ("channels", "1"), ("interim_results", "true"), ("punctuate", "true"),
            ("endpointing", "\(configuration.endpointingMs)"),
            ("utterance_end_ms", "\(max(1_000, configuration.utteranceEndMs))"),
        ]
        if configuration.smartFormat { query.append(("smart_format", "true")) }
        if let language = configuration.language { query.append(("language", language)) }
        let name = configuration.model.hasPrefix("nova-3") ? "keyterm" : "keywords"
        return query + configuration.keyterms.prefix(100).map { (name, $0) }
    }

    private var fluxQuery: [(String, String)] {
        var query = [
            ("eot_threshold", "\(configuration.endOfTurnThreshold)"),
            ("eot_timeout_ms", "\(configuration.endOfTurnTimeoutMs)"),
        ]
        if let threshold = configuration.eagerEndOfTurnThreshold {
            query.append(("eager_eot_threshold", "\(threshold)"))
        }
        if configuration.model.hasSuffix("-multi"), let language = configuration.language {
            query.append(("language_hint", language))
        }
        return query + configuration.keyterms.prefix(100).map { ("keyterm", $0) }
    }
}
