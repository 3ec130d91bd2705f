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
