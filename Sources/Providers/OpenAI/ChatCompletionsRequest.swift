internal import Agent

/// The body and headers of one request.
struct ChatCompletionsRequest {
    let body: JSONValue
    private let configuration: ChatCompletionsConfiguration

    init(_ request: ModelRequest, _ configuration: ChatCompletionsConfiguration) {
        self.configuration = configuration
        var members: [String: JSONValue] = [
            "model": .string(configuration.model), "stream": true,
            "messages": .array(Self.messages(request)),
        ]
        if configuration.asksForUsage { members["stream_options"] = ["include_usage": true] }
        if let temperature = configuration.temperature { members["temperature"] = .number(temperature) }
        if let limit = request.maximumTokens ?? configuration.maximumTokens {
            members[configuration.tokenLimitField.rawValue] = .number(Double(limit))
        }
        if !request.tools.isEmpty { members["tools"] = .array(request.tools.map(Self.tool)) }
        members.merge(configuration.extraFields) { _, extra in extra }
        body = .object(members)
    }

    var http: HTTPRequest {
        var headers = [("Content-Type", "application/json"), ("Accept", "text/event-stream")]
        if let key = configuration.key { headers.append(("Authorization", "Bearer \(key.value)")) }
        headers += configuration.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let base = configuration.url.hasSuffix("/") ? String(configuration.url.dropLast()) : configuration.url
        return HTTPRequest(
            url: base + "/chat/completions", headers: headers.map { (name: $0.0, value: $0.1) },
            body: Array(body.json.utf8), secret: configuration.key)
    }

    private static func messages(_ request: ModelRequest) -> [JSONValue] {
        var messages: [JSONValue] = []
        if !request.instructions.isEmpty {
            messages.append(["role": "system", "content": .string(request.instructions)])
        }
        for message in request.messages {
            switch message {
            case .user(let text): messages.append(["role": "user", "content": .string(text)])
            case .assistant(let text, let calls):
                guard !text.isEmpty || !calls.isEmpty else { continue }
                var members: [String: JSONValue] = ["role": "assistant", "content": .string(text)]
                if !calls.isEmpty { members["tool_calls"] = .array(calls.map(call)) }
                messages.append(.object(members))
            case .tool(let id, let text, _):
                messages.append(["role": "tool", "tool_call_id": .string(id), "content": .string(text)])
            }
        }
        return messages
    }

    private static func call(_ call: ToolCall) -> JSONValue {
        // Servers read the arguments again: what is no JSON is refused by some.
        let isJSON = (try? JSONValue(parsing: call.arguments.utf8)) != nil
        return [
            "id": .string(call.id), "type": "function",
            "function": ["name": .string(call.name), "arguments": .string(isJSON ? call.arguments : "{}")],
        ]
    }

    private static func tool(_ tool: ToolDeclaration) -> JSONValue {
        [
            "type": "function",
            "function": [
                "name": .string(tool.name), "description": .string(tool.text), "parameters": tool.parameters,
            ],
        ]
    }
}
