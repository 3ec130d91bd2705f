/// What OpenAI's Realtime interface takes and what it refuses, on one connection.
struct RealtimeRules {
    enum Item: Equatable {
        case user
        case system
        /// Octets of its sound.
        case assistant(sound: Int)
        case assistantText
        case functionOutput
    }

    struct Refusal {
        var code: String
        var message: String
        /// Whether a faultless client may meet it.
        var isHarmless = false
    }

    enum Verdict {
        case refused(Refusal)
        case heard([UInt8])
        case updated
        case created(item: String)
        /// An item was cut or deleted.
        case changed(item: String)
        case respond
        case cancel
        case nothing
    }

    private static let types: Set<String> = [
        "session.update", "input_audio_buffer.append", "input_audio_buffer.commit", "input_audio_buffer.clear",
        "conversation.item.create", "conversation.item.retrieve", "conversation.item.truncate",
        "conversation.item.delete", "response.create", "response.cancel",
    ]
    private static let sessionKeys: Set<String> = [
        "type", "output_modalities", "instructions", "audio", "tools", "tool_choice", "max_output_tokens",
        "truncation", "parallel_tool_calls", "reasoning", "tracing", "prompt", "include",
    ]
    private static let voices: Set<String> = [
        "alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar",
    ]

    var items: [String: Item] = [:]
    var calls: Set<String> = []
    /// Octets in a millisecond of the format that was agreed on.
    private(set) var octetsPerMillisecond = 48
    private var voice: String?
    private var hasSpoken = false
    private var uncommitted = 0
    private var lastItem = 0

    mutating func add(sound octets: Int, to item: String) {
        hasSpoken = true
        guard case .assistant(let sound)? = items[item] else { return }
        items[item] = .assistant(sound: sound + octets)
    }

    mutating func check(_ event: BodyJSON, isResponding: Bool) -> Verdict {
        guard let type = event["type"]?.text, Self.types.contains(type) else {
            return refused("invalid_value", "Invalid value for 'type'. Supported: \(Self.types.sorted())")
        }
        switch type {
        case "session.update": return update(event["session"])
        case "input_audio_buffer.append":
            guard let octets = event["audio"]?.base64Octets, octets.count <= 15_728_640 else {
                return refused("invalid_value", "Invalid 'audio'.")
            }
            uncommitted += octets.count
            return .heard(octets)
        case "input_audio_buffer.commit":
            guard uncommitted >= 100 * octetsPerMillisecond else {
                return refused("input_audio_buffer_commit_empty", "Expected at least 100ms of audio.")
            }
            uncommitted = 0
            return .nothing
        case "conversation.item.create": return create(event["item"])
        case "conversation.item.truncate": return truncate(event)
        case "conversation.item.delete":
            guard let item = event["item_id"]?.text, items.removeValue(forKey: item) != nil else {
                return refused("invalid_value", "There is no such item to delete.")
            }
            return .changed(item: item)
        case "response.create":
            guard !isResponding else {
                // A server that answers by itself may be quicker than any client.
                return .refused(
                    Refusal(
                        code: "conversation_already_has_active_response",
                        message: "Conversation already has an active response in progress.",
                        isHarmless: false))
            }
            return .respond
        case "response.cancel":
            guard isResponding else {
                return .refused(
                    Refusal(
                        code: "response_cancel_not_active",
                        message: "Cancellation failed: no active response found", isHarmless: true))
            }
            return .cancel
        default: return .nothing
        }
    }

    private func refused(_ code: String, _ message: String) -> Verdict {
        .refused(Refusal(code: code, message: message))
    }

