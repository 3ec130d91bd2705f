internal import Agent
internal import RTPMedia
internal import Synchronization
internal import TelephonyPrimitives

/// What the caller makes out of the agent's sound.
final class CallerEar: Sendable {
    private struct State: ~Copyable {
        var resampler: Resampler
        var news: [RehearsedCaller.Event] = []
        /// Speech of which not all words have come.
        var isBusy = false
    }

    private let session: any SpeechToTextSession
    private let state: Mutex<State>

    /// - Parameter sampleRate: of the call.
    init(_ hearing: any SpeechToText, sampleRate: Int) async throws {
        session = try await hearing.makeSession(SpeechFormat(sampleRate: sampleRate))
        state = Mutex(State(resampler: try Resampler(from: sampleRate, to: session.sampleRate)))
    }

    /// Takes in what is understood, until ``close()``.
    func run() async {
        for await event in session.events { take(event) }
    }

    private func take(_ event: HearingEvent) {
        // Places in the sound are counted from the answer on, as the caller's time is.
        let rate = Int64(max(1, session.sampleRate))
        func moment(_ position: Int) -> Instant {
            Instant(nanoseconds: Int64(clamping: position) * 1_000_000_000 / rate)
        }
        state.withLock { state in
            switch event {
            case .speechStarted: state.isBusy = true
            case .speechDismissed, .failed: state.isBusy = false
            case .partial(let text, let start):
                state.news.append(.guessed(text, from: moment(start)))
            case .final(let text, let start, let end):
                state.isBusy = false
                state.news.append(.understood(text, from: moment(start), to: moment(end)))
            case .speechEnded, .turn: break
            }
        }
    }

    func hear(_ samples: [Int16]) async {
        await session.hear(state.withLock { $0.resampler.process(samples) })
    }

    /// What has been understood since this was last asked for.
    func news() -> [RehearsedCaller.Event] {
        state.withLock { state in
            defer { state.news = [] }
            return state.news
        }
    }

    var isBusy: Bool { state.withLock { $0.isBusy } }

    func close() async {
        await session.close()
    }
}
