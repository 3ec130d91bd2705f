/// Deepgram's `/v1/listen` (Nova): checks what a client does, and says what a test wants it to.
public final class DeepgramListenDouble: Sendable {
    public let socket: DoubleSocket

    /// What it does by itself.
    public struct Script: Sendable {
        /// Said when `Finalize` comes.
        public var onFinalize: [String] = []

        public init() {}
    }

    /// - Parameters:
    ///   - key: the only key that is let in.
    ///   - script: how it behaves.
    public init(key: String, script: Script = Script()) async throws {
        socket = try await DoubleSocket.start(
            admission: { request in DeepgramQuery.listenV1.refusal(of: request, key: key) },
            rules: { request in
                ListenRules(
                    isRaw: request.query("encoding") == nil,
                    takesKeyterms: request.query("model")?.hasPrefix("nova-3") == true, script: script)
            })
    }

    /// A `Results` message. Words stand one after the other over its length.
    public static func results(
        _ text: String, start: Double, duration: Double, isFinal: Bool = false, speechFinal: Bool = false,
        fromFinalize: Bool = false
    ) -> String {
        """
        {"type":"Results","channel_index":[0,1],"start":\(start),"duration":\(duration),"is_final":\(isFinal),\
        "speech_final":\(speechFinal),"from_finalize":\(fromFinalize),"channel":{"alternatives":[{"transcript":\
        \(ServiceJSON.quoted(text)),"confidence":0.98,"words":[\(DeepgramQuery.words(text, start, duration))]}]},\
        "metadata":{"request_id":"r","model_info":{"name":"n","version":"1","arch":"nova-3"},"model_uuid":"u"}}
        """
    }

    public static func utteranceEnd(lastWordEnd: Double) -> String {
        #"{"type":"UtteranceEnd","channel":[0,1],"last_word_end":\#(lastWordEnd)}"#
    }
}

private struct ListenRules: SocketRules {
    let isRaw: Bool
    let takesKeyterms: Bool
    let script: DeepgramListenDouble.Script
    private var hasEnded = false
    private var seconds = 0.0

    init(isRaw: Bool, takesKeyterms: Bool, script: DeepgramListenDouble.Script) {
        self.isRaw = isRaw
        self.takesKeyterms = takesKeyterms
        self.script = script
    }

    mutating func received(_ octets: [UInt8]) -> [Reaction] {
        if hasEnded { return [.violation("sound came after CloseStream")] }
        if octets.isEmpty { return [.violation("an empty binary message came"), .close(1000, "")] }
        if isRaw {
            return [.violation("raw sound came without an encoding"), .close(1008, "DATA-0000: not decodable")]
        }
        return []
    }

    mutating func received(_ text: String) -> [Reaction] {
        let message = ServiceJSON(text)
        let known: [String: [String]] = [
            "KeepAlive": ["type"], "Finalize": ["type"], "CloseStream": ["type"], "Configure": ["keyterms", "type"],
        ]
        guard let message, let type = message["type"]?.text, known[type] == message.names,
            type != "Configure" || takesKeyterms
        else {
            let error = #"{"type":"Error","variant":"SchemaError","description":"unknown message","message":""#
            return [.violation("this message is not known: \(text)"), .send(error + #""}"#)]
        }
        if hasEnded { return [.violation("\(type) came after CloseStream")] }
        switch type {
        case "Finalize": return script.onFinalize.map { .send($0) }
        case "CloseStream":
            hasEnded = true
            return [
                .send(
                    #"{"type":"Metadata","transaction_key":"deprecated","request_id":"r","sha256":"0","created":"now","#
                        + #""duration":1.0,"channels":1}"#), .close(1000, ""),
            ]
        case "Configure": return [.send(#"{"type":"ConfigureSuccess"}"#)]
        default: return []
        }
    }
}
