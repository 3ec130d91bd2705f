public import Agent
public import WebSockets

/// How ``GeminiLive`` is to listen, think and speak.
public struct GeminiConfiguration: Sendable {
    /// Where the service is.
    public var url: WebSocketURL
    /// With or without `models/` before it.
    public var model = "gemini-3.8-live"
    /// `nil` sends none: for servers of one's own.
    public var key: Secret?
    /// Further header fields, e.g. `Authorization` for Vertex AI.
    public var headers: [WebSocketHeaderField] = []
    /// Further roots that are trusted, for servers of one's own.
    public var tls = WebSocketTLS()
    /// `nil` leaves it to the service.
    public var voice: String? = "Kore"
    /// The language that is spoken, e.g. `en-US`; `nil` leaves it to the model.
    public var language: String?
    /// Who it is and what it is to do.
    public var instructions = ""
    /// How it begins.
    public var greeting = "Greet the caller."
    public var tools: [any Tool] = []
    /// How long the caller's silence has to be for their turn to be over.
    public var silenceMilliseconds = 300
    /// Whether a caller who begins to speak is noticed early, at the price of noises taken for speech.
    public var isSensitive = true
    /// How long opening a session may take.
    public var connectTimeout = Duration.seconds(8)
    /// What we ask for is answered within this, or the session is given up.
    public var patience = Duration.seconds(12)
    /// How long a tool may take.
    public var toolPatience = Duration.seconds(10)
    /// A reply that is longer is cut.
    public var maximumReply = Duration.seconds(300)

    /// - Parameters:
    ///   - url: where the service is; Google's own when `nil`.
    ///   - key: the key of the account.
    public init(url: WebSocketURL? = nil, key: Secret? = nil) {
        self.url = url ?? Self.service
        self.key = key
    }

    /// The Gemini API's own.
    private static let service = WebSocketURL(
        isSecure: true, host: "generativelanguage.googleapis.com",
        target: "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent")
}
