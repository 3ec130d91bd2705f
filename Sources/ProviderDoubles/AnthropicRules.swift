/// What the service refuses in a Messages request.
struct AnthropicRules: Sendable {
    struct Fault {
        var status = 400
        var type = "invalid_request_error"
        var message: String
    }

    let key: String

    private static let fields: Set<String> = [
        "model", "max_tokens", "messages", "system", "tools", "tool_choice", "temperature", "top_p", "top_k",
        "stop_sequences", "stream", "thinking", "metadata", "service_tier",
    ]

    /// The first fault of a request; `nil` when it is answered.
    func fault(of request: HTTPDouble.Request) -> Fault? {
        guard request.method == "POST", request.path == "/v1/messages" else {
            return Fault(status: 404, type: "not_found_error", message: "Not Found")
        }
        guard request.headers["x-api-key"] == key else {
            return Fault(status: 401, type: "authentication_error", message: "invalid x-api-key")
        }
        guard request.headers["anthropic-version"] == "2023-06-01" else {
            return Fault(message: "anthropic-version: header is required")
        }
        guard request.headers["content-type"]?.hasPrefix("application/json") == true, let body = BodyJSON(request.body),
            let members = body.members
        else { return Fault(message: "The request body is not valid JSON") }
        if let unknown = members.keys.first(where: { !Self.fields.contains($0) }) {
            return Fault(message: "\(unknown): Extra inputs are not permitted")
        }
        guard body["model"]?.text?.isEmpty == false else { return Fault(message: "model: Field required") }
        guard let limit = body["max_tokens"]?.number, limit >= 1 else {
            return Fault(message: "max_tokens: Field required")
        }
        if let temperature = body["temperature"]?.number, !(0...1).contains(temperature) {
            return Fault(message: "temperature: range: 0..1")
        }
        for tool in body["tools"]?.list ?? [] {
            guard let name = tool["name"]?.text, (1...64).contains(name.count),
                tool["input_schema"]?["type"]?.text == "object"
            else { return Fault(message: "tools: Invalid tool") }
        }
        return fault(ofMessages: body["messages"], hasTools: !(body["tools"]?.list ?? []).isEmpty)
    }

    private func fault(ofMessages messages: BodyJSON?, hasTools: Bool) -> Fault? {
        guard let list = messages?.list, !list.isEmpty else {
            return Fault(message: "messages: at least one message is required")
        }
        guard list.first?["role"]?.text == "user" else {
            return Fault(message: "messages: first message must use the \"user\" role")
        }
        var wanted: Set<String> = []
        for message in list {
            let parts: [BodyJSON] =
                message["content"]?.text.map { [["type": "text", "text": .text($0)]] } ?? message["content"]?.list ?? []
            guard !parts.isEmpty else { return Fault(message: "messages: all messages must have non-empty content") }
            if parts.contains(where: {
                $0["type"]?.text == "text" && ($0["text"]?.text ?? "").allSatisfy(\.isWhitespace)
            }) {
                return Fault(message: "messages: text content blocks must be non-empty")
            }
            let results = parts.prefix { $0["type"]?.text == "tool_result" }
            guard !parts.dropFirst(results.count).contains(where: { $0["type"]?.text == "tool_result" }) else {
                return Fault(message: "messages: tool_result blocks must come first")
            }
            let answered = results.compactMap { $0["tool_use_id"]?.text }
            if !answered.isEmpty, message["role"]?.text != "user" || !wanted.isSuperset(of: answered) {
                return Fault(message: "messages: unexpected `tool_use_id` found in `tool_result` blocks")
            }
            guard wanted == Set(answered) else {
                return Fault(message: "messages: `tool_use` ids were found without `tool_result` blocks")
            }
            wanted = []
            switch message["role"]?.text {
            case "user": break
            case "assistant":
                for part in parts where part["type"]?.text == "tool_use" {
                    guard let id = part["id"]?.text, !id.isEmpty, part["name"]?.text?.isEmpty == false,
                        part["input"]?.members != nil, hasTools
                    else { return Fault(message: "messages: tool_use: Input should be a valid dictionary, with tools") }
                    wanted.insert(id)
                }
            default: return Fault(message: "messages: Unexpected role")
            }
        }
        if let last = list.last, last["role"]?.text == "assistant",
            last["content"]?.list?.last?["text"]?.text?.last?.isWhitespace == true
        {
            return Fault(message: "messages: final assistant content cannot end with trailing whitespace")
        }
        guard wanted.isEmpty else {
            return Fault(message: "messages: `tool_use` ids were found without `tool_result` blocks")
        }
        return nil
    }
}
