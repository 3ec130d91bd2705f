internal import Synchronization
internal import TelephonyPrimitives

/// When a sample was heard: turns a hearing's positions into times.
final class HearingClock: Sendable {
    private let sampleRate: Int
    private let state = Mutex((heard: 0, at: Instant(nanoseconds: 0)))

    init(sampleRate: Int) {
        self.sampleRate = max(1, sampleRate)
    }

    /// `count` further samples have been given to the hearing.
    func heard(_ count: Int, now: Instant) {
        state.withLock { state in
            state.heard += count
            state.at = now
        }
    }

    /// How long it is until the call takes the next 20 ms of ours, which it does whenever it hears 20 ms.
    func untilNextBeat(now: Instant) -> Duration {
        let beat: Int64 = 20_000_000
        let since = state.withLock { (now - $0.at).inNanoseconds }
        return .nanoseconds((beat - since % beat) % beat)
    }

    /// When the sample at `position` was heard.
    func time(of position: Int) -> Instant {
        state.withLock { state in
            state.at - .milliseconds((state.heard - position) * 1_000 / sampleRate)
        }
    }
}
