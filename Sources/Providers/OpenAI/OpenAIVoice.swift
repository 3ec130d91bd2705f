public import Agent
internal import RTPMedia

/// Text to speech by OpenAI or a server with the same interface: the sound is played while it is made.
public struct OpenAIVoice: TextToSpeech {
    /// Characters that the service takes at once.
    private static let longestInput = 4_096
    /// Seconds of sound that one clause may have.
    private static let longestSound = 180

    public let configuration: OpenAIVoiceConfiguration
    private let service: HTTPService

    public init(_ configuration: OpenAIVoiceConfiguration) {
        self.init(configuration, sleep: { try await Task.sleep(for: $0) })
    }

    init(_ configuration: OpenAIVoiceConfiguration, sleep: @escaping @Sendable (Duration) async throws -> Void) {
        self.configuration = configuration
        let octets = min(max(configuration.sampleRate, 8_000), 192_000) * 2 * Self.longestSound
        service = HTTPService(
            name: "openai",
            patience: HTTPPatience(
                first: configuration.timeout, next: configuration.timeout, whole: .seconds(Self.longestSound),
                octets: octets), sleep: sleep)
    }

    public var name: String { "openai \(configuration.model) \(configuration.voice)" }

    /// - Throws: `ProviderError/unavailable(_:)` when the sound of the service can't be turned into that of the call.
    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any TextToSpeechSession {
        try OpenAIVoiceSound.check(from: configuration.sampleRate, to: format.sampleRate)
        return OpenAIVoiceSession(voice: self, sampleRate: format.sampleRate)
    }

    func speak(_ text: String, sampleRate: Int) -> AsyncThrowingStream<SpokenSound, any Error> {
        AsyncThrowingStream { sink in
            // Unstructured, since a stream has no scope of its own; it ends with its reader.
            let task = Task {
                do {
                    var rest = Substring(text)
                    while !rest.isEmpty {
                        let piece = rest.prefix(Self.longestInput)
                        rest = rest.dropFirst(Self.longestInput)
                        if piece.contains(where: { !$0.isWhitespace }) {
                            try await make(String(piece), sampleRate: sampleRate, sink)
                        }
                    }
                    sink.finish()
                } catch let error as ProviderError {
                    sink.finish(throwing: error)
                } catch {
                    sink.finish(throwing: ProviderError.cancelled)
                }
            }
            sink.onTermination = { _ in task.cancel() }
        }
    }

    /// Makes the sound of one piece. What fails before anything has sounded is asked for once more when that may help.
    private func make(
        _ text: String, sampleRate: Int, _ sink: AsyncThrowingStream<SpokenSound, any Error>.Continuation
    ) async throws {
        for isRetry in [false, true] {
            var sound = OpenAIVoiceSound(from: configuration.sampleRate, to: sampleRate)
            let progress = HTTPProgress()
            do {
                for try await part in service.answer(to: request(text), progress: progress) {
                    switch part {
                    case .head(let headers): try sound.begin(headers)
                    case .octets(let octets):
                        progress.made()
                        if let frame = try sound.receive(octets) { sink.yield(SpokenSound(frame)) }
                    }
                }
                try Task.checkCancellation()
                sink.yield(SpokenSound(try sound.finish()))
                return
            } catch let failure as HTTPFailure {
                guard let wait = failure.retryAfter, !isRetry, !sound.hasBegun else { throw failure.error }
                try await service.sleep(wait)
            }
        }
    }

    private func request(_ text: String) -> HTTPRequest {
        var members: [String: JSONValue] = [
            "model": .string(configuration.model), "voice": .string(configuration.voice), "input": .string(text),
            "response_format": "pcm",
        ]
        if let instructions = configuration.instructions { members["instructions"] = .string(instructions) }
        if let speed = configuration.speed { members["speed"] = .number(speed) }
        var headers = [(name: "Content-Type", value: "application/json")]
        if let key = configuration.key { headers.append(("Authorization", "Bearer \(key.value)")) }
        let base = configuration.url.hasSuffix("/") ? String(configuration.url.dropLast()) : configuration.url
        return HTTPRequest(
            url: base + "/audio/speech", headers: headers, body: Array(JSONValue.object(members).json.utf8),
            secret: configuration.key)
    }
}

private struct OpenAIVoiceSession: TextToSpeechSession {
    let voice: OpenAIVoice
    let sampleRate: Int

    func speak(_ text: String) -> AsyncThrowingStream<SpokenSound, any Error> {
        voice.speak(text, sampleRate: sampleRate)
    }

    func close() async {}
}
