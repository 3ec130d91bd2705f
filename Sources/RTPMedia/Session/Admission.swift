internal import TelephonyPrimitives

/// How many datagrams of a session are looked at (threat T-21).
///
/// Whoever the call's sound comes from or is expected from has a share of its own: no flood of strangers takes it away.
struct Admission: Sendable {
    /// 20 times what a codec of 20 ms sends. Codecs of 2.5 ms with keys and reports stay below half of it.
    static let perSecond = 1000
    /// What a line may deliver at once that has stalled for 20 s; the jitter buffer keeps less.
    static let burst = 1000
    /// Packets of an application's own that are told.
    static let applicationsPerSecond = 10

    /// Reports come every few seconds; feedback may come with every packet.
    static let controlPerSecond = 200

    private var peer = RateLimit(perSecond: perSecond, burst: burst)
    private var peerControl = RateLimit(perSecond: controlPerSecond, burst: controlPerSecond)
    private var strangers = RateLimit(perSecond: perSecond, burst: burst)
    private var applications = RateLimit(perSecond: applicationsPerSecond, burst: applicationsPerSecond)

    mutating func admits(isPeer: Bool, isControl: Bool, _ now: Instant) -> Bool {
        guard isPeer else { return strangers.admits(now) }
        return isControl ? peerControl.admits(now) : peer.admits(now)
    }

    mutating func admitsApplication(_ now: Instant) -> Bool { applications.admits(now) }
}
