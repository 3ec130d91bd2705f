internal import Agent

/// The body and headers of one request.
struct AnthropicRequest {
    /// The service's only one.
    private static let version = "2023-06-01"

    let body: JSONValue
    private let configuration: AnthropicConfiguration

    init(_ request: ModelRequest, _ configuration: AnthropicConfiguration) {
        self.configuration = configuration
        var members: [String: JSONValue] = [
            "model": .string(configuration.model), "stream": true,
            "max_tokens": .number(Double(request.maximumTokens ?? configuration.maximumTokens)),
            "messages": .array(Self.turns(request.messages).map(\.json)),
        ]
        if !request.instructions.isEmpty { members["system"] = .string(request.instructions) }
        if let temperature = configuration.temperature { members["temperature"] = .number(temperature) }
        if !request.tools.isEmpty {
            members["tools"] = .array(
                request.tools.map {
                    ["name": .string($0.name), "description": .string($0.text), "input_schema": $0.parameters]
                })
        }
        body = .object(members)
    }

    var http: HTTPRequest {
        let base = configuration.url.hasSuffix("/") ? String(configuration.url.dropLast()) : configuration.url
        return HTTPRequest(
            url: base + "/v1/messages",
            headers: [
                ("x-api-key", configuration.key.value), ("anthropic-version", Self.version),
                ("content-type", "application/json"), ("accept", "text/event-stream"),
            ], body: Array(body.json.utf8), secret: configuration.key)
    }

    private struct Turn {
        var role: String
        var parts: [JSONValue]

        var json: JSONValue { ["role": .string(role), "content": .array(parts)] }
    }

    /// The caller and the model by turns, the caller first. What tools came to is the caller's, before what he says.
    private static func turns(_ messages: [ModelMessage]) -> [Turn] {
        var turns: [Turn] = []
        func add(_ role: String, _ parts: [JSONValue]) {
            guard !parts.isEmpty else { return }
            if turns.last?.role == role {
                turns[turns.count - 1].parts += parts
            } else {
                if turns.isEmpty, role == "assistant" {
                    turns.append(Turn(role: "user", parts: [text("(The call has begun.)")]))
                }
                turns.append(Turn(role: role, parts: parts))
            }
        }
        for message in messages {
            switch message {
            case .user(let said): add("user", isBlank(said) ? [] : [text(said)])
            case .assistant(let said, let calls):
                var parts = isBlank(said) ? [] : [text(withoutTrailingBlanks(said))]
                parts += calls.map(use)
                add("assistant", parts)
            case .tool(let id, let said, let failed):
                var members: [String: JSONValue] = [
                    "type": "tool_result", "tool_use_id": .string(id),
                    "content": .string(isBlank(said) ? "(nothing)" : said),
                ]
                if failed { members["is_error"] = true }
                add("user", [.object(members)])
            }
        }
        return turns
    }

    private static func text(_ text: String) -> JSONValue { ["type": "text", "text": .string(text)] }

    private static func use(_ call: ToolCall) -> JSONValue {
        // The service wants an object, whatever the model wrote.
        let written = try? JSONValue(parsing: call.arguments.utf8)
        let input = written.flatMap { $0.object == nil ? nil : $0 } ?? [:]
        return ["type": "tool_use", "id": .string(call.id), "name": .string(call.name), "input": input]
    }

    private static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

    /// A last answer that ends in a blank is refused.
    private static func withoutTrailingBlanks(_ text: String) -> String {
        var rest = Substring(text)
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
