internal import Agent
internal import Synchronization

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
