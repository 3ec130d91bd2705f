import RTPMedia
import Testing

private struct HeaderCases: Decodable {
    struct Packet: Decodable {
        struct Fields: Decodable {
            var m: Int?
            var pt: UInt8?
            var seq: UInt16?
            var ts: UInt32?
            var ssrc: String?
            var payload: String?
            var csrc: [UInt32]?
            var extProfile: String?
            var extWords: Int?
        }
        var name: String
        var hex: String
        var valid: Bool
        var fields: Fields?
    }
    struct Other: Decodable {
        var name: String
        var hex: String
        var kind: String
    }
    var packets: [Packet]
    var notRtp: [Other]
}

@Suite("RTP packets")
struct RTPPacketTests {
    @Test("T-02 Every header of the collection is read or refused as it should be", .tags(.threat))
    func headers() throws {
        let cases = try RTPFixture.load("rtp/headers.json", as: HeaderCases.self)
        #expect(cases.packets.count == 33)
        for item in cases.packets {
            let octets = RTPFixture.octets(item.hex)
            guard item.valid else {
                #expect(throws: RTPParseError.self, "\(item.name)") { try RTPPacket(parsing: octets) }
                continue
            }
            let packet = try RTPPacket(parsing: octets)
            let fields = try #require(item.fields)
            if let value = fields.m { #expect(packet.marker == (value == 1), "\(item.name)") }
            if let value = fields.pt { #expect(packet.payloadType == value, "\(item.name)") }
            if let value = fields.seq { #expect(packet.sequence == value, "\(item.name)") }
            if let value = fields.ts { #expect(packet.timestamp == value, "\(item.name)") }
            if let value = fields.ssrc { #expect(packet.ssrc == UInt32(value, radix: 16), "\(item.name)") }
            if let value = fields.payload { #expect(Array(packet.payload) == RTPFixture.octets(value), "\(item.name)") }
            if let value = fields.csrc { #expect(packet.contributors == value, "\(item.name)") }
            if let value = fields.extProfile {
                #expect(packet.headerExtension?.profile == UInt16(value, radix: 16), "\(item.name)")
            }
            if let value = fields.extWords {
                #expect(packet.headerExtension?.octets.count == value * 4, "\(item.name)")
            }
            // Without padding the octets come back as they were.
            if octets[0] & 0x20 == 0 { #expect(packet.serialized == octets, "\(item.name)") }
            #expect(try RTPPacket(parsing: packet.serialized) == packet, "\(item.name)")
        }
    }

    @Test("What shares the port with RTP is told from it")
    func kinds() throws {
        let cases = try RTPFixture.load("rtp/headers.json", as: HeaderCases.self)
        #expect(cases.notRtp.count == 10)
        for item in cases.notRtp {
            let expected: DatagramKind = item.kind.hasPrefix("RTCP") ? .rtcp : .other
            #expect(DatagramKind(RTPFixture.octets(item.hex)) == expected, "\(item.name)")
        }
        #expect(DatagramKind([0x80, 0x80 | 101, 0, 0]) == .rtp)
        #expect(DatagramKind([]) == .other)
    }

    @Test("On a shared port the second octet tells RTCP from RTP, of every value as RFC 5761 §4 has it")
    func sharedPort() {
        for octet in UInt8.min...UInt8.max {
            // Payload types 64 to 95 with the marker are RTCP's packet types.
            let isControl = (64...95).contains(octet & 0x7F) && octet >= 0x80
            #expect(DatagramKind([0x80, octet, 0, 0]) == (isControl ? .rtcp : .rtp))
        }
    }

    @Test("T-02 A truncated packet is refused at every length that loses a part of its header", .tags(.threat))
    func truncation() throws {
        let whole = RTPPacket(
            payloadType: 0, sequence: 1, timestamp: 2, ssrc: 3, contributors: [4, 5],
            headerExtension: RTPHeaderExtension(profile: 0xBEDE, octets: [1, 2, 3, 4]), payload: [9]
        ).serialized
        for length in 0..<28 {
            #expect(throws: RTPParseError.self) { try RTPPacket(parsing: Array(whole.prefix(length))) }
        }
        #expect(try RTPPacket(parsing: Array(whole.prefix(28))).payload.isEmpty)
    }

    @Test("A stream counts its packets on over the wrap and may send an old timestamp")
    func sendStream() throws {
        var stream = SendStream(ssrc: 7, sequence: 65_535, timestamp: .max - 100)
        let first = try RTPPacket(parsing: stream.packet(payloadType: 0, payload: [1, 2], marker: true))
        stream.advance(by: 160)
        let second = try RTPPacket(
            parsing: stream.packet(payloadType: 101, payload: [3], marker: false, timestamp: first.timestamp))
        let third = try RTPPacket(parsing: stream.packet(payloadType: 0, payload: [], marker: false))
        #expect([first, second, third].map(\.sequence) == [65_535, 0, 1])
        #expect([first, second, third].map(\.timestamp) == [.max - 100, .max - 100, 59])
        #expect(first.marker && !second.marker)
        #expect((stream.packets, stream.octets) == (3, 3))
    }

    @Test("Under another SSRC the numbers run on, and what sender reports count begins anew")
    func changedSource() throws {
        var stream = SendStream(ssrc: 7, sequence: 9, timestamp: 0)
        _ = stream.packet(payloadType: 0, payload: [1, 2], marker: true)
        stream.changeSource(to: 8)
        #expect((stream.packetsOfSource, stream.octetsOfSource) == (0, 0))
        let packet = try RTPPacket(parsing: stream.packet(payloadType: 0, payload: [1, 2, 3], marker: true))
        #expect((packet.ssrc, packet.sequence) == (8, 10))
        #expect((stream.packetsOfSource, stream.octetsOfSource) == (1, 3))
        #expect((stream.packets, stream.octets) == (2, 5))
    }
}
