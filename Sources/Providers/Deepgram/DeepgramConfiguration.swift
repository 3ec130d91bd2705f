/// What hearing by Deepgram needs to know.
public struct DeepgramConfiguration: Sendable {
    public var key: Secret
    /// A model of the Nova family, which makes text of speech, or of the Flux family, which also judges turns.
    public var model: String
    /// The language, e.g. `en` or `multi`; `nil` leaves it to the model. The Flux models have it in their names.
    public var language: String?
    /// Names and words that are likely to come and hard to hear; at most 100.
    public var keyterms: [String] = []
    /// Milliseconds of silence after which Nova takes an utterance to be over.
    public var endpointingMs = 300
    /// Milliseconds without a word after which Nova says so; at least 1 000.
    public var utteranceEndMs = 1_000
    /// Lets Nova write numbers, times and money as figures; it waits longer for them.
    public var smartFormat = false
    /// How sure Flux has to be that a turn is over, 0.5 to 1.0.
    public var endOfTurnThreshold = 0.7
    /// How sure Flux has to be that a turn is probably over, 0.3 to 0.9; `nil` never says so.
    public var eagerEndOfTurnThreshold: Double? = 0.5
    /// Milliseconds of silence after which Flux takes any turn to be over, 500 to 60 000.
    public var endOfTurnTimeoutMs = 5_000
    /// Where Deepgram is.
    public var url = "wss://api.deepgram.com"
    /// Where a user puts the key, for messages.
    public var keySource = "DEEPGRAM_API_KEY"

    /// - Parameters:
    ///   - key: an API key.
    ///   - model: `nova-3`, `flux-general-en`, …
    ///   - language: e.g. `en`.
    public init(key: Secret, model: String = "nova-3", language: String? = nil) {
        self.key = key
        self.model = model
        self.language = language
    }

    var isFlux: Bool { model.hasPrefix("flux") }
}
