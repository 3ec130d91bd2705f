package import TelephonyPrimitives

/// The time that a client goes by. A test gives one that it lets pass by hand.
package struct WireClock: Sendable {
    package let now: @Sendable () -> Instant
    /// Waits until then; returns early, without an error, when the task is cancelled.
    package let sleepUntil: @Sendable (Instant) async -> Void

    package init(now: @escaping @Sendable () -> Instant, sleepUntil: @escaping @Sendable (Instant) async -> Void) {
        self.now = now
        self.sleepUntil = sleepUntil
    }

    /// The machine's own time.
    package static let continuous: WireClock = {
        let start = ContinuousClock.now
        return WireClock(
            now: { Instant.zero + start.duration(to: .now) },
            sleepUntil: { try? await Task.sleep(until: start + Instant.zero.duration(to: $0), clock: .continuous) })
    }()
}

/// Calls somebody at the earliest deadline. Setting a later one costs nothing: the alarm rings early once and is set
/// again.
struct WireAlarm {
    private var armed: Instant?
    private var task: Task<Void, Never>?

    mutating func set(_ deadline: Instant?, _ clock: WireClock, ring: @escaping @Sendable () async -> Void) {
        guard let deadline else {
            cancel()
            return
        }
        if let armed, armed <= deadline { return }
        task?.cancel()
        armed = deadline
        task = Task {
            await clock.sleepUntil(deadline)
            if !Task.isCancelled { await ring() }
        }
    }

    /// To be called first by whom it rings.
    mutating func hasRung() {
        armed = nil
        task = nil
    }

    mutating func cancel() {
        task?.cancel()
        hasRung()
    }
}
