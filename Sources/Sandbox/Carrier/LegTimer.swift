import SIPCore
import TelephonyPrimitives

/// A session timer (RFC 4028 §10).
struct LegTimer: Sendable {
    let interval: Duration
    let weRefresh: Bool
    private(set) var deadline: Instant

    init(seconds: Int, weRefresh: Bool, now: Instant) {
        interval = .seconds(seconds)
        self.weRefresh = weRefresh
        deadline = now
        restart(now: now)
    }

    /// Half the interval for whoever refreshes; who waits for it hangs up min(32 s, a third) before the end.
    mutating func restart(now: Instant) {
        deadline = now + (weRefresh ? interval / 2 : interval - min(.seconds(32), interval / 3))
    }
}

/// What a message says of the session timer.
struct LegTimerRequest {
    /// The least that may be asked for (reference A5).
    static let minimum = 90
    /// What calls of the agent get where that is staged: below what RFC 4028 allows, so that nobody has to wait for it.
    static let staged = 12

    let seconds: Int
    /// `uac` or `uas`; `nil` when it says neither.
    let refresher: String?

    /// `nil` without Session-Expires.
    init?(_ message: some SIPMessage) {
        guard let value = message.first(.sessionExpires) else { return nil }
        let parts = value.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
        guard let seconds = parts.first.flatMap({ UInt32($0) }) else { return nil }
        self.seconds = Int(seconds)
        refresher = parts.dropFirst().first { $0.hasPrefix("refresher=") }.map { String($0.dropFirst(10)) }
    }
}
