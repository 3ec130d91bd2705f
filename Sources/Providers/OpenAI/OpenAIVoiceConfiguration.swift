/// How OpenAI's text to speech, or a server like it, is asked.
public struct OpenAIVoiceConfiguration: Sendable, Equatable {
    /// Where the interface begins, without `/audio/speech`.
    public var url: String
    /// `nil` for servers that want none.
    public var key: Secret?
    public var model: String
    public var voice: String
    /// How to speak, in words; not for `tts-1`.
    public var instructions: String?
    /// 0.25 to 4; `nil` for the voice's own.
    public var speed: Double?
    /// Samples per second of what the server makes: 24 000 at OpenAI; some others make 22 050.
    public var sampleRate: Int
    /// How long the first sound may take, and each further piece.
    public var timeout: Duration

    public init(
        key: Secret?, model: String = "gpt-4o-mini-tts", voice: String = "marin",
        url: String = "https://api.openai.com/v1", instructions: String? = nil, speed: Double? = nil,
        sampleRate: Int = 24_000, timeout: Duration = .seconds(10)
    ) {
        self.url = url
        self.key = key
        self.model = model
        self.voice = voice
        self.instructions = instructions
        self.speed = speed
        self.sampleRate = sampleRate
        self.timeout = timeout
    }
}
