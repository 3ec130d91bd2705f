internal import TelephonyPrimitives

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
