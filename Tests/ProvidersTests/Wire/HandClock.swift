import Providers
import Synchronization
import TelephonyPrimitives

/// A clock that stands still until a test lets time pass.
final class HandClock: Sendable {
    private struct Sleeper {
        let until: Instant
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now = Instant.zero
        var next = 0
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    var wire: WireClock {
        WireClock(now: { self.state.withLock { $0.now } }, sleepUntil: { await self.sleep(until: $0) })
    }

    func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now + duration
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.sorted { $0.value.until < $1.value.until }.map(\.value.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    /// Lets time pass until the first who waits is due, if that is within `patience`.
    func skip(atMost patience: Duration) {
        let wait: Duration? = state.withLock { state in
            state.sleepers.values.map { state.now.duration(to: $0.until) }.min()
        }
        if let wait, wait <= patience { advance(by: wait) }
    }

    private func sleep(until: Instant) async {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    if until <= state.now || state.cancelled.remove(id) != nil { return true }
                    state.sleepers[id] = Sleeper(until: until, continuation: continuation)
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: id)
                if sleeper == nil { state.cancelled.insert(id) }
                return sleeper
            }
            sleeper?.continuation.resume()
        }
    }
}

/// Waits for what other tasks bring about.
func eventually(_ condition: () async -> Bool) async {
    while !(await condition()), !Task.isCancelled { await Task.yield() }
}
