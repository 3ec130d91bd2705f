internal import Agent
internal import FoundationEssentials
internal import TelephonyPrimitives

/// Makes utterances of what ElevenLabs' Scribe sends when it is told itself where an utterance ends. It gives no places:
/// those told here are where the sound stood when the text came. No socket, no clock.
struct ScribeTranscript: HearingDialect {
    let abilities = HearingAbilities(findsSpeech: false, judgesTurns: false)
    let pieceMs = 100
    let quietHabit: QuietHabit
    let patience: Duration? = nil
    /// There is no goodbye: the socket is closed.
    let farewell: String

    /// How long the service may take to say what an utterance was.
    static let commitPatience = Duration.seconds(2)

    private let sampleRate: Int
    private var text = ""
    private var start = 0
    private var finishing: (at: Int, by: Instant)?

    init(sampleRate: Int) {
        self.sampleRate = sampleRate
        let nothing = Self.chunk([], commit: false, sampleRate)
        quietHabit = .keepAlive(nothing, after: .seconds(10))
        farewell = nothing
    }

    var deadline: Instant? { finishing?.by }

    func message(carrying sound: [UInt8]) -> SoundMessage { .text(Self.chunk(sound, commit: false, sampleRate)) }

    private static func chunk(_ sound: [UInt8], commit: Bool, _ sampleRate: Int) -> String {
        JSONValue.object([
            "message_type": "input_audio_chunk", "audio_base_64": .string(Data(sound).base64EncodedString()),
            "commit": .bool(commit), "sample_rate": .number(Double(sampleRate)),
        ]).json
    }

    mutating func connected(at position: Int, now: Instant) -> [String] {
        text = ""
        return []
    }

    mutating func finishUtterance(at position: Int, now: Instant) -> [String] {
        finishing = (position, now + Self.commitPatience)
        return [Self.chunk([], commit: true, sampleRate)]
    }

    /// Its keyterms are those of the whole connection.
    mutating func expect(_ phrases: [String]) -> [String] { [] }

    mutating func receive(_ message: JSONValue, _ positions: StreamPositions, now: Instant) -> [HearingOutcome] {
        let said = message["text"]?.string ?? ""
        switch message["message_type"]?.string {
        case "partial_transcript":
            guard !said.isEmpty, said != text else { return [] }
            if text.isEmpty { start = positions.end }
            text = said
            return [.event(.partial(said, start: start))]
        case "committed_transcript":
            if !said.isEmpty, text.isEmpty { start = positions.end }
            text = said
            return conclude(at: finishing?.at ?? positions.end)
        case "commit_throttled":
            // Too little sound for the service to say anything about it.
            return finishing.map { conclude(at: $0.at) } ?? []
        case "session_started", "warning", nil: return []
        case let type?:
            guard let words = message["error"]?.string else { return [] }
            return [.lost(Self.error(type, "ElevenLabs: \(words.prefix(300)) (\(type.prefix(60)))"))]
        }
    }

    mutating func tick(now: Instant) -> [HearingOutcome] {
        guard let finishing, finishing.by <= now else { return [] }
        // What the service says of it later must not be taken for the next utterance.
        return conclude(at: finishing.at) + [.lost(.timedOut("ElevenLabs does not say what an utterance was."))]
    }

    private mutating func conclude(at end: Int) -> [HearingOutcome] {
        let (text, wasAsked) = (text, finishing != nil)
        self.text = ""
        finishing = nil
        guard !text.isEmpty || wasAsked else { return [.settled(end)] }
        return [.event(.final(text, start: min(start, end), end: end)), .settled(end)]
    }

    private static func error(_ type: String, _ words: String) -> ProviderError {
        switch type {
        case "auth_error", "quota_exceeded", "unaccepted_terms", "input_error", "invalid_request": .unavailable(words)
        case "rate_limited", "queue_overflow", "resource_exhausted": .overloaded(words)
        default: .failed(words)
        }
    }

    func error(closing code: UInt16?, _ reason: String) -> ProviderError {
        .failed(
            "ElevenLabs closed the connection (\(code.map(String.init) ?? "without a code")): \(reason.prefix(300))")
    }
}
