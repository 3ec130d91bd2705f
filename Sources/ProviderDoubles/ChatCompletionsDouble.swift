internal import Synchronization

/// Plays a service with the chat completions interface: refuses what OpenAI's refuses, and answers by script.
public final class ChatCompletionsDouble: Sendable {
    /// What one request gets.
    public enum Answer: Sendable {
        case events(EventScript)
        case refusal(HTTPDouble.Answer)
    }

    private let server: HTTPDouble
    private let state: ChatCompletionsState

    /// - Parameters:
    ///   - key: what must be given; `nil` when no key is asked for.
    ///   - isReasoning: whether the model refuses `max_tokens`.
    ///   - answers: one for each request; the last one for all that follow.
    public init(key: String? = nil, isReasoning: Bool = false, answers: [Answer]) async throws {
        let state = ChatCompletionsState(answers)
        self.state = state
        let rules = ChatCompletionsRules(key: key, isReasoning: isReasoning)
        server = try await HTTPDouble { request in
            if let fault = rules.fault(of: request) {
                state.note(ProtocolViolation(fault.message))
                return Self.refusal(status: fault.status, message: fault.message, code: fault.code)
            }
            switch state.next() {
            case .events(let script): return script.answer
            case .refusal(let answer): return answer
            }
        }
    }

    /// The base of the interface.
    public var url: String { server.url + "/v1" }
    /// The bodies of the requests so far.
    public var bodies: [String] { server.requests.map { String(decoding: $0.body, as: UTF8.self) } }
    public var requests: [HTTPDouble.Request] { server.requests }
    public var violations: [ProtocolViolation] { state.violations }
    /// How many answers the client left before their end.
    public var abandoned: Int { server.abandoned }

    public func stop() async { await server.stop() }

    /// A refusal as the service writes it.
    public static func refusal(
        status: Int, message: String, code: String, type: String = "invalid_request_error",
        headers: [(name: String, value: String)] = []
    ) -> HTTPDouble.Answer {
        let body: BodyJSON = [
            "error": ["message": .text(message), "type": .text(type), "param": nil, "code": .text(code)]
        ]
        return HTTPDouble.Answer(
            status: status, headers: [("Content-Type", "application/json")] + headers, steps: [.send(body.octets)])
    }

    // MARK: Pieces of an answer

    /// A chunk with a delta; `finish` is its finish_reason.
    public static func chunk(_ delta: String, finish: String? = nil) -> EventScript.Piece {
        let reason = finish.map { "\"\($0)\"" } ?? "null"
        return .event(
            name: nil,
            data: Array(
                #"{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":"#
                    .utf8)
                + Array("\(delta),\"logprobs\":null,\"finish_reason\":\(reason)}],\"usage\":null}".utf8))
    }

    public static func text(_ text: String) -> EventScript.Piece {
        chunk(String(decoding: BodyJSON.members(["content": .text(text)]).octets, as: UTF8.self))
    }

    /// A fragment of a tool call.
    public static func call(index: Int = 0, id: String? = nil, name: String? = nil, arguments: String)
        -> EventScript.Piece
    {
        var function: [String: BodyJSON] = ["arguments": .text(arguments)]
        if let name { function["name"] = .text(name) }
        var call: [String: BodyJSON] = ["index": .number(Double(index)), "function": .members(function)]
        if let id {
            call["id"] = .text(id)
            call["type"] = "function"
        }
        return chunk(
            String(decoding: BodyJSON.members(["tool_calls": .list([.members(call)])]).octets, as: UTF8.self))
    }

    public static let role = chunk(#"{"role":"assistant","content":""}"#)
    public static func finish(_ reason: String) -> EventScript.Piece { chunk("{}", finish: reason) }

    public static func usage(input: Int, cached: Int = 0, output: Int) -> EventScript.Piece {
        let text = """
            {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":\
            \(input),"completion_tokens":\(output),"total_tokens":\(input + output),"prompt_tokens_details":\
            {"cached_tokens":\(cached)}}}
            """
        return .event(name: nil, data: Array(text.utf8))
    }

    public static let done = EventScript.Piece.event(name: nil, data: Array("[DONE]".utf8))

    public static func error(_ message: String, type: String) -> EventScript.Piece {
        .event(name: nil, data: BodyJSON.members(["error": ["message": .text(message), "type": .text(type)]]).octets)
    }

    /// A whole answer of text, as OpenAI sends it.
    public static func saying(_ pieces: String...) -> Answer {
        .events(EventScript([role] + pieces.map(text) + [finish("stop"), usage(input: 9, output: 2), done]))
    }

    /// A whole answer that asks for one tool, in fragments.
    public static func calling(_ name: String, id: String = "call_a", arguments: String) -> Answer {
        let half = arguments.index(arguments.startIndex, offsetBy: arguments.count / 2)
        return .events(
            EventScript([
                role, call(id: id, name: name, arguments: ""), call(arguments: String(arguments[..<half])),
                call(arguments: String(arguments[half...])), finish("tool_calls"), done,
            ]))
    }
}

private final class ChatCompletionsState: Sendable {
    private let state: Mutex<(answers: [ChatCompletionsDouble.Answer], violations: [ProtocolViolation])>

    init(_ answers: [ChatCompletionsDouble.Answer]) {
        state = Mutex((answers, []))
    }

    var violations: [ProtocolViolation] { state.withLock { $0.violations } }
    func note(_ violation: ProtocolViolation) { state.withLock { $0.violations.append(violation) } }

    func next() -> ChatCompletionsDouble.Answer {
        state.withLock { state in
            guard let answer = state.answers.first else {
                return .refusal(ChatCompletionsDouble.refusal(status: 500, message: "no script", code: "none"))
            }
            if state.answers.count > 1 { state.answers.removeFirst() }
            return answer
        }
    }
}
