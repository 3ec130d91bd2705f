internal import WebSockets

/// ElevenLabs' `multi-stream-input`: speaks what it is given, and refuses what the service refuses.
public final class ElevenLabsDouble: Sendable {
    public let socket: DoubleSocket

    /// - Parameters:
    ///   - key: the only key that is let in.
    ///   - script: how it behaves.
    public init(key: String, script: VoiceScript = VoiceScript()) async throws {
        socket = try await DoubleSocket.start(
            admission: { Self.refusal(of: $0, key: key) },
            rules: { request in
                ElevenLabsRules(format: request.query("output_format") ?? "mp3_44100_128", script: script)
            })
    }

    /// Tells of all contexts that are done.
    public func releaseFinals() {
        socket.act { rules in
            guard var ours = rules as? ElevenLabsRules else { return [] }
            defer { rules = ours }
            return ours.releaseFinals()
        }
    }

    /// What of a text's sound there is in all, in the format that was asked for.
    public static func sound(_ text: String, octetsPerMillisecond: Int) -> [UInt8] {
        DoubleSpeech(octetsPerMillisecond: octetsPerMillisecond).chunks(text).flatMap(\.sound)
    }

    private static func refusal(of request: SocketRequest, key: String) -> (DoubleSocket.Refusal, String)? {
        func refuse(_ status: Int, _ why: String) -> (DoubleSocket.Refusal, String) {
            (DoubleSocket.Refusal(status: status, body: #"{"detail":{"status":"refused","message":"\#(why)"}}"#), why)
        }
        guard request.header("xi-api-key") == key else { return refuse(401, "Invalid API key") }
        let parts = request.path.split(separator: "/")
        guard parts.count == 4, parts[0] == "v1", parts[1] == "text-to-speech", parts[3] == "multi-stream-input" else {
            return refuse(404, "there is nothing at \(request.path)")
        }
        let known: Set<String> = [
            "model_id", "output_format", "language_code", "enable_logging", "enable_ssml_parsing", "inactivity_timeout",
            "sync_alignment", "auto_mode", "apply_text_normalization", "seed", "optimize_streaming_latency",
        ]
        if let unknown = request.query.first(where: { !known.contains($0.name) }) {
            return refuse(400, "unknown parameter \(unknown.name)")
        }
        let formats = [
            "ulaw_8000", "alaw_8000", "pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000",
        ]
        if let format = request.query("output_format"), !formats.contains(format) {
            return refuse(400, "unknown output_format \(format)")
        }
        if let timeout = request.query("inactivity_timeout") {
            guard let seconds = Int(timeout), (1...180).contains(seconds) else {
                return refuse(400, "inactivity_timeout is out of range")
            }
        }
        return nil
    }
}

private struct ElevenLabsRules: SocketRules {
    private struct Context {
        var text = ""
        var isClosing = false
    }

    private let script: VoiceScript
    private let speech: DoubleSpeech
    private var contexts: [String: Context] = [:]
    private var finals: [String] = []
    private var chunks = 0

    init(format: String, script: VoiceScript) {
        self.script = script
        let rate = format.split(separator: "_").last.flatMap { Int($0) } ?? 8_000
        speech = DoubleSpeech(octetsPerMillisecond: rate / 1_000 * (format.hasPrefix("pcm") ? 2 : 1))
    }

    mutating func releaseFinals() -> [Reaction] {
        defer { finals = [] }
        return finals.map { final($0) }
    }

    mutating func received(_ octets: [UInt8]) -> [Reaction] { [.violation("a binary message came"), .close(1003, "")] }

    mutating func received(_ text: String) -> [Reaction] {
        guard let message = ServiceJSON(text), !message.names.isEmpty else {
            return [.violation("no JSON: \(text)"), .close(1007, "")]
        }
        let known: Set<String> = [
            "text", "context_id", "voice_settings", "generation_config", "flush", "close_context", "close_socket",
            "pronunciation_dictionary_locators", "xi-api-key", "authorization",
        ]
        let unknown = Set(message.names).subtracting(known)
        guard unknown.isEmpty else { return refuse("unknown fields \(unknown.sorted())", nil) }
        if message["close_socket"]?.flag == true { return [.close(1000, "")] }
        guard let id = message["context_id"]?.text else { return refuse("a message without context_id", nil) }
        guard let context = contexts[id] else { return open(id, message) }
        guard !context.isClosing else { return [.violation("context \(id) is closed, and a message came for it")] }
        return goOn(id, message)
    }

    private mutating func open(_ id: String, _ message: ServiceJSON) -> [Reaction] {
        guard contexts.count < 5 else {
            let words = "Maximum simultaneous contexts per WebSocket connection exceeded (5)"
            return [
                .violation("a sixth context"),
                .send(#"{"error":"max_active_conversations","message":"\#(words)","code":1008}"#), .close(1008, words),
            ]
        }
        guard message["text"]?.text == " " else { return refuse("the first text of a context is not one blank", id) }
        guard case .members = message["voice_settings"] else {
            return refuse("the first message of a context has no voice_settings", id)
        }
        contexts[id] = Context()
        return []
    }

    private mutating func goOn(_ id: String, _ message: ServiceJSON) -> [Reaction] {
        var reactions: [Reaction] = []
        if message["voice_settings"] != nil { return refuse("the voice changes within a context", id) }
        if let text = message["text"]?.text, !text.isEmpty {
            if !text.hasSuffix(" ") { reactions.append(.violation("a text does not end in a blank")) }
            contexts[id]?.text += text
        }
        if message["flush"]?.flag == true { reactions += speak(id) }
        if message["close_context"]?.flag == true {
            reactions += speak(id)
            contexts[id]?.isClosing = true
            if script.isSilent { return reactions }
            if script.holdsFinals { finals.append(id) } else { reactions.append(final(id)) }
        }
        return reactions
    }

    private func refuse(_ why: String, _ id: String?) -> [Reaction] {
        let context = id.map { #","contextId":"\#($0)""# } ?? ""
        return [
            .violation(why), .send(#"{"error":"invalid_request","message":"\#(why)","code":1008\#(context)}"#),
            .close(1008, why),
        ]
    }

    private mutating func final(_ id: String) -> Reaction {
        contexts[id] = nil
        return .send(
            script.usesSnakeCase
                ? #"{"is_final":true,"context_id":"\#(id)"}"# : #"{"isFinal":true,"contextId":"\#(id)"}"#)
    }

    private mutating func speak(_ id: String) -> [Reaction] {
        guard let text = contexts[id]?.text.trimmingSuffix(" "), !text.isEmpty, !script.isSilent else { return [] }
        contexts[id]?.text = ""
        if let error = script.error {
            contexts[id] = Context(isClosing: false)
            return [.send(#"{"error":"\#(error)","message":"as the script says","code":1008,"contextId":"\#(id)"}"#)]
        }
        if script.isMalformed { return [.send(#"{"audio":"AAAA","contextId":"#)] }
        if let length = script.hugeMessage {
            return [.send(#"{"contextId":"\#(id)","audio":""# + String(repeating: "A", count: length) + #""}"#)]
        }
        var reactions: [Reaction] = []
        for chunk in speech.chunks(text) {
            let message = Self.message(id, chunk, script, chunks)
            if script.isEndless { return [.sendForEver(message)] }
            reactions.append(.send(message))
            chunks += 1
            if chunks == script.cutAfterChunks { return reactions + [.cut] }
        }
        return reactions
    }

    private static func message(_ id: String, _ chunk: DoubleSpeech.Chunk, _ script: VoiceScript, _ index: Int)
        -> String
    {
        let length = DoubleSpeech.millisecondsPerCharacter
        let characters = chunk.text.map { ServiceJSON.quoted(String($0)) }.joined(separator: ",")
        let starts = chunk.text.indices.enumerated().map { "\($0.offset * length)" }.joined(separator: ",")
        let lengths = chunk.text.map { _ in "\(length)" }.joined(separator: ",")
        let times = #"{"chars":[\#(characters)],"charStartTimesMs":[\#(starts)],"charDurationsMs":[\#(lengths)]}"#
        let (alignment, normalized) =
            switch script.alignment {
            case .exact: (times, times)
            case .everySecond: index % 2 == 0 ? (times, times) : ("null", "null")
            case .normalized: ("null", times)
            case .none: ("null", "null")
            }
        let name = script.usesSnakeCase ? "context_id" : "contextId"
        return #"{"audio":"\#(ServiceJSON.base64(chunk.sound))","\#(name)":"\#(id)","alignment":\#(alignment),"#
            + #""normalizedAlignment":\#(normalized)}"#
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: Character) -> String {
        var text = self[...]
        while text.last == suffix { text.removeLast() }
        return String(text)
    }
}
