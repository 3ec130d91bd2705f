internal import Synchronization

/// Plays OpenAI's speech endpoints, text to speech and transcription: refuses what the service refuses, and answers by
/// script.
public final class OpenAISpeechDouble: Sendable {
    /// A transcription that was asked for.
    public struct Transcription: Sendable, Equatable {
        /// Samples per second of the file, and how many there were.
        public var sampleRate: Int
        public var samples: Int
        /// The other fields of the form.
        public var fields: [String: String]
    }

    private let server: HTTPDouble
    private let state: OpenAISpeechState

    /// - Parameters:
    ///   - key: what must be given.
    ///   - answers: one for each request, whichever it is; the last one for all that follow.
    public init(key: String, answers: [HTTPDouble.Answer]) async throws {
        let state = OpenAISpeechState(answers)
        self.state = state
        server = try await HTTPDouble { request in
            var fault: String?
            if request.headers["authorization"] != "Bearer \(key)" {
                state.note("Incorrect API key provided.")
                return ChatCompletionsDouble.refusal(
                    status: 401, message: "Incorrect API key.", code: "invalid_api_key")
            }
            switch (request.method, request.path) {
            case ("POST", "/v1/audio/speech"): fault = OpenAISpeechRules.fault(ofSpeech: request)
            case ("POST", "/v1/audio/transcriptions"):
                switch OpenAISpeechRules.transcription(request) {
                case .success(let transcription): state.came(transcription)
                case .failure(let error): fault = error.message
                }
            default:
                state.note("Invalid URL")
                return ChatCompletionsDouble.refusal(status: 404, message: "Invalid URL", code: "unknown_url")
            }
            if let fault {
                state.note(fault)
                return ChatCompletionsDouble.refusal(status: 400, message: fault, code: "invalid_value")
            }
            return state.next()
        }
    }

    /// The base of the interface.
    public var url: String { server.url + "/v1" }
    public var requests: [HTTPDouble.Request] { server.requests }
    public var violations: [ProtocolViolation] { state.violations }
    public var transcriptions: [Transcription] { state.transcriptions }
    /// How many answers the client left before their end.
    public var abandoned: Int { server.abandoned }

    public func stop() async { await server.stop() }

    /// Sound as the service sends it, `octetsPerChunk` at a time.
    public static func sound(
        _ samples: [Int16], octetsPerChunk: Int = 4_096, type: String = "audio/pcm",
        then steps: [HTTPDouble.Answer.Step] = []
    ) -> HTTPDouble.Answer {
        let octets = samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        let chunks = stride(from: 0, to: octets.count, by: max(1, octetsPerChunk)).map {
            HTTPDouble.Answer.Step.send(Array(octets[$0..<min($0 + max(1, octetsPerChunk), octets.count)]))
        }
        return HTTPDouble.Answer(headers: [("Content-Type", type)], steps: chunks + steps)
    }

    /// What was heard.
    public static func text(_ text: String, after gate: HTTPGate? = nil) -> HTTPDouble.Answer {
        HTTPDouble.Answer(
            headers: [("Content-Type", "application/json")],
            steps: (gate.map { [.wait($0)] } ?? []) + [.send(BodyJSON.members(["text": .text(text)]).octets)])
    }
}

private final class OpenAISpeechState: Sendable {
    private struct State {
        var answers: [HTTPDouble.Answer]
        var violations: [ProtocolViolation] = []
        var transcriptions: [OpenAISpeechDouble.Transcription] = []
    }

    private let state: Mutex<State>

    init(_ answers: [HTTPDouble.Answer]) {
        state = Mutex(State(answers: answers))
    }

    var violations: [ProtocolViolation] { state.withLock { $0.violations } }
    var transcriptions: [OpenAISpeechDouble.Transcription] { state.withLock { $0.transcriptions } }
    func note(_ fault: String) { state.withLock { $0.violations.append(ProtocolViolation(fault)) } }
    func came(_ transcription: OpenAISpeechDouble.Transcription) {
        state.withLock { $0.transcriptions.append(transcription) }
    }

    func next() -> HTTPDouble.Answer {
        state.withLock { state in
            guard let answer = state.answers.first else {
                return ChatCompletionsDouble.refusal(status: 500, message: "no script", code: "none")
            }
            if state.answers.count > 1 { state.answers.removeFirst() }
            return answer
        }
    }
}
