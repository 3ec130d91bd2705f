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
