internal import RTPMedia
internal import Synchronization
internal import Telephony
internal import TelephonyPrimitives

/// Makes out what somebody says on a call that is not the caller's.
final class LineEars: Sendable {
    private struct State: ~Copyable {
        var resampler: Resampler
        var activity = SpeechActivity(hearingFindsSpeech: false, now: .zero)
    }

    private let session: any SpeechToTextSession
    private let call: any Call
    private let state: Mutex<State>
    private let clock = CallClock()
    /// What they say, in stretches; ends with ``close()``.
    let words: AsyncStream<String>

    /// - Parameters:
    ///   - session: makes it out; closed by ``close()``.
    ///   - call: whose sound it is.
    /// - Throws: when its rate can't be converted.
    init(_ session: any SpeechToTextSession, on call: any Call) async throws(ResamplerError) {
        self.session = session
        self.call = call
        state = Mutex(State(resampler: try Resampler(from: call.sampleRate, to: session.sampleRate)))
        if !session.abilities.findsSpeech {
            try? await call.setFrontEnd(SpeechFrontEndConfiguration(cancelsEcho: true))
        }
        let events = session.events
        words = AsyncStream { sink in
            // Unstructured, since a stream has no scope of its own; it ends with the hearing, which is closed.
            let task = Task {
                for await event in events {
                    if case .final(let text, _, _) = event, !text.isEmpty { sink.yield(text) }
                }
                sink.finish()
            }
            sink.onTermination = { _ in task.cancel() }
        }
    }

    /// By one task at a time.
    func hear(_ frame: PCMFrame) async {
        await session.hear(state.withLock { $0.resampler.process(frame.samples) })
        guard !session.abilities.findsSpeech, let observation = await call.speechObservation() else { return }
        let now = clock.now
        if case .ended = state.withLock({ $0.activity.saw(observation, now: now) }) {
            await session.finishUtterance()
        }
    }

    func close() async { await session.close() }
}
