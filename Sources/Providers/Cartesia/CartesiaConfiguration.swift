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
