internal import TelephonyPrimitives

/// Counts what is refused, and says when a line of the log is due: a flood of what is refused is no flood of lines.
struct RefusalTally: Sendable {
    private static let pause = Duration.seconds(10)

    private var untold = 0
    private var next: Instant?

    /// - Returns: how many were refused since the last line, when this one is to be told.
    mutating func refuse(now: Instant) -> Int? {
        untold += 1
        if let next, now < next { return nil }
        next = now + Self.pause
        defer { untold = 0 }
        return untold
    }
}

/// How many requests are looked at: what lies beyond is told to come again, so that a flood of forged ones can't take the
/// time that the sound of calls needs.
struct RequestBudget: Sendable {
    static let perSecond = 500

    private var left = Double(perSecond)
    private var last: Instant?

    mutating func take(now: Instant) -> Bool {
        if let last {
            left = min(Double(Self.perSecond), left + (now - last).inSeconds * Double(Self.perSecond))
        }
        last = now
        guard left >= 1 else { return false }
        left -= 1
        return true
    }
}
