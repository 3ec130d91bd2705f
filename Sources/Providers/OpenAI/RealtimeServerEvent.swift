internal import Agent
internal import FoundationEssentials

/// What the service tells, as far as we look at it. Names of the beta interface are taken for those that replaced them.
enum RealtimeServerEvent: Sendable, Equatable {
    case sessionCreated
    case sessionUpdated
    case speechStarted
    case speechStopped
    case committed(item: String)
    /// The words of what the caller said.
    case transcribed(item: String, text: String)
    case responseCreated(String)
    /// A part of a response begins: a message or a function call.
    case partAdded(response: String, item: String, call: ToolCall?)
    case callDone(response: String, item: String, ToolCall)
    case audio(response: String, item: String, content: Int, base64: String)
    case text(response: String, item: String, String)
    /// All the text of an item; after its pieces, where those came.
    case textDone(response: String, item: String, String)
    case responseDone(Response)
    case failure(Failure)
    case other

    struct Response: Sendable, Equatable {
        var id: String
        var status: String
        var failure: Failure?
        var calls: [ToolCall]
        var usage: JSONValue?
    }

    struct Failure: Sendable, Equatable {
        var code = ""
        var message = ""
        /// Our event that it is about.
        var event: String?
    }

    private static let maximumCalls = 16

    /// `nil` for what is no event at all.
    init?(parsing text: String) {
        guard let event = try? JSONValue(parsing: text.utf8), let type = event["type"]?.string else { return nil }
        let response = event["response_id"]?.string ?? ""
        let item = event["item_id"]?.string ?? ""
        switch type {
        case "session.created": self = .sessionCreated
        case "session.updated": self = .sessionUpdated
        case "input_audio_buffer.speech_started": self = .speechStarted
        case "input_audio_buffer.speech_stopped": self = .speechStopped
        case "input_audio_buffer.committed": self = .committed(item: item)
        case "conversation.item.input_audio_transcription.completed":
            self = .transcribed(item: item, text: event["transcript"]?.string ?? "")
        case "response.created": self = .responseCreated(event["response"]?["id"]?.string ?? response)
        case "response.output_item.added":
            self = .partAdded(
                response: response, item: event["item"]?["id"]?.string ?? "", call: Self.call(event["item"]))
        case "response.output_item.done":
            guard let call = Self.call(event["item"]), event["item"]?["status"]?.string != "incomplete" else {
                self = .other
                return
            }
            self = .callDone(response: response, item: event["item"]?["id"]?.string ?? "", call)
        case "response.function_call_arguments.done":
            let call = ToolCall(
                id: event["call_id"]?.string ?? "", name: event["name"]?.string ?? "",
                arguments: event["arguments"]?.string ?? "")
            self = .callDone(response: response, item: item, call)
        case "response.output_audio.delta", "response.audio.delta":
            self = .audio(
                response: response, item: item, content: event["content_index"]?.integer ?? 0,
                base64: event["delta"]?.string ?? "")
        case "response.output_audio_transcript.delta", "response.audio_transcript.delta",
            "response.output_text.delta", "response.text.delta":
            self = .text(response: response, item: item, event["delta"]?.string ?? "")
        case "response.output_audio_transcript.done", "response.audio_transcript.done":
            self = .textDone(response: response, item: item, event["transcript"]?.string ?? "")
        case "response.output_text.done", "response.text.done":
            self = .textDone(response: response, item: item, event["text"]?.string ?? "")
        case "response.done":
            let body = event["response"]
            let failure = body?["status_details"]?["error"]
            self = .responseDone(
                Response(
                    id: body?["id"]?.string ?? response, status: body?["status"]?.string ?? "completed",
                    failure: failure?.object == nil ? nil : Self.failure(failure),
                    calls: (body?["output"]?.array ?? []).prefix(Self.maximumCalls)
                        .filter { $0["status"]?.string != "incomplete" }.compactMap(Self.call),
                    usage: body?["usage"]))
        case "error": self = .failure(Self.failure(event["error"]))
        default: self = .other
        }
    }

    private static func call(_ item: JSONValue?) -> ToolCall? {
        guard item?["type"]?.string == "function_call" else { return nil }
        return ToolCall(
            id: item?["call_id"]?.string ?? "", name: item?["name"]?.string ?? "",
            arguments: item?["arguments"]?.string ?? "")
    }

    private static func failure(_ error: JSONValue?) -> Failure {
        Failure(
            code: error?["code"]?.string ?? error?["type"]?.string ?? "", message: error?["message"]?.string ?? "",
            event: error?["event_id"]?.string)
    }
}

extension RealtimeServerEvent.Failure {
    /// Codes after which asking again is of no use.
    private static let final: Set<String> = [
        "invalid_api_key", "insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached",
        "account_deactivated", "model_not_found", "invalid_model", "missing_model", "beta_api_shape_disabled",
        "forbidden",
    ]

    var isFinal: Bool { Self.final.contains(code) }

    /// What may happen to anybody, and changes nothing.
    var isNoise: Bool {
        ["response_cancel_not_active", "input_audio_buffer_commit_empty", "item_truncate_invalid_item_id"]
            .contains(code)
    }

    var error: ProviderError {
        let text = "OpenAI Realtime: \(message.isEmpty ? code : String(message.prefix(300)))"
        if isFinal { return .unavailable(text) }
        return code.contains("rate_limit") ? .overloaded(text) : .failed(text)
    }
}