    private mutating func update(_ session: BodyJSON?) -> Verdict {
        guard let members = session?.members else {
            return refused("missing_required_parameter", "Missing 'session'.")
        }
        guard session?["type"]?.text == "realtime" || session?["type"]?.text == "transcription" else {
            return refused("missing_required_parameter", "Missing 'session.type'.")
        }
        if let unknown = members.keys.first(where: { !Self.sessionKeys.contains($0) }) {
            return refused("unknown_parameter", "Unknown parameter: 'session.\(unknown)'.")
        }
        if let modalities = session?["output_modalities"]?.list, modalities != ["audio"], modalities != ["text"] {
            return refused("invalid_value", "Invalid 'session.output_modalities'.")
        }
        let audio = session?["audio"]
        for side in ["input", "output"] {
            guard let format = audio?[side]?["format"] else { continue }
            guard let width = Self.octetsPerMillisecond(format) else {
                return refused("invalid_value", "Invalid 'session.audio.\(side).format'.")
            }
            octetsPerMillisecond = width
        }
        if let wanted = audio?["output"]?["voice"]?.text {
            guard Self.voices.contains(wanted) else { return refused("invalid_value", "Unknown voice.") }
            guard !hasSpoken || wanted == voice else {
                return refused(
                    "cannot_update_voice",
                    "Cannot update a conversation's voice if assistant audio is present.")
            }
            voice = wanted
        }
        if let detection = audio?["input"]?["turn_detection"], let refusal = Self.check(detection) {
            return refused("invalid_value", refusal)
        }
        for tool in session?["tools"]?.list ?? [] {
            guard tool["type"]?.text == "mcp" || (tool["name"]?.text != nil && tool["function"] == nil) else {
                return refused("missing_required_parameter", "Missing 'session.tools[0].name'.")
            }
        }
        return .updated
    }

    private static func check(_ detection: BodyJSON) -> String? {
        if detection == .null { return nil }
        let keys: Set<String>
        switch detection["type"]?.text {
        case "server_vad":
            keys = [
                "type", "threshold", "prefix_padding_ms", "silence_duration_ms", "create_response",
                "interrupt_response", "idle_timeout_ms",
            ]
        case "semantic_vad": keys = ["type", "eagerness", "create_response", "interrupt_response"]
        default: return "Invalid 'session.audio.input.turn_detection.type'."
        }
        guard let members = detection.members, members.keys.allSatisfy(keys.contains) else {
            return "Unknown member of turn_detection."
        }
        return nil
    }

    private static func octetsPerMillisecond(_ format: BodyJSON) -> Int? {
        switch format["type"]?.text {
        case "audio/pcm": format["rate"]?.number == 24_000 ? 48 : nil
        case "audio/pcmu", "audio/pcma": format["rate"] == nil ? 8 : nil
        default: nil
        }
    }

    private mutating func create(_ item: BodyJSON?) -> Verdict {
        lastItem += 1
        let id = item?["id"]?.text ?? "client_item_\(lastItem)"
        guard items[id] == nil else { return refused("item_create_duplicate_item_id", "The item exists.") }
        switch item?["type"]?.text {
        case "function_call_output":
            guard let call = item?["call_id"]?.text, calls.remove(call) != nil, item?["output"]?.text != nil else {
                return refused("invalid_value", "There is no call of this id that waits for its output.")
            }
            items[id] = .functionOutput
        case "message":
            let kinds = Set((item?["content"]?.list ?? []).map { $0["type"]?.text ?? "" })
            switch item?["role"]?.text {
            case "user" where !kinds.isEmpty && kinds.isSubset(of: ["input_text", "input_audio", "input_image"]):
                items[id] = .user
            case "system" where kinds == ["input_text"]: items[id] = .system
            case "assistant" where kinds == ["output_text"]: items[id] = .assistantText
            default: return refused("invalid_value", "Invalid 'item.role' or 'item.content'.")
            }
        default: return refused("invalid_value", "Invalid 'item.type'.")
        }
        return .created(item: id)
    }

    private func truncate(_ event: BodyJSON) -> Verdict {
        guard let id = event["item_id"]?.text, let item = items[id] else {
            return refused("item_truncate_invalid_item_id", "There is no such item.")
        }
        guard case .assistant(let sound) = item else {
            return refused("invalid_value", "Only model output audio messages can be truncated")
        }
        guard let end = event["audio_end_ms"]?.number, event["content_index"]?.number == 0, end >= 0 else {
            return refused("missing_required_parameter", "Missing 'audio_end_ms' or 'content_index'.")
        }
        let length = sound / octetsPerMillisecond
        guard Int(end) <= length else {
            return refused("invalid_value", "Audio content of \(length)ms is already shorter than \(Int(end))ms")
        }
        return .changed(item: id)
    }
}
