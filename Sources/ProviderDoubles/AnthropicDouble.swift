internal import Synchronization

/// Plays Anthropic's Messages interface: refuses what the service refuses, and answers by script.
public final class AnthropicDouble: Sendable {
    /// What one request gets.
    public enum Answer: Sendable {
        case events(EventScript)
        case refusal(HTTPDouble.Answer)
    }

    private let server: HTTPDouble
    private let state: AnthropicState

    /// - Parameters:
    ///   - key: what must be given.
    ///   - answers: one for each request; the last one for all that follow.
    public init(key: String, answers: [Answer]) async throws {
        let state = AnthropicState(answers)
        self.state = state
        let rules = AnthropicRules(key: key)
        server = try await HTTPDouble { request in
            if let fault = rules.fault(of: request) {
                state.note(ProtocolViolation(fault.message))
                return Self.refusal(status: fault.status, type: fault.type, message: fault.message)
            }
            switch state.next() {
            case .events(let script): return script.answer
            case .refusal(let answer): return answer
            }
        }
    }

    public var url: String { server.url }
    public var requests: [HTTPDouble.Request] { server.requests }
    public var violations: [ProtocolViolation] { state.violations }
    /// How many answers the client left before their end.
    public var abandoned: Int { server.abandoned }

    public func stop() async { await server.stop() }

    /// A refusal as the service writes it.
    public static func refusal(
        status: Int, type: String, message: String, headers: [(name: String, value: String)] = []
    ) -> HTTPDouble.Answer {
        HTTPDouble.Answer(
            status: status, headers: [("content-type", "application/json"), ("request-id", "req_1")] + headers,
            steps: [
                .send(
                    BodyJSON.members([
                        "type": "error", "error": ["type": .text(type), "message": .text(message)],
                        "request_id": "req_1",
                    ]).octets)
            ])
    }

    // MARK: Pieces of an answer

    private static func event(_ name: String, _ members: [String: BodyJSON]) -> EventScript.Piece {
        .event(name: name, data: BodyJSON.members(members.merging(["type": .text(name)]) { first, _ in first }).octets)
    }

    public static func start(input: Int = 9, cached: Int = 0) -> EventScript.Piece {
        event(
            "message_start",
            [
                "message": [
                    "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
                    "stop_reason": nil,
                    "usage": [
                        "input_tokens": .number(Double(input)), "cache_read_input_tokens": .number(Double(cached)),
                        "cache_creation_input_tokens": 0, "output_tokens": 1,
                    ],
                ]
            ])
    }

    public static func textBlock(_ index: Int = 0) -> EventScript.Piece {
        event(
            "content_block_start",
            ["index": .number(Double(index)), "content_block": ["type": "text", "text": ""]])
    }

    public static func toolBlock(_ index: Int, id: String, name: String) -> EventScript.Piece {
        event(
            "content_block_start",
            [
                "index": .number(Double(index)),
                "content_block": ["type": "tool_use", "id": .text(id), "name": .text(name), "input": [:]],
            ])
    }

    public static func text(_ text: String, _ index: Int = 0) -> EventScript.Piece {
        event(
            "content_block_delta",
            ["index": .number(Double(index)), "delta": ["type": "text_delta", "text": .text(text)]])
    }

    public static func input(_ json: String, _ index: Int) -> EventScript.Piece {
        event(
            "content_block_delta",
            ["index": .number(Double(index)), "delta": ["type": "input_json_delta", "partial_json": .text(json)]])
    }

    public static func thought(_ text: String, _ index: Int = 0) -> EventScript.Piece {
        event(
            "content_block_delta",
            ["index": .number(Double(index)), "delta": ["type": "thinking_delta", "thinking": .text(text)]])
    }

    public static func endOfBlock(_ index: Int = 0) -> EventScript.Piece {
        event("content_block_stop", ["index": .number(Double(index))])
    }

    public static func finish(_ reason: String, output: Int = 2) -> EventScript.Piece {
        event(
            "message_delta",
            [
                "delta": ["stop_reason": .text(reason), "stop_sequence": nil],
                "usage": ["output_tokens": .number(Double(output))],
            ])
    }

    public static let stop = event("message_stop", [:])
    public static let ping = event("ping", [:])

    public static func error(_ type: String, _ message: String) -> EventScript.Piece {
        event("error", ["error": ["type": .text(type), "message": .text(message)]])
    }

    /// A whole answer of text.
    public static func saying(_ pieces: String...) -> Answer {
        .events(
            EventScript(
                [start(), textBlock(), ping] + pieces.map { text($0) } + [endOfBlock(), finish("end_turn"), stop]))
    }
}

private final class AnthropicState: Sendable {
    private let state: Mutex<(answers: [AnthropicDouble.Answer], violations: [ProtocolViolation])>

    init(_ answers: [AnthropicDouble.Answer]) {
        state = Mutex((answers, []))
    }

    var violations: [ProtocolViolation] { state.withLock { $0.violations } }
    func note(_ violation: ProtocolViolation) { state.withLock { $0.violations.append(violation) } }

    func next() -> AnthropicDouble.Answer {
        state.withLock { state in
            guard let answer = state.answers.first else {
                return .refusal(AnthropicDouble.refusal(status: 500, type: "api_error", message: "no script"))
            }
            if state.answers.count > 1 { state.answers.removeFirst() }
            return answer
        }
    }
}
