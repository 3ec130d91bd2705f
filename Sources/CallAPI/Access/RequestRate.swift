internal import TelephonyPrimitives

/// How many requests each asker may make: a bucket for each that fills at a steady rate.
struct RequestRate: Sendable {
    private struct Bucket {
        var tokens: Double
        var filled: Instant
    }

    private let perSecond: Double
    private let burst: Double
    private var buckets: [Int: Bucket] = [:]

    /// - Parameter perSecond: so many go on for ever; twice as many may come at once.
    init(perSecond: Int) {
        self.perSecond = Double(max(1, perSecond))
        burst = Double(max(1, perSecond)) * 2
    }

    /// Takes one request of an asker, of whom there are few.
    ///
    /// - Returns: `nil` when it may be made, else after how many seconds.
    mutating func take(by asker: Int, now: Instant) -> Int? {
        var bucket = buckets[asker] ?? Bucket(tokens: burst, filled: now)
        bucket.tokens = min(burst, bucket.tokens + max(0, (now - bucket.filled).inSeconds) * perSecond)
        bucket.filled = now
        defer { buckets[asker] = bucket }
        guard bucket.tokens >= 1 else { return max(1, Int(((1 - bucket.tokens) / perSecond).rounded(.up))) }
        bucket.tokens -= 1
        return nil
    }
}
