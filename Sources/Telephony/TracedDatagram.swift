public import TelephonyPrimitives

/// RTP or RTCP, or whatever else a media port got, as a socket of ours has sent or received it: for captures.
public struct TracedDatagram: Sendable {
    /// On the clock of the loops, which knows no calendar. It is when the datagram came, not when it was read.
    public var time: Instant
    /// Whether it came from the peer.
    public var isReceived: Bool
    /// As it was on the wire.
    public var octets: [UInt8]
    /// What was inside, when it was encrypted and the configuration keeps that.
    public var clear: [UInt8]?
    /// Ours.
    public var local: TransportAddress
    /// The peer's.
    public var remote: TransportAddress
}

/// Who sees the datagrams of calls.
public struct MediaTrace: Sendable {
    /// Whether ``TracedDatagram/clear`` is told.
    public var isDecrypted: Bool
    /// Called on the loops of the calls: it must return at once.
    public var take: @Sendable (TracedDatagram) -> Void

    public init(isDecrypted: Bool, take: @escaping @Sendable (TracedDatagram) -> Void) {
        self.isDecrypted = isDecrypted
        self.take = take
    }
}
