/// The bases from which every timer of a transaction follows (RFC 3261 §17.1.1.1, table 4).
public struct TransactionTimers: Hashable, Sendable {
    /// An estimate of the round-trip time.
    public var t1: Duration
    /// The longest interval between retransmissions of a non-INVITE request or a response to an INVITE.
    public var t2: Duration
    /// How long a message can stay in the network.
    public var t4: Duration
    /// How long Timer D keeps a refused INVITE's client transaction over UDP.
    public var d: Duration

    public init(
        t1: Duration = .milliseconds(500), t2: Duration = .seconds(4), t4: Duration = .seconds(5),
        d: Duration = .seconds(32)
    ) {
        self.t1 = max(t1, .milliseconds(1))
        self.t2 = max(t2, self.t1)
        self.t4 = t4
        self.d = d
    }

    /// T1 500 ms, T2 4 s, T4 5 s.
    public static let standard = TransactionTimers()

    /// 64·T1: Timers B, F, H, J, L and M, and the life of an unacknowledged 2xx.
    public var timeout: Duration { t1 * 64 }
}
