internal import WebSockets

/// Deepgram's `/v1/speak` (Aura): speaks what it is given, and refuses what the service refuses.
public final class AuraDouble: Sendable {
    public let socket: DoubleSocket

    /// - Parameters:
    ///   - key: the only key that is let in.
    ///   - script: how it behaves.
    public init(key: String, script: VoiceScript = VoiceScript()) async throws {
        socket = try await DoubleSocket.start(
            admission: { Self.refusal(of: $0, key: key) },
            rules: { request in
                let rate = request.query("sample_rate").flatMap(Int.init) ?? 24_000
                let octets = (request.query("encoding") ?? "linear16") == "linear16" ? 2 : 1
                return AuraRules(speech: DoubleSpeech(octetsPerMillisecond: rate / 1_000 * octets), script: script)
            })
    }

    /// Answers a `Clear` that the script does not answer by itself.
    public func cleared() {
        socket.act { _ in AuraRules.cleared }
    }

    private static func refusal(of request: SocketRequest, key: String) -> (DoubleSocket.Refusal, String)? {
        func refuse(_ status: Int, _ why: String) -> (DoubleSocket.Refusal, String) {
            (DoubleSocket.Refusal(status: status, headers: [WebSocketHeaderField("dg-error", why)]), why)
        }
        guard request.path == "/v1/speak" else { return refuse(404, "there is nothing at \(request.path)") }
        guard request.header("authorization") == "Token \(key)" else { return refuse(401, "Invalid credentials.") }
        let known: Set<String> = ["model", "encoding", "sample_rate", "container", "speed", "mip_opt_out", "tag"]
        if let unknown = request.query.first(where: { !known.contains($0.name) }) {
            return refuse(400, "unknown parameter \(unknown.name)")
        }
        let encoding = request.query("encoding") ?? "linear16"
        let rate = request.query("sample_rate").flatMap(Int.init) ?? 24_000
        let rates = encoding == "linear16" ? [8_000, 16_000, 24_000, 32_000, 48_000] : [8_000, 16_000]
        guard ["linear16", "mulaw", "alaw"].contains(encoding), rates.contains(rate) else {
            return refuse(400, "\(encoding) at \(rate) Hz is not given")
        }
        return nil
    }
}

private struct AuraRules: SocketRules {
    let speech: DoubleSpeech
    let script: VoiceScript
    private var text = ""
    private var flushes = 0

    /// Sound still comes between Clear and Cleared.
    static let cleared: [Reaction] = [
        .sendOctets(Array(repeating: 0x55, count: 400)), .send(#"{"type":"Cleared","sequence_id":1}"#),
    ]

    init(speech: DoubleSpeech, script: VoiceScript) {
        self.speech = speech
        self.script = script
    }

    mutating func received(_ octets: [UInt8]) -> [Reaction] { [.violation("a binary message came"), .close(1003, "")] }

    mutating func received(_ json: String) -> [Reaction] {
        let message = ServiceJSON(json)
        switch (message?["type"]?.text, message?.names) {
        case ("Speak", ["text", "type"]):
            guard let said = message?["text"]?.text, !said.isEmpty, said.count <= 2_000 else {
                return [.violation("a text is empty or too long"), .close(1008, "DATA-0000")]
            }
            text += said
            return []
        case ("Flush", ["type"]): return flush()
        case ("Clear", ["type"]):
            text = ""
            return script.holdsFinals ? [] : Self.cleared
        case ("Close", ["type"]): return [.close(1000, "")]
        default: return [.violation("this message is not known: \(json)"), .close(1008, "DATA-0000")]
        }
    }

    private mutating func flush() -> [Reaction] {
        flushes += 1
        guard flushes <= 20 else {
            return [
                .violation("more than 20 flushes in a minute"),
                .send(#"{"type":"Warning","code":"FLUSH_LIMIT","description":"Exceeded the limit of flushes"}"#),
            ]
        }
        defer { text = "" }
        guard !script.isSilent else { return [] }
        let sounds = speech.chunks(text).map { Reaction.sendOctets($0.sound) }
        if let limit = script.holdAfterChunks { return Array(sounds.prefix(limit)) }
        return sounds + [.send(#"{"type":"Flushed","sequence_id":\#(flushes)}"#)]
    }
}
