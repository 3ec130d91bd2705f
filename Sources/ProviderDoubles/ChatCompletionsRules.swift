/// What the service refuses in a chat completions request.
struct ChatCompletionsRules: Sendable {
    struct Fault {
        var status = 400
        var message: String
        var code = "invalid_request_error"
    }

    let key: String?
    let isReasoning: Bool

    private static let fields: Set<String> = [
        "model", "messages", "stream", "stream_options", "max_completion_tokens", "max_tokens", "tools", "tool_choice",
        "parallel_tool_calls", "temperature", "top_p", "stop", "seed", "n", "presence_penalty", "frequency_penalty",
        "logit_bias", "response_format", "reasoning_effort", "verbosity", "service_tier", "prompt_cache_key",
        "prompt_cache_retention", "safety_identifier", "user", "metadata", "store",
    ]

    /// The first fault of a request; `nil` when it is answered.
    func fault(of request: HTTPDouble.Request) -> Fault? {
        guard request.method == "POST", request.path == "/v1/chat/completions" else {
            return Fault(status: 404, message: "Invalid URL (\(request.method) \(request.path))", code: "unknown_url")
        }
        if let key, request.headers["authorization"] != "Bearer \(key)" {
            return Fault(status: 401, message: "Incorrect API key provided.", code: "invalid_api_key")
        }
        guard request.headers["content-type"]?.hasPrefix("application/json") == true, let body = BodyJSON(request.body),
            let members = body.members
        else { return Fault(message: "We could not parse the JSON body of your request.") }
        if let unknown = members.keys.first(where: { !Self.fields.contains($0) }) {
            return Fault(message: "Unrecognized request argument supplied: \(unknown)")
        }
        guard let model = body["model"]?.text, !model.isEmpty else {
            return Fault(message: "you must provide a model parameter")
        }
        if isReasoning, body["max_tokens"] != nil {
            return Fault(
                message: "Unsupported parameter: 'max_tokens' is not supported with this model. "
                    + "Use 'max_completion_tokens' instead.", code: "unsupported_parameter")
        }
        if body["stream_options"] != nil, body["stream"]?.flag != true {
            return Fault(message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.")
        }
        if let tools = body["tools"], let fault = fault(ofTools: tools) { return fault }
        return fault(ofMessages: body["messages"])
    }

    private func fault(ofTools tools: BodyJSON) -> Fault? {
        guard let list = tools.list, !list.isEmpty else { return Fault(message: "[] is too short - 'tools'") }
        for tool in list {
            let name = tool["function"]?["name"]?.text ?? ""
            guard tool["type"]?.text == "function", (1...64).contains(name.count),
                name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }),
                tool["function"]?["parameters"]?["type"]?.text == "object"
            else { return Fault(message: "Invalid 'tools'.") }
        }
        return nil
    }

    private func fault(ofMessages messages: BodyJSON?) -> Fault? {
        guard let list = messages?.list, !list.isEmpty else {
            return Fault(message: "Invalid 'messages': empty array.")
        }
        var unanswered: Set<String> = []
        for message in list {
            let role = message["role"]?.text ?? ""
            if role == "tool" {
                guard let id = message["tool_call_id"]?.text, unanswered.remove(id) != nil else {
                    return Fault(
                        message:
                            "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.")
                }
                guard message["content"]?.text != nil else { return Fault(message: "Invalid type for 'content'.") }
                continue
            }
            guard unanswered.isEmpty else {
                return Fault(
                    message: "An assistant message with 'tool_calls' must be followed by tool messages responding to "
                        + "each 'tool_call_id'.")
            }
            switch role {
            case "system", "developer", "user":
                guard message["content"]?.text != nil else { return Fault(message: "Invalid type for 'content'.") }
            case "assistant":
                let calls = message["tool_calls"]?.list ?? []
                guard message["content"]?.text != nil || !calls.isEmpty else {
                    return Fault(message: "Invalid value for 'content': expected a string, got null.")
                }
                for call in calls {
                    guard let id = call["id"]?.text, !id.isEmpty, call["type"]?.text == "function",
                        call["function"]?["name"]?.text?.isEmpty == false,
                        call["function"]?["arguments"]?.text != nil
                    else { return Fault(message: "Invalid 'tool_calls'.") }
                    unanswered.insert(id)
                }
            default: return Fault(message: "Invalid value: '\(role)'.")
            }
        }
        guard unanswered.isEmpty else {
            return Fault(message: "tool_call_ids did not have response messages: \(unanswered.sorted())")
        }
        return nil
    }
}
