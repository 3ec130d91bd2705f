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
