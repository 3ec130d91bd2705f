internal import SIPCore
public import SIPNIO
public import TelephonyPrimitives

/// A SIP message of one call, as a socket of ours has sent or received it, without what is secret in it: proofs of passwords,
/// keys of the sound and pressed keys are masked, each octet with an `x`. Over TLS and WebSocket it is what was inside.
public struct CallMessage: Sendable, Equatable {
    /// On the clock of the loops, which knows no calendar.
    public var time: Instant
    /// Whether it came from the other side.
    public var isReceived: Bool
    /// `udp`, `tcp`, `tls`, `ws` or `wss`.
    public var transport: String
    public var local: TransportAddress
    public var remote: TransportAddress
    public var octets: [UInt8]

    public init(_ message: TracedMessage) {
        time = message.time
        isReceived = message.isReceived
        transport = message.flow.protocol.rawValue
        local = message.flow.local
        remote = message.flow.remote
        octets = MessageSecrets.masked(message.octets)
    }
}
