internal import TelephonyPrimitives

/// Notices that nothing comes though it should, and that it comes again.
struct SilenceWatch: Sendable {
    static let threshold = Duration.seconds(5)

    private var since: Instant?
    private var next = Self.threshold

    /// Something came.
    ///
    /// - Returns: whether its lack had been noticed.
    mutating func heard(_ now: Instant) -> Bool {
        let wasNoticed = next > Self.threshold
        since = now
        next = Self.threshold
        return wasNoticed
    }

    /// Looks at the clock.
    ///
    /// - Returns: how long nothing has come, when that is to be told.
    mutating func check(_ now: Instant, isExpecting: Bool) -> Duration? {
        guard isExpecting, let start = since else {
            since = isExpecting ? now : nil
            next = Self.threshold
            return nil
        }
        guard now - start >= next else { return nil }
        let told = next
        next += next
        return told
    }
}
