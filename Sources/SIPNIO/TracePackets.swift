internal import SIPCore
internal import TelephonyPrimitives

/// Makes a capture in the classic pcap format of SIP messages, so that whoever looks at captures can look at calls over
/// TLS, too: each message stands in an IP packet of its own, as if it had gone over UDP, or over TCP without TLS.
///
/// The file is ``header`` and then the ``packets(of:at:)`` of one message after the other.
public struct TracePackets: Sendable {
    /// The octets with which the file begins: microseconds, and packets that begin with their IP header (type 101).
    public static let header: [UInt8] =
        [0xA1, 0xB2, 0xC3, 0xD4, 0, 2, 0, 4] + [UInt8](repeating: 0, count: 8) + [0, 1, 0, 0, 0, 0, 0, 101]

    /// Connections whose place in the stream is known; with more of them all begin anew.
    private static let maximumStreams = 4_096
    /// An IP packet holds no more.
    private static let maximumPart = 65_000

    private struct Direction: Hashable {
        let flow: UInt64
        let isReceived: Bool
    }

    private var sequences: [Direction: UInt32] = [:]

    public init() {}

    /// The packets of one message, each with pcap's own header.
    ///
    /// - Parameters:
    ///   - message: one of those that `SIPUserAgentConfiguration.onMessage` sees, in their order.
    ///   - time: microseconds since 1970, or since whatever the file's reader takes for that.
    public mutating func packets(of message: TracedMessage, at time: Int64) -> [UInt8] {
        let flow = message.flow
        let (source, destination) = message.isReceived ? (flow.remote, flow.local) : (flow.local, flow.remote)
        var octets: [UInt8] = []
        var rest = message.octets[...]
        repeat {
            let part = rest.prefix(Self.maximumPart)
            rest = rest.dropFirst(part.count)
            let segment: [UInt8]
            if flow.protocol == .udp {
                segment =
                    Self.big16(source.port) + Self.big16(destination.port) + Self.big16(UInt16(8 + part.count)) + [
                        0, 0,
                    ]
            } else {
                segment =
                    Self.big16(source.port) + Self.big16(destination.port)
                    + Self.big32(sequence(of: message, advancedBy: UInt32(part.count)))
                    + [0, 0, 0, 0, 5 << 4, 0x18, 0xFF, 0xFF, 0, 0, 0, 0]
            }
            let packet =
                Self.header(
                    from: source.ip, to: destination.ip, transport: flow.protocol == .udp ? 17 : 6,
                    length: segment.count + part.count) + segment + part
            octets += Self.big32(UInt32(truncatingIfNeeded: time / 1_000_000))
            octets += Self.big32(UInt32(truncatingIfNeeded: time % 1_000_000))
            octets += Self.big32(UInt32(packet.count)) + Self.big32(UInt32(packet.count)) + packet
        } while !rest.isEmpty
        return octets
    }

    private mutating func sequence(of message: TracedMessage, advancedBy count: UInt32) -> UInt32 {
        let direction = Direction(flow: message.flow.id, isReceived: message.isReceived)
        if sequences[direction] == nil, sequences.count >= Self.maximumStreams { sequences = [:] }
        let sequence = sequences[direction] ?? 1
        sequences[direction] = sequence &+ count
        return sequence
    }

    private static func header(from source: IPAddress, to destination: IPAddress, transport: UInt8, length: Int)
        -> [UInt8]
    {
        switch (source, destination) {
        case (.v4(let source), .v4(let destination)):
            var header: [UInt8] = [0x45, 0] + big16(UInt16(truncatingIfNeeded: 20 + length)) + [0, 0, 0x40, 0]
            header += [64, transport, 0, 0] + big32(source) + big32(destination)
            // The sum in one's complement (RFC 791 §3.1).
            var sum: UInt32 = 0
            for index in stride(from: 0, to: header.count, by: 2) {
                sum += UInt32(header[index]) << 8 + UInt32(header[index + 1])
            }
            sum = sum & 0xFFFF + sum >> 16
            let check = ~UInt16(truncatingIfNeeded: sum & 0xFFFF + sum >> 16)
            header.replaceSubrange(10..<12, with: big16(check))
            return header
        default:
            return [0x60, 0, 0, 0] + big16(UInt16(truncatingIfNeeded: length)) + [transport, 64] + v6(source)
                + v6(destination)
        }
    }

    private static func v6(_ address: IPAddress) -> [UInt8] {
        switch address {
        case .v6(let upper, let lower): big64(upper) + big64(lower)
        // RFC 4291 §2.5.5.2
        case .v4(let number): [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + big32(number)
        }
    }

    private static func big16(_ number: UInt16) -> [UInt8] {
        [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
    }

    private static func big32(_ number: UInt32) -> [UInt8] {
        big16(UInt16(truncatingIfNeeded: number >> 16)) + big16(UInt16(truncatingIfNeeded: number))
    }

    private static func big64(_ number: UInt64) -> [UInt8] {
        big32(UInt32(truncatingIfNeeded: number >> 32)) + big32(UInt32(truncatingIfNeeded: number))
    }
}
