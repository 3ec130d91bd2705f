/// The fixed header of an RTP packet and where its payload lies (RFC 3550 §5.1), for the auditor's own reading.
public struct WireRTP: Sendable, Hashable {
    public let marker: Bool
    public let payloadType: UInt8
    public let sequence: UInt16
    public let timestamp: UInt32
    public let ssrc: UInt32
    public let payload: [UInt8]

    /// What is wrong with octets that claim to be RTP.
    enum Fault: Error {
        case notVersion2, tooShort, extensionTooLong, paddingTooLong
    }

    init(_ octets: [UInt8]) throws(Fault) {
        guard octets.count >= 12 else { throw .tooShort }
        guard octets[0] >> 6 == 2 else { throw .notVersion2 }
        var offset = 12 + Int(octets[0] & 0x0F) * 4
        guard octets.count >= offset else { throw .tooShort }
        if octets[0] & 0x10 != 0 {
            guard octets.count >= offset + 4 else { throw .extensionTooLong }
            offset += 4 + (Int(octets[offset + 2]) << 8 | Int(octets[offset + 3])) * 4
            guard octets.count >= offset else { throw .extensionTooLong }
        }
        var end = octets.count
        if octets[0] & 0x20 != 0 {
            let padding = Int(octets[end - 1])
            guard padding > 0, end - padding >= offset else { throw .paddingTooLong }
            end -= padding
        }
        marker = octets[1] & 0x80 != 0
        payloadType = octets[1] & 0x7F
        sequence = UInt16(octets[2]) << 8 | UInt16(octets[3])
        timestamp = octets[4..<8].reduce(0) { $0 << 8 | UInt32($1) }
        ssrc = octets[8..<12].reduce(0) { $0 << 8 | UInt32($1) }
        payload = Array(octets[offset..<end])
    }

    /// Whether octets are RTCP by the demultiplexing rule of RFC 5761 §4.
    static func isControl(_ octets: [UInt8]) -> Bool {
        octets.count >= 4 && octets[0] >> 6 == 2 && (192...223).contains(octets[1])
    }

    /// Whether octets may be RTP: version 2, long enough, not RTCP.
    static func mayBeRTP(_ octets: [UInt8]) -> Bool {
        octets.count >= 12 && octets[0] >> 6 == 2 && !isControl(octets)
    }
}
