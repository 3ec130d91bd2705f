public import SIPCore
public import TelephonyPrimitives

/// A SIP message, or a keep-alive, as a socket of ours has sent or received it: for traces. Over TLS and WebSocket it is
/// what was inside.
public struct TracedMessage: Sendable {
    /// On the clock of the loops, which knows no calendar.
    public var time: Instant
    /// Whether it came from the peer.
    public var isReceived: Bool
    public var octets: [UInt8]
    /// Where it came from, or went.
    public var flow: Flow

    public init(time: Instant, isReceived: Bool, octets: [UInt8], flow: Flow) {
        self.time = time
        self.isReceived = isReceived
        self.octets = octets
        self.flow = flow
    }
}
