public import Agent
internal import Synchronization

/// How OpenAI's transcription, or a server like it, is asked.
public struct OpenAITranscriptionConfiguration: Sendable, Equatable {
    /// Where the interface begins, without `/audio/transcriptions`.
    public var url: String
    /// `nil` for servers that want none.
    public var key: Secret?
    public var model: String
    /// ISO 639-1, e.g. `en`; `nil` to have it found out.
    public var language: String?
    /// How long a transcription may take.
    public var timeout: Duration

    public init(
        key: Secret?, model: String = "gpt-4o-mini-transcribe", url: String = "https://api.openai.com/v1",
        language: String? = nil, timeout: Duration = .seconds(10)
    ) {
        self.url = url
        self.key = key
        self.model = model
        self.language = language
        self.timeout = timeout
    }
}

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

    /// - Throws: ``ProviderError``.
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

/// The hearing of one call.
final class OpenAITranscriptionSession: SpeechToTextSession {
    /// Utterances that may wait for their text.
    private static let maximumWaiting = 4

    let sampleRate = Utterance.sampleRate
    let abilities = HearingAbilities(findsSpeech: false, judgesTurns: false)
    let events: AsyncStream<HearingEvent>

    private struct State {
        var utterance = Utterance()
        var phrases: [String] = []
        var waiting = 0
        var last: Task<Void, Never>?
        var isClosed = false
    }

    private let transcription: OpenAITranscription
    private let sink: AsyncStream<HearingEvent>.Continuation
    private let state = Mutex(State())

    init(_ transcription: OpenAITranscription) {
        self.transcription = transcription
        (events, sink) = AsyncStream.makeStream(of: HearingEvent.self)
    }

    func hear(_ samples: [Int16]) async {
        state.withLock { if !$0.isClosed { $0.utterance.append(samples) } }
    }

    func expect(_ phrases: [String]) async {
        state.withLock { $0.phrases = phrases }
    }

    func finishUtterance() async {
        state.withLock { state in
            guard !state.isClosed else { return }
            let (samples, start, end) = state.utterance.take()
            guard !samples.isEmpty else {
                // In its turn, behind the texts that are still awaited.
                let before = state.last
                state.last = Task { [sink] in
                    await before?.value
                    sink.yield(.final("", start: start, end: end))
                }
                return
            }
            guard state.waiting < Self.maximumWaiting else {
                sink.yield(.failed(.overloaded("Too much waits to be transcribed.")))
                return
            }
            state.waiting += 1
            let (before, phrases) = (state.last, state.phrases)
            state.last = Task {
                await withTaskCancellationHandler {
                    await self.transcribe(samples, start, end, phrases, after: before)
                } onCancel: {
                    before?.cancel()
                }
            }
        }
    }

    private func transcribe(
        _ samples: [Int16], _ start: Int, _ end: Int, _ phrases: [String], after before: Task<Void, Never>?
    ) async {
        // Side by side, but told in order.
        async let event: HearingEvent = event(samples, start, end, phrases)
        await before?.value
        sink.yield(await event)
        state.withLock { $0.waiting -= 1 }
    }

    private func event(_ samples: [Int16], _ start: Int, _ end: Int, _ phrases: [String]) async -> HearingEvent {
        do throws(ProviderError) {
            return .final(try await transcription.text(of: samples, expecting: phrases), start: start, end: end)
        } catch {
            return .failed(error)
        }
    }

    func close() async {
        let last = state.withLock { state in
            state.isClosed = true
            return state.last
        }
        last?.cancel()
        sink.finish()
    }
}
