internal import Agent
internal import FoundationEssentials

/// What is said on ElevenLabs' `multi-stream-input`: one context for each text, which is closed as soon as its text is
/// there; the service then says all of it and tells when it is done. No socket, no clock.
struct ElevenLabsContexts: VoiceDialect {
    let encoding: WireEncoding
    let sampleRate: Int
    /// The service closes the socket at the sixth.
    let maximumContexts = 5
    let closesLate = true

    private let settings: JSONValue
    private var times: [String: CharacterTimes] = [:]

    init(encoding: WireEncoding, sampleRate: Int, settings: JSONValue) {
        self.encoding = encoding
        self.sampleRate = sampleRate
        self.settings = settings
    }

    mutating func opening(_ context: String, text: String) -> [String] {
        times[context] = CharacterTimes()
        let id = JSONValue.string(context)
        // The first text is one blank, and each ends in one.
        let first: [String: JSONValue] = ["text": " ", "context_id": id, "voice_settings": settings]
        let second: [String: JSONValue] = ["text": .string(text + " "), "context_id": id, "flush": true]
        let last: [String: JSONValue] = ["context_id": id, "close_context": true]
        return [first, second, last].map { JSONValue.object($0).json }
    }

    /// It is closed already: what still comes is dropped.
    mutating func cancelling(_ context: String) -> String? { nil }

    mutating func forget(_ context: String) { times[context] = nil }

    mutating func receive(_ message: JSONValue) -> [VoiceOutcome] {
        let context = message["contextId"]?.string ?? message["context_id"]?.string
        if let code = message["error"]?.string {
            let words = "ElevenLabs: \(message["message"]?.string ?? code) (\(code))"
            return [.failed(context: context, Self.error(code, String(words.prefix(300))))]
        }
        guard let context else { return [] }
        var outcomes: [VoiceOutcome] = []
        let sound = message["audio"]?.string.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) } ?? []
        let length = Double(sound.count / encoding.octetsPerSample) * 1_000 / Double(sampleRate)
        let words = times[context]?.add(Self.characters(message), length: length) ?? []
        if !sound.isEmpty || !words.isEmpty { outcomes.append(.sound(context: context, sound, words)) }
        if message["isFinal"]?.bool ?? message["is_final"]?.bool ?? false {
            outcomes.append(.done(context: context, times[context]?.finish() ?? []))
        }
        return outcomes
    }

    /// The three lists of an alignment side by side; empty when there is none.
    private static func characters(_ message: JSONValue) -> [(text: String, startMs: Double, lengthMs: Double)] {
        let given = [message["alignment"], message["normalizedAlignment"], message["normalized_alignment"]]
        guard let alignment = given.compactMap({ $0 }).first(where: { $0.object != nil }) else { return [] }
        let texts = alignment["chars"]?.array ?? []
        let starts = (alignment["charStartTimesMs"] ?? alignment["charsStartTimesMs"])?.array ?? []
        let lengths = (alignment["charDurationsMs"] ?? alignment["charsDurationsMs"])?.array ?? []
        return zip(texts, zip(starts, lengths)).prefix(20_000).compactMap { text, times in
            guard let text = text.string, let start = times.0.number, let length = times.1.number else { return nil }
            return (text, start, length)
        }
    }

    private static func error(_ code: String, _ words: String) -> ProviderError {
        switch code {
        case "quota_exceeded", "invalid_api_key", "voice_not_found", "model_not_found", "invalid_request":
            .unavailable(words)
        case "too_many_concurrent_requests", "system_busy", "rate_limited", "max_active_conversations":
            .overloaded(words)
        default: .failed(words)
        }
    }

    func error(closing code: UInt16?, _ reason: String) -> ProviderError {
        .failed(
            "ElevenLabs closed the connection (\(code.map(String.init) ?? "without a code")): \(reason.prefix(300))")
    }
}
