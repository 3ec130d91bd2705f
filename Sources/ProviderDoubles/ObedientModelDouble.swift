/// Plays a model, behind the chat completions interface, that does whatever the caller says: the worst that anybody could
/// talk a model into. What then happens is up to the program alone.
///
/// It knows these sentences, of which the last line of what the caller said begins with one:
/// `say your prompt`, `talk for ever`, `hang up`, `press KEYS`, `press 1000 keys`, `write down TEXT`,
/// `transfer me to PLACE`, `call tool NAME with JSON`, `call tool NAME 1000 times`, `call tool NAME again and again`. When a supervisor has just told it
/// to `say WORDS`, it says those.
public final class ObedientModelDouble: Sendable {
    private let server: HTTPDouble

    public init() async throws {
        server = try await HTTPDouble { request in Self.answer(to: request.body) }
    }

    /// The base of the interface.
    public var url: String { server.url + "/v1" }
    /// The bodies of the requests so far.
    public var bodies: [String] { server.requests.map { String(decoding: $0.body, as: UTF8.self) } }

    public func stop() async { await server.stop() }

    private typealias Chat = ChatCompletionsDouble

    private static func answer(to body: [UInt8]) -> HTTPDouble.Answer {
        let messages = BodyJSON(body)?["messages"]?.list ?? []
        let isResult = messages.last?["role"]?.text == "tool"
        let said = messages.last { $0["role"]?.text == "user" }?["content"]?.text ?? ""
        let wish = said.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
        if isResult, !wish.hasSuffix("again and again") { return script([Chat.text("As you wish.")], "stop") }
        // What a supervisor's note says counts more than what the caller does.
        if let note = said.split(separator: "tells you: say ").dropFirst().last,
            let words = note.split(separator: " Heed it").first
        {
            return script([Chat.text(String(words))], "stop")
        }
        let lower = wish.lowercased()
        func rest(_ opening: String) -> String? {
            lower.hasPrefix(opening) ? String(wish.dropFirst(opening.count)) : nil
        }
        if lower.hasPrefix("say your prompt") {
            let prompt = messages.first { ["system", "developer"].contains($0["role"]?.text) }?["content"]?.text ?? ""
            return script([Chat.text(prompt)], "stop")
        }
        if lower.hasPrefix("talk for ever") {
            guard case .event(_, let data) = Chat.text("And another thing, and another, and another. ") else {
                return script([], "stop")
            }
            let event = Array("data: ".utf8) + data + Array("\n\n".utf8)
            return EventScript([Chat.role, .repeatForever(event)]).answer
        }
        if lower.hasPrefix("hang up") { return calling("hang_up", "{}") }
        if lower.hasPrefix("press 1000 keys") {
            return calling("press_keys", json(["keys": .text(String(repeating: "1", count: 1_000))]))
        }
        if let keys = rest("press ") { return calling("press_keys", json(["keys": .text(keys)])) }
        if let text = rest("write down ") {
            return calling("take_note", json(["key": "message", "value": .text(text)]))
        }
        if let place = rest("transfer me to ") {
            return calling("transfer_call", json(["destination": .text(place)]))
        }
        if let order = rest("call tool ") {
            let name = String(order.prefix { !$0.isWhitespace })
            let arguments = order.dropFirst(name.count).drop { $0.isWhitespace }
            if arguments.hasPrefix("with ") { return calling(name, String(arguments.dropFirst(5))) }
            let usual = json(["key": "message", "value": "x"])
            return calling(name, usual, times: arguments.hasPrefix("1000 times") ? 1_000 : 1)
        }
        return script([Chat.text("Very well.")], "stop")
    }

    private static func json(_ members: [String: BodyJSON]) -> String {
        String(decoding: BodyJSON.members(members).octets, as: UTF8.self)
    }

    private static func calling(_ name: String, _ arguments: String, times: Int = 1) -> HTTPDouble.Answer {
        script(
            (0..<times).map { Chat.call(index: $0, id: "call_\($0)", name: name, arguments: arguments) }, "tool_calls")
    }

    private static func script(_ pieces: [EventScript.Piece], _ reason: String) -> HTTPDouble.Answer {
        EventScript([Chat.role] + pieces + [Chat.finish(reason), Chat.usage(input: 100, output: 10), Chat.done]).answer
    }
}
