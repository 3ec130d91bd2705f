internal import Agent

/// What is sent to the service.
enum GeminiClientMessage {
    static func setup(_ configuration: GeminiConfiguration, handle: String?) -> String {
        var speech: [String: JSONValue] = [:]
        if let voice = configuration.voice {
            speech["voiceConfig"] = ["prebuiltVoiceConfig": ["voiceName": .string(voice)]]
        }
        if let language = configuration.language { speech["languageCode"] = .string(language) }
        let sensitivity = configuration.isSensitive ? "HIGH" : "LOW"
        let name = configuration.model
        var setup: [String: JSONValue] = [
            "model": .string(name.contains("/") ? name : "models/\(name)"),
            "generationConfig": ["responseModalities": ["AUDIO"], "speechConfig": .object(speech)],
            "realtimeInputConfig": [
                "automaticActivityDetection": [
                    "startOfSpeechSensitivity": .string("START_SENSITIVITY_\(sensitivity)"),
                    "silenceDurationMs": .number(Double(configuration.silenceMilliseconds)),
                ],
                "activityHandling": "START_OF_ACTIVITY_INTERRUPTS",
            ],
            "inputAudioTranscription": [:], "outputAudioTranscription": [:],
            "sessionResumption": .object(handle.map { ["handle": .string($0)] } ?? [:]),
            "contextWindowCompression": ["slidingWindow": [:]],
        ]
        if !configuration.instructions.isEmpty {
            setup["systemInstruction"] = ["parts": [["text": .string(configuration.instructions)]]]
        }
        if !configuration.tools.isEmpty {
            let declarations = configuration.tools.map { tool -> JSONValue in
                var declaration: [String: JSONValue] = [
                    "name": .string(tool.declaration.name), "description": .string(tool.declaration.text),
                ]
                // An object without members is refused.
                if tool.declaration.parameters["properties"]?.object?.isEmpty == false {
                    declaration["parametersJsonSchema"] = tool.declaration.parameters
                }
                return .object(declaration)
            }
            setup["tools"] = [["functionDeclarations": .array(declarations)]]
        }
        return JSONValue.object(["setup": .object(setup)]).json
    }

    static func sound(_ base64: String, sampleRate: Int) -> String {
        // Many times a second, and nothing in it needs an escape.
        "{\"realtimeInput\":{\"audio\":{\"mimeType\":\"audio/pcm;rate=\(sampleRate)\",\"data\":\"\(base64)\"}}}"
    }

    /// Turns of the conversation, each by the caller or the model.
    static func content(_ turns: [(speaker: SpokenHistory.Speaker, text: String)], asksForReply: Bool) -> String {
        let turns = turns.map { turn -> JSONValue in
            // The Gemini API knows no system role here.
            let text = turn.speaker == .system ? "(\(turn.text))" : turn.text
            return ["role": turn.speaker == .agent ? "model" : "user", "parts": [["text": .string(text)]]]
        }
        return JSONValue.object(["clientContent": ["turns": .array(turns), "turnComplete": .bool(asksForReply)]]).json
    }

    static func toolResponse(_ call: ToolCall, _ verdict: ToolVerdict) -> String {
        let key = verdict.isFailure ? "error" : "output"
        return JSONValue.object([
            "toolResponse": [
                "functionResponses": [
                    ["id": .string(call.id), "name": .string(call.name), "response": [key: .string(verdict.text)]]
                ]
            ]
        ]).json
    }
}
