internal import WebSockets

/// Cartesia's `/tts/websocket`: speaks what it is given, and refuses what the service refuses.
public final class CartesiaDouble: Sendable {
    public let socket: DoubleSocket

    /// - Parameters:
    ///   - key: the only key that is let in.
    ///   - script: how it behaves.
    public init(key: String, script: VoiceScript = VoiceScript()) async throws {
        socket = try await DoubleSocket.start(
            admission: { Self.refusal(of: $0, key: key) }, rules: { _ in CartesiaRules(script: script) })
    }

    /// Goes on with what the script holds back.
    public func releaseChunks() {
        socket.act { rules in
            guard var ours = rules as? CartesiaRules else { return [] }
            defer { rules = ours }
            return ours.release()
        }
    }

    /// What of a text's sound there is in all, in the format that was asked for.
    public static func sound(_ text: String, octetsPerMillisecond: Int) -> [UInt8] {
        DoubleSpeech(octetsPerMillisecond: octetsPerMillisecond).chunks(text).flatMap(\.sound)
    }

    private static func refusal(of request: SocketRequest, key: String) -> (DoubleSocket.Refusal, String)? {
        func refuse(_ status: Int, _ why: String) -> (DoubleSocket.Refusal, String) {
            let body = #"{"title":"Refused","message":"\#(why)","error_code":null,"status_code":\#(status)}"#
            return (DoubleSocket.Refusal(status: status, body: body), why)
        }
        guard request.path == "/tts/websocket" else { return refuse(404, "there is nothing at \(request.path)") }
        guard request.header("x-api-key") == key || request.header("authorization") == "Bearer \(key)" else {
            return refuse(401, "Invalid API key")
        }
        guard let version = request.header("cartesia-version") ?? request.query("cartesia_version"),
            version.count == 10, version.allSatisfy({ $0.isNumber || $0 == "-" })
        else { return refuse(400, "the version is missing") }
        return nil
    }
}

private struct CartesiaRules: SocketRules {
    /// What must not change within a context.
    private struct Settings: Equatable {
        var model: String
        var voice: String
        var encoding: String
        var rate: Int
        var hasTimes: Bool
    }

    private let script: VoiceScript
    private var open: [String: Settings] = [:]
    private var used: Set<String> = []
    private var held: [(id: String, message: String)] = []
    private var chunks = 0

    init(script: VoiceScript) {
        self.script = script
    }

    mutating func release() -> [Reaction] {
        defer { held = [] }
        return held.map { .send($0.message) }
    }

    mutating func received(_ octets: [UInt8]) -> [Reaction] { [.violation("a binary message came"), .close(1003, "")] }

    mutating func received(_ text: String) -> [Reaction] {
        guard let message = ServiceJSON(text), !message.names.isEmpty else {
            return refuse("no JSON: \(text.prefix(100))", nil)
        }
        guard let id = message["context_id"]?.text, !id.isEmpty else { return refuse("context_id is missing", nil) }
        if message["cancel"]?.flag == true {
            guard message.names == ["cancel", "context_id"] else { return refuse("a cancel with other fields", id) }
            return cancel(id)
        }
        let known: Set<String> = [
            "context_id", "model_id", "transcript", "continue", "language", "voice", "output_format", "add_timestamps",
            "add_phoneme_timestamps", "max_buffer_delay_ms", "flush", "generation_config", "pronunciation_dict_id",
        ]
        let unknown = Set(message.names).subtracting(known)
        guard unknown.isEmpty else { return refuse("unknown fields \(unknown.sorted())", id) }
        guard let transcript = message["transcript"]?.text else { return refuse("transcript is missing", id) }
        let read = Self.settings(message)
        guard let settings = read.settings else { return refuse(read.fault, id) }
        if let before = open[id] {
            guard before == settings else { return refuse("the voice or the format changes within a context", id) }
        } else {
            guard used.insert(id).inserted else { return refuse("the context \(id) is over", id) }
        }
        open[id] = message["continue"]?.flag == true ? settings : nil
        return speak(id, transcript, settings, isLast: open[id] == nil)
    }

