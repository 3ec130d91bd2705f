public import TelephonyPrimitives

/// Octets on their way: a UDP datagram, or one whole message of a stream.
public struct Datagram: Sendable, Hashable {
    public var octets: [UInt8]
    public var source: TransportAddress
    public var destination: TransportAddress
    public var `protocol`: WireProtocol

    public init(
        _ octets: [UInt8], from source: TransportAddress, to destination: TransportAddress,
        over protocol: WireProtocol = .udp
    ) {
        self.octets = octets
        self.source = source
        self.destination = destination
        self.protocol = `protocol`
    }

    /// The octets as a SIP message, when they are one.
    public var message: WireMessage? { WireMessage(octets) }
}

/// Something with a network address that reacts to datagrams and to the passing of time: a user agent core, a media
/// session, a scripted peer.
///
/// A node never asks for the time and never sends by itself: the ``SeededNetwork`` hands it datagrams, wakes it at its
/// deadline and collects what it has to send.
public protocol Node: AnyObject {
    /// The side that the node speaks for in traces and audits. A user agent and its media share one name.
    var name: String { get }
    /// The earliest time at which the node wants to be woken.
    var deadline: Instant? { get }
    /// Takes a datagram that arrived.
    func receive(_ datagram: Datagram, now: Instant)
    /// Tells the node that its deadline has come.
    func wake(now: Instant)
    /// The next datagram that the node wants to send; `nil` when there is none left.
    func nextDatagram(now: Instant) -> Datagram?
}
