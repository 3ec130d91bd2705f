internal import TelephonyPrimitives

/// Lets so many events per second pass, and some more at once.
struct RateLimit: Sendable {
    private let interval: Int64
    private let tolerance: Int64
    /// When the next event would be due if they came evenly.
    private var due: Int64?

    /// - Parameters:
    ///   - perSecond: in the long run, 1 to 1 000 000.
    ///   - burst: at once, after a time without any.
    init(perSecond: Int, burst: Int) {
        interval = 1_000_000_000 / Int64(max(1, min(perSecond, 1_000_000)))
        tolerance = interval * Int64(max(1, min(burst, 1_000_000)) - 1)
    }

    /// Whether an event may pass; it then counts.
    mutating func admits(_ now: Instant) -> Bool {
        let now = min(now.nanoseconds, .max / 2)
        var due = max(due ?? now, now)
        // Only a clock that went back puts it further ahead than what has passed did.
        if due &- now > tolerance &+ interval { due = now }
        guard due &- now <= tolerance else { return false }
        self.due = due &+ interval
        return true
    }
}
