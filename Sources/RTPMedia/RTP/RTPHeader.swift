/// The header of an RTP packet (RFC 3550 §5.1), and where in the datagram the rest lies. Reading one allocates nothing.
public struct RTPHeader: Sendable, Equatable {
    /// Of audio: the first packet after a silence (RFC 3551 §4.1).
    public let marker: Bool
    /// 0 to 127.
    public let payloadType: UInt8
    /// The number of the packet, which wraps around.
    public let sequence: UInt16
    /// In units of the payload's clock rate.
    public let timestamp: UInt32
    /// The source.
    public let ssrc: UInt32
    /// Where the contributing sources lie, in octets from the beginning: four for each, 15 sources at most.
    public let contributors: Range<Int>
    /// The 16 bits of the header extension that its profile defines, e.g. 0xBEDE for RFC 8285; `nil` without one.
    public let extensionProfile: UInt16?
    /// The octets of the header extension behind its profile and length, whole 32-bit words.
    public let extensionOctets: Range<Int>
    /// Where in the datagram the payload lies, in octets from its beginning, without padding.
    public let payload: Range<Int>

    /// Reads a datagram; every length in it is checked against what is there.
    public init(parsing octets: Span<UInt8>) throws(RTPParseError) {
        guard octets.count >= RTPPacket.fixedHeaderLength else { throw .tooShort(octets: octets.count) }
        let first = octets[0]
        guard first >> 6 == 2 else { throw .version(first >> 6) }
        contributors = RTPPacket.fixedHeaderLength..<RTPPacket.fixedHeaderLength + Int(first & 0x0F) * 4
        var start = contributors.upperBound
        guard octets.count >= start else { throw .headerBeyondPacket }
        if first & 0x10 != 0 {
            guard octets.count >= start + 4 else { throw .headerBeyondPacket }
            let end = start + 4 + Int(octets.bigEndian16(at: start + 2)) * 4
            guard octets.count >= end else { throw .headerBeyondPacket }
            extensionProfile = octets.bigEndian16(at: start)
            extensionOctets = start + 4..<end
            start = end
        } else {
            extensionProfile = nil
            extensionOctets = start..<start
        }
        var end = octets.count
        if first & 0x20 != 0 {
            // With nothing behind the header there is no octet that could hold the count.
            let count = end > start ? octets[end - 1] : 0
            guard count > 0, Int(count) <= end - start else { throw .padding(count: count) }
            end -= Int(count)
        }
        marker = octets[1] & 0x80 != 0
        payloadType = octets[1] & 0x7F
        sequence = octets.bigEndian16(at: 2)
        timestamp = octets.bigEndian32(at: 4)
        ssrc = octets.bigEndian32(at: 8)
        payload = start..<end
    }
}
