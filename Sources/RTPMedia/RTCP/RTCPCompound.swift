/// Why a datagram is no compound RTCP packet (RFC 3550 §6.1, §A.2).
public enum RTCPParseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No packet header is there, or some octets are left over after the last packet.
    case tooShort
    /// The version field of a packet is not 2.
    case version(UInt8)
    /// The length of a packet reaches beyond the datagram.
    case lengthBeyondDatagram
    /// The first packet is neither a sender report nor a receiver report.
    case startsWith(type: UInt8)
    /// Padding in a packet that isn't the last, or a count that doesn't fit.
    case padding
    /// A packet announces more than its length holds.
    case contentBeyondPacket(type: UInt8)

    public var description: String {
        switch self {
        case .tooShort: "The datagram ends within an RTCP packet header: drop it (RFC 3550 §6.4)."
        case .version(let version): "An RTCP packet is of version 2, not \(version): drop it (RFC 3550 §A.2)."
        case .lengthBeyondDatagram: "An RTCP packet is longer than its datagram: drop it (RFC 3550 §A.2)."
        case .startsWith(let type):
            "A compound begins with a report (200, 201), not with type \(type): drop it (RFC 3550 §6.1)."
        case .padding: "Only the last RTCP packet may have padding, of 4 octets or more: drop it (RFC 3550 §A.2)."
        case .contentBeyondPacket(let type):
            "An RTCP packet of type \(type) announces more than it holds: drop it (RFC 3550 §6)."
        }
    }
}

/// A compound RTCP datagram: a report, then a source description and others (RFC 3550 §6.1), or a part of that where
/// reduced size was agreed on (RFC 5506).
public struct RTCPCompound: Sendable, Equatable {
    /// In the order of the datagram.
    public var packets: [RTCPPacket]

    /// - Parameter packets: a report first, and a source description (RFC 3550 §6.1).
    public init(_ packets: [RTCPPacket]) {
        self.packets = packets
    }

    /// The datagram on the wire.
    public var serialized: [UInt8] { packets.flatMap(\.serialized) }

    /// Reads a datagram. Packets of unknown types are passed over by their length, without a look inside.
    ///
    /// - Parameters:
    ///   - octets: the whole datagram.
    ///   - allowsReducedSize: whether it may begin with something else than a report (RFC 5506 §3.2), e.g. be a lone
    ///     feedback message.
    public init(parsing octets: [UInt8], allowsReducedSize: Bool = false) throws(RTCPParseError) {
        var packets: [RTCPPacket] = []
        var start = 0
        repeat {
            guard octets.count - start >= 4 else { throw .tooShort }
            let version = octets[start] >> 6
            guard version == 2 else { throw .version(version) }
            let type = octets[start + 1]
            if packets.isEmpty, !allowsReducedSize, type != 200, type != 201 { throw .startsWith(type: type) }
            let end = start + 4 + Int(octets.bigEndian16(at: start + 2)) * 4
            guard end <= octets.count else { throw .lengthBeyondDatagram }
            var body = octets[(start + 4)..<end]
            if octets[start] & 0x20 != 0 {
                let count = Int(body.last ?? 0)
                guard end == octets.count, count > 0, count % 4 == 0, count <= body.count else { throw .padding }
                body = body.dropLast(count)
            }
            guard let packet = Self.read(type: type, count: Int(octets[start] & 0x1F), body) else {
                throw .contentBeyondPacket(type: type)
            }
            packets.append(packet)
            start = end
        } while start < octets.count
        self.packets = packets
    }

    /// Reads the body of one packet; `nil` when it announces more than is there.
    private static func read(type: UInt8, count: Int, _ body: ArraySlice<UInt8>) -> RTCPPacket? {
        let start = body.startIndex
        switch type {
        case 200:
            guard body.count >= 24, let blocks = blocks(count, body.dropFirst(24)) else { return nil }
            let time = UInt64(body.bigEndian32(at: start + 4)) << 32 | UInt64(body.bigEndian32(at: start + 8))
            return .senderReport(
                RTCPPacket.SenderReport(
                    ssrc: body.bigEndian32(at: start), time: NTPTimestamp(bits: time),
                    timestamp: body.bigEndian32(at: start + 12), packets: body.bigEndian32(at: start + 16),
                    octets: body.bigEndian32(at: start + 20), blocks: blocks))
        case 201:
            guard body.count >= 4, let blocks = blocks(count, body.dropFirst(4)) else { return nil }
            return .receiverReport(ssrc: body.bigEndian32(at: start), blocks: blocks)
        case 202:
            return sources(count, body).map { .sourceDescription($0) }
        case 203:
            return goodbye(count, body)
        case 204:
            return RTCPApplication(subtype: UInt8(count), body).map { .application($0) }
        case 205, 206:
            let layer = type == 205 ? RTCPFeedback.Layer.transport : .payload
            return RTCPFeedback(layer: layer, format: UInt8(count), body).map { .feedback($0) }
        case 207:
            return ExtendedReport(body).map { .extendedReport($0) }
        default:
            return .other(type: type)
        }
    }

    private static func blocks(_ count: Int, _ octets: ArraySlice<UInt8>) -> [ReportBlock]? {
        guard octets.count >= count * ReportBlock.length else { return nil }
        return (0..<count).map { ReportBlock(octets.dropFirst($0 * ReportBlock.length)) }
    }

    private static func sources(_ count: Int, _ body: ArraySlice<UInt8>) -> [RTCPPacket.SourceDescription]? {
        var sources: [RTCPPacket.SourceDescription] = []
        var rest = body
        for _ in 0..<count {
            guard rest.count >= 8 else { return nil }
            var source = RTCPPacket.SourceDescription(ssrc: rest.bigEndian32(at: rest.startIndex), cname: nil)
            rest = rest.dropFirst(4)
            while let item = rest.first, item != 0 {
                guard let length = rest.dropFirst().first, rest.count >= 2 + Int(length) else { return nil }
                if item == 1 {
                    source.cname = String(decoding: rest.dropFirst(2).prefix(Int(length)), as: UTF8.self)
                }
                rest = rest.dropFirst(2 + Int(length))
            }
            // One zero ends the items, more of them fill up the word.
            guard !rest.isEmpty else { return nil }
            let read = rest.startIndex - body.startIndex + 1
            rest = body.dropFirst((read + 3) / 4 * 4)
            sources.append(source)
        }
        return sources
    }

    private static func goodbye(_ count: Int, _ body: ArraySlice<UInt8>) -> RTCPPacket? {
        guard body.count >= count * 4 else { return nil }
        let sources = (0..<count).map { body.bigEndian32(at: body.startIndex + $0 * 4) }
        let rest = body.dropFirst(count * 4)
        guard let length = rest.first else { return .goodbye(sources: sources, reason: nil) }
        guard rest.count > Int(length) else { return nil }
        return .goodbye(
            sources: sources, reason: String(decoding: rest.dropFirst().prefix(Int(length)), as: UTF8.self))
    }
}
