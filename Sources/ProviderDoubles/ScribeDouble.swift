internal import FoundationEssentials

/// ElevenLabs' Scribe over a WebSocket: checks what a client does, and says what a test wants it to.
public final class ScribeDouble: Sendable {
    public let socket: DoubleSocket

    /// What it does by itself.
    public struct Script: Sendable {
        /// Said when something is committed.
        public var onCommit: [String] = []
        /// Sound that is too short to be committed, in octets.
        public var leastCommit = 0

        public init() {}
    }

    /// - Parameters:
    ///   - key: the only key that is let in.
    ///   - script: how it behaves.
    public init(key: String, script: Script = Script()) async throws {
        socket = try await DoubleSocket.start(
            admission: { Self.refusal(of: $0, key: key) }, rules: { _ in ScribeRules(script: script) })
    }

    public static func partial(_ text: String) -> String {
        #"{"message_type":"partial_transcript","text":\#(ServiceJSON.quoted(text))}"#
    }

    public static func committed(_ text: String) -> String {
        #"{"message_type":"committed_transcript","text":\#(ServiceJSON.quoted(text))}"#
    }

    private static func refusal(of request: SocketRequest, key: String) -> (DoubleSocket.Refusal, String)? {
        func refuse(_ status: Int, _ why: String) -> (DoubleSocket.Refusal, String) {
            (DoubleSocket.Refusal(status: status, body: #"{"detail":"\#(why)"}"#), why)
        }
        guard request.path == "/v1/speech-to-text/realtime" else { return refuse(404, "there is nothing here") }
        guard request.header("xi-api-key") == key else { return refuse(401, "Invalid API key") }
        let known: Set<String> = [
            "model_id", "audio_format", "commit_strategy", "vad_silence_threshold_secs", "vad_threshold",
            "min_speech_duration_ms", "min_silence_duration_ms", "language_code", "secondary_languages",
            "include_timestamps", "include_language_detection", "keyterms", "no_verbatim", "filter_background_audio",
            "enable_logging", "token",
        ]
        if let unknown = request.query.first(where: { !known.contains($0.name) }) {
            return refuse(400, "unknown parameter \(unknown.name)")
        }
        let formats = [
            "pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000", "ulaw_8000",
        ]
        guard let format = request.query("audio_format"), formats.contains(format) else {
            return refuse(400, "audio_format is missing or unknown")
        }
        guard request.query.count(where: { $0.name == "keyterms" && $0.value.count <= 20 }) <= 50 else {
            return refuse(400, "too many keyterms")
        }
        return nil
    }
}

private struct ScribeRules: SocketRules {
    let script: ScribeDouble.Script
    private var uncommitted = 0

    init(script: ScribeDouble.Script) {
        self.script = script
    }

    mutating func opened() -> [Reaction] {
        [.send(#"{"message_type":"session_started","session_id":"s","config":{}}"#)]
    }

    mutating func received(_ octets: [UInt8]) -> [Reaction] { [.violation("a binary message came"), .close(1003, "")] }

    mutating func received(_ json: String) -> [Reaction] {
        let message = ServiceJSON(json)
        let known: Set<String> = ["message_type", "audio_base_64", "commit", "sample_rate", "previous_text"]
        guard let message, message["message_type"]?.text == "input_audio_chunk", known.isSuperset(of: message.names),
            let sound = message["audio_base_64"]?.text.flatMap({ Data(base64Encoded: $0) }),
            message["sample_rate"]?.number != nil, let commits = message["commit"]?.flag
        else {
            return [
                .violation("this message is not known: \(json.prefix(200))"),
                .send(#"{"message_type":"input_error","error":"unknown message"}"#), .close(1008, ""),
            ]
        }
        uncommitted += sound.count
        guard commits else { return [] }
        guard uncommitted >= script.leastCommit else {
            return [.send(#"{"message_type":"commit_throttled","error":"too little sound"}"#)]
        }
        uncommitted = 0
        return script.onCommit.map { .send($0) }
    }
}
