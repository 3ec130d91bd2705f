public import Agent

/// Speech to text by OpenAI or a server with the same interface, an utterance at a time: somebody else has to say where
/// it ends.
public struct OpenAITranscription: SpeechToText {
    public let configuration: OpenAITranscriptionConfiguration
    private let service: HTTPService

    public init(_ configuration: OpenAITranscriptionConfiguration) {
        self.init(configuration, sleep: { try await Task.sleep(for: $0) })
    }

    init(
        _ configuration: OpenAITranscriptionConfiguration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.configuration = configuration
        service = HTTPService(
            name: "openai",
            patience: HTTPPatience(
                first: configuration.timeout, next: configuration.timeout, whole: configuration.timeout * 2,
                octets: 1 << 20), sleep: sleep)
    }

    public var name: String { "openai \(configuration.model)" }

    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any SpeechToTextSession {
        OpenAITranscriptionSession(self)
    }

    /// - Throws: `ProviderError`.
    func text(of samples: [Int16], expecting phrases: [String]) async throws(ProviderError) -> String {
        let request = OpenAITranscriptionRequest(samples, expecting: phrases, configuration).http
        for isRetry in [false, true] {
            do {
                var body: [UInt8] = []
                for try await part in service.answer(to: request, progress: HTTPProgress()) {
                    if case .octets(let octets) = part { body += octets }
                }
                if Task.isCancelled { throw ProviderError.cancelled }
                guard let text = (try? JSONValue(parsing: body))?["text"]?.string else {
                    throw ProviderError.failed("openai sent a transcription without a text.")
                }
                return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            } catch let failure as HTTPFailure {
                guard let wait = failure.retryAfter, !isRetry else { throw failure.error }
                do { try await service.sleep(wait) } catch { throw .cancelled }
            } catch let error as ProviderError {
                throw error
            } catch {
                throw .cancelled
            }
        }
        throw .cancelled
    }
}
