internal import Agent

/// One message of the service, which may tell of several things at once.
struct GeminiServerMessage: Sendable, Equatable {
    var isSetupComplete = false
    /// Pieces of sound, Base64.
    var sound: [String] = []
    /// What the caller said, or a piece of it.
    var callerText: String?
    /// What the model says, in words.
    var agentText: String?
    var wasInterrupted = false
    var isGenerationComplete = false
    /// The model's turn is over; not when it only pauses.
    var isTurnComplete = false
    var calls: [ToolCall] = []
    var cancelledCalls: [String] = []
    /// The connection will end.
    var goesAway = false
    /// With this a session can be taken up again.
    var handle: String?
    var usage: ProviderUsage?
    var callerStarts = false
    var callerStops = false

    private static let maximumParts = 64

    /// `nil` for what is no message at all.
    init?(parsing text: String, provider: String) {
        guard let message = try? JSONValue(parsing: text.utf8), message.object != nil else { return nil }
        isSetupComplete = message["setupComplete"] != nil
        if let content = message["serverContent"] { read(content) }
        calls = (message["toolCall"]?["functionCalls"]?.array ?? []).prefix(Self.maximumParts).compactMap { call in
            guard let id = call["id"]?.string, let name = call["name"]?.string else { return nil }
            return ToolCall(id: id, name: name, arguments: (call["args"] ?? [:]).json)
        }
        cancelledCalls = (message["toolCallCancellation"]?["ids"]?.array ?? []).compactMap(\.string)
        goesAway = message["goAway"] != nil
        if let update = message["sessionResumptionUpdate"], update["resumable"]?.bool == true {
            handle = update["newHandle"]?.string
        }
        switch message["voiceActivity"]?["voiceActivityType"]?.string {
        case "ACTIVITY_START": callerStarts = true
        case "ACTIVITY_END": callerStops = true
        default: break
        }
        if let counts = message["usageMetadata"], counts.object != nil {
            usage = ProviderUsage(
                provider: provider, inputTokens: counts["promptTokenCount"]?.integer,
                cachedTokens: counts["cachedContentTokenCount"]?.integer,
                outputTokens: counts["responseTokenCount"]?.integer)
        }
    }

    private mutating func read(_ content: JSONValue) {
        for part in (content["modelTurn"]?["parts"]?.array ?? []).prefix(Self.maximumParts) {
            guard let data = part["inlineData"], data["mimeType"]?.string?.hasPrefix("audio/pcm") == true,
                let sound = data["data"]?.string
            else { continue }
            self.sound.append(sound)
        }
        callerText = content["inputTranscription"]?["text"]?.string
        agentText = content["outputTranscription"]?["text"]?.string
        wasInterrupted = content["interrupted"]?.bool == true
        isGenerationComplete = content["generationComplete"]?.bool == true
        isTurnComplete =
            content["turnComplete"]?.bool == true && content["interactionStatus"]?.string != "IN_PROGRESS"
    }
}
