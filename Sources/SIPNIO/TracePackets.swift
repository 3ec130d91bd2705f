internal import SIPCore
public import TelephonyPrimitives

/// Makes a capture in the classic pcap format of SIP messages, so that whoever looks at captures can look at calls over
/// TLS, too: each message stands in an IP packet of its own, as if it had gone over UDP, or over TCP without TLS.
///
/// The file is ``header`` and then the ``packets(of:at:)`` of one message after the other.
public struct TracePackets: Sendable {
    /// The octets with which the file begins.
    public static let header = PcapWriter.header

    private var writer = PcapWriter(maximumLength: .max)

    public init() {}

    /// The packets of one message, each with pcap's own header.
    ///
    /// - Parameters:
    ///   - message: one of those that `SIPUserAgentConfiguration.onMessage` sees, in their order.
    ///   - time: microseconds since 1970, or since whatever the file's reader takes for that.
    public mutating func packets(of message: TracedMessage, at time: Int64) -> [UInt8] {
        var octets: [UInt8] = []
        writer.append(
            message.octets.span, from: message.source, to: message.destination, over: message.pcapTransport,
            at: time &* 1_000, into: &octets)
        return octets
    }
}

extension TracedMessage {
    /// Where it came from, and where it went.
    public var source: TransportAddress { isReceived ? flow.remote : flow.local }
    public var destination: TransportAddress { isReceived ? flow.local : flow.remote }
    /// What a capture says that carried it: TCP for TLS and WebSocket.
    public var pcapTransport: PcapWriter.Transport { flow.protocol == .udp ? .udp : .tcp }
}
