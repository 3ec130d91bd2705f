/// What speaking by ElevenLabs needs to know.
public struct ElevenLabsConfiguration: Sendable {
    public var key: Secret
    /// The voice's id.
    public var voice: String
    public var model: String
    /// The language as two letters, for models that speak several; `nil` leaves it to the text.
    public var language: String?
    /// 0 (lively) to 1 (even).
    public var stability = 0.5
    /// How near to the original voice, 0 to 1.
    public var similarity = 0.8
    /// How fast, 0.7 to 1.2.
    public var speed = 1.0
    /// Where ElevenLabs is; regions have hosts of their own.
    public var url = "wss://api.elevenlabs.io"
    /// Where a user puts the key, for messages.
    public var keySource = "ELEVENLABS_API_KEY"

    public init(key: Secret, voice: String, model: String = "eleven_flash_v2_5") {
        self.key = key
        self.voice = voice
        self.model = model
    }
}
