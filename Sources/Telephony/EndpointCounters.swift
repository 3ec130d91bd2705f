/// What an endpoint holds now, and what it has seen. After the last call has ended and its transactions have timed out
/// (at most about 32 s, RFC 3261 §17), everything of the first group is zero.
public struct EndpointCounters: Sendable, Equatable, Codable {
    // Held now.
    public var calls: Int
    public var mediaPlaces: Int
    public var portPairs: Int
    public var connections: Int
    public var clientTransactions: Int
    public var serverTransactions: Int
    public var dialogs: Int
    public var sessions: Int
    public var timers: Int

    // Since the start.
    public var callsTotal: Int
    public var callsEnded: Int
    public var received: Int
    public var sent: Int
    public var retransmitted: Int
    public var malformed: Int
    public var refused: Int
    /// Requests of strangers that were ended to make room for newer ones.
    public var evicted: Int
    /// How often an address met a bound, its own or that of all strangers, for the addresses that did so most: who floods.
    public var refusedBySource: [String: Int]
}
