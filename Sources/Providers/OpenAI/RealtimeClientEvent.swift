internal import Agent

/// What is sent to the service.
enum RealtimeClientEvent {
    static func append(_ base64: String) -> String {
        // Many times a second, and nothing in it needs an escape.
        "{\"type\":\"input_audio_buffer.append\",\"audio\":\"\(base64)\"}"
    }

    static func createResponse(id: String) -> String {
        JSONValue.object(["type": "response.create", "event_id": .string(id)]).json
    }

    static func cancelResponse(id: String, response: String) -> String {
        JSONValue.object([
            "type": "response.cancel", "event_id": .string(id), "response_id": .string(response),
        ]).json
    }

    static func truncate(id: String, item: String, content: Int, audioEndMs: Int) -> String {
        JSONValue.object([
            "type": "conversation.item.truncate", "event_id": .string(id), "item_id": .string(item),
            "content_index": .number(Double(content)), "audio_end_ms": .number(Double(audioEndMs)),
        ]).json
    }

    static func delete(id: String, item: String) -> String {
        JSONValue.object([
            "type": "conversation.item.delete", "event_id": .string(id), "item_id": .string(item),
        ]).json
    }

    static func functionOutput(id: String, call: String, output: String) -> String {
        create(
            id: id, ["type": "function_call_output", "call_id": .string(call), "output": .string(output)])
    }

    static func message(id: String, _ speaker: SpokenHistory.Speaker, _ text: String, isBeta: Bool) -> String {
        let (role, kind) =
            switch speaker {
            case .caller: ("user", "input_text")
            case .agent: ("assistant", isBeta ? "text" : "output_text")
            case .system: ("system", "input_text")
            }
        return create(
            id: id,
            [
                "type": "message", "role": .string(role),
                "content": [["type": .string(kind), "text": .string(text)]],
            ])
    }

    private static func create(id: String, _ item: JSONValue) -> String {
        JSONValue.object(["type": "conversation.item.create", "event_id": .string(id), "item": item]).json
    }

    static func updateSession(id: String, _ configuration: RealtimeConfiguration, _ coding: SoundCoding) -> String {
        let session =
            configuration.usesBetaShape ? beta(configuration, coding) : general(configuration, coding)
        return JSONValue.object(["type": "session.update", "event_id": .string(id), "session": .object(session)]).json
    }

    private static func general(
        _ configuration: RealtimeConfiguration, _ coding: SoundCoding
    ) -> [String: JSONValue] {
        var input: [String: JSONValue] = [
            "format": format(coding), "turn_detection": turnDetection(configuration),
            "transcription": transcription(configuration),
        ]
        input["noise_reduction"] =
            configuration.noiseReduction.map { ["type": .string($0.rawValue)] } ?? .null
        var output: [String: JSONValue] = ["format": format(coding)]
        if let voice = configuration.voice { output["voice"] = .string(voice) }
        if let speed = configuration.speed { output["speed"] = .number(speed) }
        var session = common(configuration)
        session["type"] = "realtime"
        session["output_modalities"] = ["audio"]
        session["audio"] = ["input": .object(input), "output": .object(output)]
        if let most = configuration.maximumReplyTokens { session["max_output_tokens"] = .number(Double(most)) }
        return session
    }

    private static func beta(_ configuration: RealtimeConfiguration, _ coding: SoundCoding) -> [String: JSONValue] {
        var session = common(configuration)
        session["modalities"] = ["text", "audio"]
        let format: JSONValue =
            switch coding {
            case .companded(.muLaw): "g711_ulaw"
            case .companded(.aLaw): "g711_alaw"
            case .linear: "pcm16"
            }
        session["input_audio_format"] = format
        session["output_audio_format"] = format
        session["turn_detection"] = turnDetection(configuration)
        session["input_audio_transcription"] = transcription(configuration)
        if let voice = configuration.voice { session["voice"] = .string(voice) }
        if let speed = configuration.speed { session["speed"] = .number(speed) }
        if let most = configuration.maximumReplyTokens {
            session["max_response_output_tokens"] = .number(Double(most))
        }
        return session
    }

    private static func common(_ configuration: RealtimeConfiguration) -> [String: JSONValue] {
        var session: [String: JSONValue] = ["instructions": .string(configuration.instructions)]
        if !configuration.tools.isEmpty {
            session["tools"] = .array(
                configuration.tools.map { tool in
                    [
                        "type": "function", "name": .string(tool.declaration.name),
                        "description": .string(tool.declaration.text), "parameters": tool.declaration.parameters,
                    ]
                })
            session["tool_choice"] = "auto"
        }
        return session
    }

    private static func format(_ coding: SoundCoding) -> JSONValue {
        switch coding {
        case .companded(.muLaw): ["type": "audio/pcmu"]
        case .companded(.aLaw): ["type": "audio/pcma"]
        case .linear(let rate): ["type": "audio/pcm", "rate": .number(Double(rate))]
        }
    }

    private static func transcription(_ configuration: RealtimeConfiguration) -> JSONValue {
        guard let model = configuration.transcriptionModel else { return .null }
        var value: [String: JSONValue] = ["model": .string(model)]
        if let language = configuration.language { value["language"] = .string(language) }
        return .object(value)
    }

    private static func turnDetection(_ configuration: RealtimeConfiguration) -> JSONValue {
        switch configuration.turnDetection {
        case .silence(let threshold, let milliseconds, let prefix):
            [
                "type": "server_vad", "threshold": .number(threshold),
                "silence_duration_ms": .number(Double(milliseconds)), "prefix_padding_ms": .number(Double(prefix)),
                "create_response": true, "interrupt_response": true,
            ]
        case .meaning(let eagerness):
            [
                "type": "semantic_vad", "eagerness": .string(eagerness), "create_response": true,
                "interrupt_response": true,
            ]
        }
    }
}
