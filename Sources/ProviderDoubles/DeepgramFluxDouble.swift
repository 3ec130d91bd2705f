/// Deepgram's `/v2/listen` (Flux): checks what a client does, and says what a test wants it to.
public final class DeepgramFluxDouble: Sendable {
    public let socket: DoubleSocket

    /// What it does by itself.
    public struct Script: Sendable {
        /// Said when `ForceEndTurn` comes.
        public var onForceEndTurn: [String] = []

        public init() {}
    }

    /// - Parameters:
    ///   - key: the only key that is let in.
    ///   - script: how it behaves.
    public init(key: String, script: Script = Script()) async throws {
        socket = try await DoubleSocket.start(
            admission: { request in DeepgramQuery.listenV2.refusal(of: request, key: key) },
            rules: { _ in FluxRules(script: script) })
    }

    /// A `TurnInfo` message. Words stand one after the other over the window.
    public static func turnInfo(
        _ event: String, _ text: String, turn: Int = 0, sequence: Int = 0, start: Double = 0, end: Double = 1,
        trigger: String = "model"
    ) -> String {
        let trigger = event == "EndOfTurn" ? #","trigger":"\#(trigger)""# : ""
        return """
            {"type":"TurnInfo","request_id":"r","sequence_id":\(sequence),"event":"\(event)","turn_index":\(turn),\
            "audio_window_start":\(start),"audio_window_end":\(end),"transcript":\(ServiceJSON.quoted(text)),\
            "words":[\(DeepgramQuery.words(text, start, end - start))],"end_of_turn_confidence":0.5\(trigger)}
            """
    }
}

private struct FluxRules: SocketRules {
    let script: DeepgramFluxDouble.Script
    private var hasEnded = false

    init(script: DeepgramFluxDouble.Script) {
        self.script = script
    }

    mutating func opened() -> [Reaction] {
        [.send(#"{"type":"Connected","request_id":"r","sequence_id":0}"#)]
    }

    mutating func received(_ octets: [UInt8]) -> [Reaction] {
        if hasEnded { return [.violation("sound came after CloseStream")] }
        return octets.isEmpty ? [.violation("an empty binary message came")] : []
    }

    mutating func received(_ text: String) -> [Reaction] {
        let message = ServiceJSON(text)
        let known: [String: Set<String>] = [
            "CloseStream": ["type"], "ForceEndTurn": ["type"],
            "Configure": ["type", "thresholds", "keyterms", "language_hints", "numerals"],
        ]
        guard let message, let type = message["type"]?.text, let names = known[type],
            names.isSuperset(of: message.names)
        else {
            let error = #"{"type":"Error","request_id":"r","sequence_id":1,"code":"UNPARSABLE_CLIENT_MESSAGE","#
            return [
                .violation("this message is not known: \(text)"),
                .send(error + #""description":"unknown message"}"#), .close(1008, "unknown message"),
            ]
        }
        if hasEnded { return [.violation("\(type) came after CloseStream")] }
        switch type {
        case "ForceEndTurn": return script.onForceEndTurn.map { .send($0) }
        case "CloseStream":
            hasEnded = true
            return [.close(1000, "")]
        default: return [.send(#"{"type":"ConfigureSuccess","request_id":"r","sequence_id":1}"#)]
        }
    }
}