    private static func settings(_ message: ServiceJSON) -> (settings: Settings?, fault: String) {
        guard let model = message["model_id"]?.text, !model.isEmpty else { return (nil, "model_id is missing") }
        guard message["voice"]?["mode"]?.text == "id", let voice = message["voice"]?["id"]?.text, !voice.isEmpty,
            message["voice"]?.names == ["id", "mode"]
        else { return (nil, "voice is missing or wrong") }
        let format = message["output_format"]
        guard format?.names == ["container", "encoding", "sample_rate"], format?["container"]?.text == "raw",
            let encoding = format?["encoding"]?.text,
            ["pcm_mulaw", "pcm_alaw", "pcm_s16le", "pcm_f32le"].contains(encoding),
            let rate = format?["sample_rate"]?.number,
            [8_000, 16_000, 22_050, 24_000, 44_100, 48_000].contains(rate)
        else { return (nil, "output_format is missing or wrong") }
        if let delay = message["max_buffer_delay_ms"]?.number, !(0...5_000).contains(delay) {
            return (nil, "max_buffer_delay_ms is out of range")
        }
        let hasTimes = message["add_timestamps"]?.flag == true
        return (Settings(model: model, voice: voice, encoding: encoding, rate: Int(rate), hasTimes: hasTimes), "")
    }

    private mutating func cancel(_ id: String) -> [Reaction] {
        guard used.contains(id) else { return refuse("the context \(id) is not known", id) }
        open[id] = nil
        // What is being made is still sent; that it is done is not.
        let late = held.filter { $0.id == id && !$0.message.contains(#""type":"done""#) }
        held.removeAll { $0.id == id }
        return late.prefix(2).map { .send($0.message) }
    }

    private func refuse(_ why: String, _ id: String?) -> [Reaction] {
        [.violation(why), .send(Self.error(400, nil, why, id))]
    }

    private static func error(_ status: Int, _ code: String?, _ message: String, _ id: String?) -> String {
        let context = id.map { #","context_id":\#(ServiceJSON.quoted($0))"# } ?? ""
        let code = code.map { #""\#($0)""# } ?? "null"
        return #"{"type":"error","done":true,"status_code":\#(status),"error_code":\#(code),"title":"Error","#
            + #""message":\#(ServiceJSON.quoted(message)),"request_id":"r"\#(context)}"#
    }

    private mutating func speak(_ id: String, _ text: String, _ settings: Settings, isLast: Bool) -> [Reaction] {
        if script.isSilent { return [] }
        if let code = script.error {
            open[id] = nil
            let status = code == "concurrency_limited" ? 429 : 500
            return [.send(Self.error(status, code.isEmpty ? nil : code, "as the script says", id))]
        }
        if script.isMalformed { return [.send(#"{"type":"chunk","context_id":"#)] }
        if let length = script.hugeMessage {
            let data = String(repeating: "A", count: length)
            return [.send(#"{"type":"chunk","context_id":"\#(id)","data":"\#(data)"}"#)]
        }
        let octets = settings.encoding == "pcm_s16le" ? 2 : settings.encoding == "pcm_f32le" ? 4 : 1
        let speech = DoubleSpeech(octetsPerMillisecond: settings.rate / 1_000 * octets)
        var messages = speech.chunks(text).map { chunk in
            #"{"type":"chunk","context_id":"\#(id)","status_code":206,"done":false,"step_time":12.5,"data":""#
                + ServiceJSON.base64(chunk.sound) + #""}"#
        }
        if script.isEndless, let first = messages.first { return [.sendForEver(first)] }
        if let cut = script.cutAfterChunks, chunks + messages.count >= cut {
            return messages.prefix(max(0, cut - chunks)).map { .send($0) } + [.cut]
        }
        chunks += messages.count
        if settings.hasTimes { messages.insert(Self.timestamps(id, text), at: min(1, messages.count)) }
        if isLast { messages.append(#"{"type":"done","context_id":"\#(id)","status_code":200,"done":true}"#) }
        guard let limit = script.holdAfterChunks, messages.count > limit else { return messages.map { .send($0) } }
        held += messages[limit...].map { (id, $0) }
        return messages[..<limit].map { .send($0) }
    }

    private static func timestamps(_ id: String, _ text: String) -> String {
        var (words, starts, ends): ([String], [String], [String]) = ([], [], [])
        let length = Double(DoubleSpeech.millisecondsPerCharacter) / 1_000
        var place = 0
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !word.isEmpty {
                words.append(ServiceJSON.quoted(String(word)))
                starts.append("\(Double(place) * length)")
                ends.append("\(Double(place + word.count) * length)")
            }
            place += word.count + 1
        }
        return
            #"{"type":"timestamps","context_id":"\#(id)","status_code":206,"done":false,"word_timestamps":{"words":["#
            + words.joined(separator: ",") + #"],"start":["# + starts.joined(separator: ",") + #"],"end":["#
            + ends.joined(separator: ",") + "]}}"
    }
}
