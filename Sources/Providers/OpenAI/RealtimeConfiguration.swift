public import Agent
public import WebSockets

/// How ``OpenAIRealtime`` is to listen, think and speak.
public struct RealtimeConfiguration: Sendable {
    /// How the service finds out that the caller has finished.
    public enum TurnDetection: Sendable, Hashable {
        /// By silence: how loud speech is, 0…1, and how long the silence has to be.
        case silence(threshold: Double = 0.5, milliseconds: Int = 500, prefixMilliseconds: Int = 300)
        /// By what was said. Eagerness is `low`, `medium`, `high` or `auto`.
        case meaning(eagerness: String = "auto")
    }

    /// What kind of microphone the caller's noise is taken out for.
    public enum NoiseReduction: String, Sendable, Hashable {
        case nearField = "near_field"
        case farField = "far_field"
    }

    /// How the key is sent.
    public enum KeyField: Sendable, Hashable {
        /// `Authorization: Bearer …`
        case bearer
        /// A header field of its own, as Azure's `api-key`.
        case field(String)
    }

    /// Where the service is, without the model.
    public var url: WebSocketURL
    public var model = "gpt-realtime-2.1"
    /// `nil` sends none: for servers of one's own.
    public var key: Secret?
    public var keyField = KeyField.bearer
    /// Further header fields, e.g. `OpenAI-Project`. Not `OpenAI-Beta`: the service refuses it.
    public var headers: [WebSocketHeaderField] = []
    /// Further roots that are trusted, for servers of one's own.
    public var tls = WebSocketTLS()
    /// `nil` leaves it to the service.
    public var voice: String? = "marin"
    /// How fast it speaks, 0.25 to 1.5; 1 is its own pace.
    public var speed: Double?
    /// Who it is and what it is to do.
    public var instructions = ""
    /// How it begins, e.g. `Greet the caller in the name of Harbour Dental.`; `nil` leaves that to the instructions.
    public var greeting: String?
    public var tools: [any Tool] = []
    /// The model that writes down what the caller says; `nil` for none: the record then has the agent's words only.
    public var transcriptionModel: String? = "gpt-4o-mini-transcribe"
    /// The caller's language (ISO 639-1), for the transcription.
    public var language: String?
    public var turnDetection = TurnDetection.silence()
    public var noiseReduction: NoiseReduction?
    /// Tokens that one reply may have.
    public var maximumReplyTokens: Int?
    /// Older servers understand only the shape of the interface before it was general.
    public var usesBetaShape = false
    /// How long opening a session may take.
    public var connectTimeout = Duration.seconds(8)
    /// After this long a session is replaced by another that knows what was said; the service ends it after 60 minutes.
    public var renewAfter = Duration.seconds(3_000)
    /// A reply of which nothing has come for this long is given up, and the session with it.
    public var patience = Duration.seconds(12)
    /// How long a tool may take.
    public var toolPatience = Duration.seconds(10)
    /// A reply that is longer is cut.
    public var maximumReply = Duration.seconds(300)

    /// - Parameters:
    ///   - url: where the service is; OpenAI's own when `nil`.
    ///   - key: the key of the account.
    public init(url: WebSocketURL? = nil, key: Secret? = nil) {
        self.url = url ?? Self.service
        self.key = key
    }

    /// OpenAI's own.
    private static let service = WebSocketURL(isSecure: true, host: "api.openai.com", target: "/v1/realtime")
}
