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
///
/// A `UserAgentCore` becomes a node in a few lines. With a script for its events that is all it takes to run calls in CI
/// and have them judged; `Tests/TelephonyTestingTests/OutsiderTests.swift` has it whole:
///
/// ```swift
/// final class Telephone: Node {
///     let name: String
///     var core: UserAgentCore
///     var deadline: Instant? { core.deadline }
///     private var outbox: [Datagram] = []
///
///     func receive(_ datagram: Datagram, now: Instant) {
///         core.receive(.datagram(datagram.octets, flow(to: datagram.source)), now: now)
///         drain()     // .transmit goes to the outbox, .event to the script
///     }
///     func wake(now: Instant) { core.receive(.wake, now: now); drain() }
///     func nextDatagram(now: Instant) -> Datagram? { outbox.isEmpty ? nil : outbox.removeFirst() }
/// }
///
/// let network = SeededNetwork(seed: 7, conditions: badLine)
/// let alice = Telephone("alice", at: "192.0.2.1", on: network) { event in
///     if case .answered(let id, _, _) = event { [(.seconds(60), .end(id))] } else { [] }
/// }
/// alice.calls("sip:agent@192.0.2.2", body: offer)
/// network.run(for: .seconds(200))
///
/// #expect(TraceAuditor().audit(network.trace).isClean)
/// #expect(alice.ends.map(\.cause) == [.hungUpLocally])
/// ```
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
