internal import Agent

/// What is said on Deepgram's `/v1/speak`: one text at a time, since its sound has no name. No socket, no clock.
struct AuraTexts: VoiceDialect {
    let encoding: WireEncoding
    let sampleRate: Int
    let maximumContexts = 1
    /// Sound may come until the service has said that it is cleared.
    let closesLate = true
    /// More are not flushed, and so never spoken to their end.
    let textsPerMinute: Int? = 20

    /// Characters of one message.
    static let longestText = 2_000

    private var speaking: String?
    private var clearing: String?

    init(encoding: WireEncoding, sampleRate: Int) {
        self.encoding = encoding
        self.sampleRate = sampleRate
    }

    mutating func opening(_ context: String, text: String) -> [String] {
        (speaking, clearing) = (context, nil)
        var messages: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            var part = rest.prefix(Self.longestText)
            // Between words, where there are any.
            if part.endIndex < rest.endIndex, let blank = part.lastIndex(where: \.isWhitespace) {
                part = rest[...blank]
            }
            rest = rest[part.endIndex...]
            messages.append(JSONValue.object(["type": "Speak", "text": .string(String(part))]).json)
        }
        return messages + [#"{"type":"Flush"}"#]
    }

    mutating func cancelling(_ context: String) -> String? {
        guard context == speaking else { return nil }
        (speaking, clearing) = (nil, context)
        return #"{"type":"Clear"}"#
    }

    mutating func forget(_ context: String) {
        if context == speaking { speaking = nil }
    }

    mutating func receive(sound: [UInt8]) -> [VoiceOutcome] {
        speaking.map { [.sound(context: $0, sound, [])] } ?? []
    }

    mutating func receive(_ message: JSONValue) -> [VoiceOutcome] {
        switch message["type"]?.string {
        case "Flushed": return speaking.map { [.done(context: $0, [])] } ?? []
        case "Cleared":
            defer { clearing = nil }
            return clearing.map { [.done(context: $0, [])] } ?? []
        case "Warning":
            let words = message["description"]?.string ?? message["code"]?.string ?? ""
            // A flush that is not done is a text that is not spoken to its end.
            let isFlush = "\(words) \(message["code"]?.string ?? "")".lowercased().contains("flush")
            return isFlush ? [.failed(context: nil, .failed("Deepgram: \(words.prefix(300))"))] : []
        case "Error":
            let words = message["description"]?.string ?? message["message"]?.string ?? "an error without a word"
            return [.failed(context: nil, .failed("Deepgram: \(words.prefix(300))"))]
        default: return []
        }
    }

    func error(closing code: UInt16?, _ reason: String) -> ProviderError { deepgramError(closing: code, reason) }
}
