/// Why a datagram is no RTP packet (RFC 3550 §5.1).
public enum RTPParseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Fewer octets than the fixed header has.
    case tooShort(octets: Int)
    /// The version field is not 2.
    case version(UInt8)
    /// The list of contributing sources or the header extension reaches beyond the packet.
    case headerBeyondPacket
    /// The padding count is 0 or more than what follows the header.
    case padding(count: UInt8)

    public var description: String {
        switch self {
        case .tooShort(let octets):
            "An RTP packet has at least 12 octets, here are \(octets): drop it (RFC 3550 §5.1)."
        case .version(let version):
            "An RTP packet is of version 2, not \(version): drop it (RFC 3550 §5.1)."
        case .headerBeyondPacket:
            "The contributing sources or the header extension don't fit in the packet: drop it (RFC 3550 §5.1, §5.3.1)."
        case .padding(let count):
            "A padding count of \(count) octets doesn't fit the packet: drop it (RFC 3550 §5.1)."
        }
    }
}

/// The header extension of an RTP packet, unread (RFC 3550 §5.3.1).
public struct RTPHeaderExtension: Sendable, Equatable {
    /// The 16 bits that the profile defines, e.g. 0xBEDE for RFC 8285.
    public var profile: UInt16
    /// Whole 32-bit words.
    public var octets: ArraySlice<UInt8>

    /// - Parameters:
    ///   - profile: the 16 bits that the profile defines.
    ///   - octets: the content; filled up with zeros to whole 32-bit words when it is written.
    public init(profile: UInt16, octets: ArraySlice<UInt8>) {
        self.profile = profile
        self.octets = octets
    }

    /// Writes it, filled up with zeros to whole words.
    func append(to packet: inout [UInt8]) {
        let body = octets.prefix(Int(UInt16.max) * 4)
        let words = (body.count + 3) / 4
        packet.append(bigEndian: profile)
        packet.append(bigEndian: UInt16(words))
        packet.append(contentsOf: body)
        packet.append(contentsOf: repeatElement(0, count: words * 4 - body.count))
    }
}

/// One RTP packet (RFC 3550 §5.1). Parsing copies no payload: it is a slice of the datagram.
public struct RTPPacket: Sendable, Equatable {
    /// The octets of the header without contributing sources.
    public static let fixedHeaderLength = 12

    /// Of audio: the first packet after a silence (RFC 3551 §4.1).
    public var marker: Bool
    /// 0 to 127.
    public var payloadType: UInt8
    /// The number of the packet, which wraps around.
    public var sequence: UInt16
    /// In units of the payload's clock rate.
    public var timestamp: UInt32
    /// The source.
    public var ssrc: UInt32
    /// The contributing sources, 15 at most.
    public var contributors: [UInt32]
    /// What stands between header and payload; `nil`: nothing.
    public var headerExtension: RTPHeaderExtension?
    /// What follows the header, without padding.
    public var payload: ArraySlice<UInt8>

    /// - Parameters:
    ///   - marker: of audio, the first packet after a silence.
    ///   - payloadType: 0 to 127.
    ///   - sequence: the number of the packet.
    ///   - timestamp: in units of the payload's clock rate.
    ///   - ssrc: the source.
    ///   - contributors: the contributing sources, 15 at most.
    ///   - headerExtension: what stands between header and payload.
    ///   - payload: what follows, without padding.
    public init(
        marker: Bool = false, payloadType: UInt8, sequence: UInt16, timestamp: UInt32, ssrc: UInt32,
        contributors: [UInt32] = [], headerExtension: RTPHeaderExtension? = nil, payload: ArraySlice<UInt8>
    ) {
        self.marker = marker
        self.payloadType = payloadType
        self.sequence = sequence
        self.timestamp = timestamp
        self.ssrc = ssrc
        self.contributors = contributors
        self.headerExtension = headerExtension
        self.payload = payload
    }

    /// Reads a datagram; every length in it is checked against what is there.
    public init(parsing octets: [UInt8]) throws(RTPParseError) {
        let header = try RTPHeader(parsing: octets.span)
        marker = header.marker
        payloadType = header.payloadType
        sequence = header.sequence
        timestamp = header.timestamp
        ssrc = header.ssrc
        contributors = stride(from: header.contributors.lowerBound, to: header.contributors.upperBound, by: 4).map {
            octets.bigEndian32(at: $0)
        }
        headerExtension = header.extensionProfile.map {
            RTPHeaderExtension(profile: $0, octets: octets[header.extensionOctets])
        }
        payload = octets[header.payload]
    }

    /// The packet as it goes on the wire, without padding. Contributing sources beyond 15 are left out, an extension
    /// is filled up with zeros to whole words.
    public var serialized: [UInt8] {
        let contributors = contributors.prefix(15)
        var octets: [UInt8] = []
        octets.reserveCapacity(Self.fixedHeaderLength + payload.count)
        octets.append(0x80 | (headerExtension == nil ? 0 : 0x10) | UInt8(contributors.count))
        octets.append((marker ? 0x80 : 0) | (payloadType & 0x7F))
        octets.append(bigEndian: sequence)
        octets.append(bigEndian: timestamp)
        octets.append(bigEndian: ssrc)
        for contributor in contributors { octets.append(bigEndian: contributor) }
        headerExtension?.append(to: &octets)
        octets.append(contentsOf: payload)
        return octets
    }
}
