internal import TelephonyPrimitives

/// Rings when the next deadline of a conversation is due.
struct CallAlarm {
    private var task: Task<Void, Never>?

    /// Takes the place of the deadline before.
    mutating func set(_ deadline: Instant?, _ clock: CallClock, ring: @escaping @Sendable () async -> Void) {
        cancel()
        guard let deadline else { return }
        let wait = Duration.nanoseconds(max(0, deadline.nanoseconds - clock.now.nanoseconds))
        task = Task {
            try? await Task.sleep(for: wait)
            if !Task.isCancelled { await ring() }
        }
    }

    mutating func cancel() {
        task?.cancel()
        task = nil
    }
}
