internal import Agent

/// A word with its place in the stream, as Deepgram gives it.
struct DeepgramWord: Sendable, Equatable {
    var text: String
    /// Seconds of the stream.
    var start: Double
    var end: Double

    /// - Returns: `nil` when it is none.
    init?(_ json: JSONValue) {
        guard let text = json["punctuated_word"]?.string ?? json["word"]?.string, let start = json["start"]?.number,
            let end = json["end"]?.number
        else { return nil }
        self.text = text
        self.start = start
        self.end = end
    }

    /// At most a thousand words.
    static func all(_ json: JSONValue?) -> [DeepgramWord] {
        (json?.array ?? []).prefix(1_000).compactMap { DeepgramWord($0) }
    }
}

/// Why Deepgram closed a socket: its reasons begin with a code of theirs.
func deepgramError(closing code: UInt16?, _ reason: String) -> ProviderError {
    let words = reason.isEmpty ? "" : ": \(reason.prefix(300))"
    let sentence = "Deepgram closed the connection (\(code.map(String.init) ?? "without a code"))\(words)"
    return code == 1008 || reason.contains("DATA-0000") ? .unavailable(sentence) : .failed(sentence)
}
