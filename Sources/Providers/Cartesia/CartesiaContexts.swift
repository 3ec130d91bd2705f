internal import Agent
internal import FoundationEssentials

/// What is said on Cartesia's `/tts/websocket`: one context for each text, which comes whole. No socket, no clock.
struct CartesiaContexts: VoiceDialect {
    let encoding: WireEncoding
    let sampleRate: Int
    /// What the plan allows is known to the service only, which refuses by context.
    let maximumContexts = Int.max
    let closesLate = false

    private let request: [String: JSONValue]

    /// - Parameter request: what all requests have: the model, the voice, the language.
    init(encoding: WireEncoding, sampleRate: Int, request: [String: JSONValue]) {
        self.encoding = encoding
        self.sampleRate = sampleRate
        self.request = request
    }

    mutating func opening(_ context: String, text: String) -> [String] {
        var message = request
        message["context_id"] = .string(context)
        message["transcript"] = .string(text)
        message["continue"] = false
        message["output_format"] = [
            "container": "raw", "encoding": .string(Self.name(encoding)), "sample_rate": .number(Double(sampleRate)),
        ]
        message["add_timestamps"] = true
        // The text is whole: there is nothing to wait for.
        message["max_buffer_delay_ms"] = 0
        return [JSONValue.object(message).json]
    }

    mutating func cancelling(_ context: String) -> String? {
        JSONValue.object(["context_id": .string(context), "cancel": true]).json
    }

    mutating func forget(_ context: String) {}

    mutating func receive(_ message: JSONValue) -> [VoiceOutcome] {
        let context = message["context_id"]?.string
        if message["type"]?.string == "error" {
            return [.failed(context: context, Self.error(message))]
        }
        guard let context else { return [] }
        switch message["type"]?.string {
        case "chunk":
            guard let sound = message["data"]?.string.flatMap({ Data(base64Encoded: $0) }), !sound.isEmpty else {
                return []
            }
            return [.sound(context: context, [UInt8](sound), [])]
        case "timestamps":
            let words = Self.words(message["word_timestamps"])
            return words.isEmpty ? [] : [.sound(context: context, [], words)]
        case "done": return [.done(context: context, [])]
        default: return []
        }
    }

    /// Seconds from the beginning of the context.
    private static func words(_ lists: JSONValue?) -> [SpokenWord] {
        let (words, starts, ends) = (lists?["words"]?.array, lists?["start"]?.array, lists?["end"]?.array)
        return zip(words ?? [], zip(starts ?? [], ends ?? [])).prefix(5_000).compactMap { word, times in
            guard let text = word.string, let start = milliseconds(times.0), let end = milliseconds(times.1) else {
                return nil
            }
            return SpokenWord(text, startMs: start, endMs: max(start, end))
        }
    }

    private static func milliseconds(_ seconds: JSONValue) -> Int? {
        guard let seconds = seconds.number, seconds.isFinite else { return nil }
        return Int((min(max(0, seconds), 1e6) * 1_000).rounded())
    }

    private static func error(_ message: JSONValue) -> ProviderError {
        let status = message["status_code"]?.integer ?? 0
        let said = [message["title"]?.string, message["message"]?.string].compactMap { $0 }.joined(separator: ": ")
        let words = "Cartesia: \(said.isEmpty ? "an error without a word" : String(said.prefix(300))) (\(status))"
        switch status {
        case 429, 503: return .overloaded(words)
        case 400...404: return .unavailable(words)
        default: return .failed(words)
        }
    }

    func error(closing code: UInt16?, _ reason: String) -> ProviderError {
        .failed("Cartesia closed the connection (\(code.map(String.init) ?? "without a code")): \(reason.prefix(300))")
    }

    private static func name(_ encoding: WireEncoding) -> String {
        switch encoding {
        case .muLaw: "pcm_mulaw"
        case .aLaw: "pcm_alaw"
        case .linear16: "pcm_s16le"
        }
    }
}
