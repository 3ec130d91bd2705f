/// How OpenAI's transcription, or a server like it, is asked.
public struct OpenAITranscriptionConfiguration: Sendable, Equatable {
    /// Where the interface begins, without `/audio/transcriptions`.
    public var url: String
    /// `nil` for servers that want none.
    public var key: Secret?
    public var model: String
    /// ISO 639-1, e.g. `en`; `nil` to have it found out.
    public var language: String?
    /// How long a transcription may take.
    public var timeout: Duration

    public init(
        key: Secret?, model: String = "gpt-4o-mini-transcribe", url: String = "https://api.openai.com/v1",
        language: String? = nil, timeout: Duration = .seconds(10)
    ) {
        self.url = url
        self.key = key
        self.model = model
        self.language = language
        self.timeout = timeout
    }
}
