import RTPMedia
import TelephonyPrimitives
import Testing

private struct ControlCases: Decodable {
    struct Block: Decodable {
        var ssrc: UInt32
        var fractionLost: UInt8
        var cumulativeLost: Int32
        var highestSeq: UInt32
        var jitter: UInt32
        var lsr: UInt32
        var dlsr: UInt32
    }
    struct Chunk: Decodable {
        var ssrc: UInt32
        var cname: String?
    }
    struct Part: Decodable {
        var type: String
        var ssrc: UInt32?
        var ntp: String?
        var rtpTs: UInt32?
        var packets: UInt32?
        var octets: UInt32?
        var reports: [Block]?
        var reportCount: Int?
        var chunks: [Chunk]?
        var ssrcs: [UInt32]?
        var reason: String?
    }
    struct Packet: Decodable {
        var name: String
        var hex: String
        var valid: Bool
        var decoded: [Part]?
    }
    struct RoundTrip: Decodable {
        var arrivalMid32: String
        var lsr: String
        var dlsr: String
        var rttSeconds: Double?
    }
    var packets: [Packet]
    var roundTrip: [RoundTrip]
}

@Suite("RTCP")
struct RTCPCompoundTests {
    /// Valid only where reduced size (RFC 5506) was agreed on, which we never do.
    private static let reducedSize: Set = ["psfb-pli-reduced-size"]
    /// Faulty inside of a type that is passed over by its length.
    private static let unread: Set = ["xr-block-overrun", "nack-cut"]

    @Test("Every compound of the collection is read or refused as it should be")
    func compounds() throws {
        let cases = try RTPFixture.load("rtp/rtcp.json", as: ControlCases.self)
        #expect(cases.packets.count == 40)
        for item in cases.packets {
            let octets = RTPFixture.octets(item.hex)
            let isReadable = (item.valid && !Self.reducedSize.contains(item.name)) || Self.unread.contains(item.name)
            guard isReadable else {
                #expect(throws: RTCPParseError.self, "\(item.name)") { try RTCPCompound(parsing: octets) }
                continue
            }
            let compound = try RTCPCompound(parsing: octets)
            guard let parts = item.decoded else { continue }
            #expect(compound.packets.count == parts.count, "\(item.name)")
            for (packet, part) in zip(compound.packets, parts) { compare(packet, part, item.name) }
        }
    }

    private func compare(_ packet: RTCPPacket, _ part: ControlCases.Part, _ name: String) {
        switch packet {
        case .senderReport(let report):
            #expect(part.type == "SR", "\(name)")
            #expect(report.ssrc == part.ssrc, "\(name)")
            #expect(report.time.bits == UInt64(part.ntp ?? "", radix: 16), "\(name)")
            #expect(report.timestamp == part.rtpTs, "\(name)")
            #expect(report.packets == part.packets, "\(name)")
            #expect(report.octets == part.octets, "\(name)")
            compare(report.blocks, part, name)
        case .receiverReport(let ssrc, let blocks):
            #expect(part.type == "RR", "\(name)")
            #expect(ssrc == part.ssrc, "\(name)")
            compare(blocks, part, name)
        case .sourceDescription(let sources):
            #expect(part.type == "SDES", "\(name)")
            #expect(sources.map(\.ssrc) == part.chunks?.map(\.ssrc), "\(name)")
            #expect(sources.map(\.cname) == part.chunks?.map(\.cname), "\(name)")
        case .goodbye(let sources, let reason):
            #expect(part.type == "BYE", "\(name)")
            #expect(sources == part.ssrcs, "\(name)")
            #expect(reason == part.reason, "\(name)")
        case .other(let type):
            #expect(!["SR", "RR", "SDES", "BYE"].contains(part.type), "\(name): \(type)")
        }
    }

    private func compare(_ blocks: [ReportBlock], _ part: ControlCases.Part, _ name: String) {
        if let count = part.reportCount { #expect(blocks.count == count, "\(name)") }
        guard let reports = part.reports else { return }
        let expected = reports.map {
            ReportBlock(
                ssrc: $0.ssrc, fractionLost: $0.fractionLost, cumulativeLost: $0.cumulativeLost,
                extendedHighest: $0.highestSeq, jitter: $0.jitter, lastReport: $0.lsr, delaySinceLastReport: $0.dlsr)
        }
        #expect(blocks == expected, "\(name)")
    }

    @Test("What we build is read back the same, octet counts are whole words")
    func roundTrip() throws {
        let block = ReportBlock(
            ssrc: 9, fractionLost: 12, cumulativeLost: -3, extendedHighest: 70_000, jitter: 33, lastReport: 5,
            delaySinceLastReport: 6)
        for name in ["", "a", "ab", "abc", "abcd", String(repeating: "n", count: 255)] {
            let compound = RTCPCompound([
                .senderReport(
                    .init(ssrc: 1, time: NTPTimestamp(bits: 2), timestamp: 3, packets: 4, octets: 5, blocks: [block])),
                .receiverReport(ssrc: 1, blocks: []),
                .sourceDescription([.init(ssrc: 1, cname: name), .init(ssrc: 2, cname: nil)]),
                .goodbye(sources: [1, 2], reason: name),
                .goodbye(sources: [], reason: nil),
            ])
            let octets = compound.serialized
            #expect(octets.count % 4 == 0)
            #expect(try RTCPCompound(parsing: octets) == compound)
        }
    }

    @Test("The first octets of what we build are those of the collection")
    func goldenReport() throws {
        let cases = try RTPFixture.load("rtp/rtcp.json", as: ControlCases.self)
        let golden = try #require(cases.packets.first { $0.name == "sr-sdes" })
        let compound = RTCPCompound([
            .senderReport(
                .init(
                    ssrc: 0x1122_3344, time: NTPTimestamp(bits: 0xE5D0_C1A2_8000_0000), timestamp: 160_000,
                    packets: 50, octets: 8000, blocks: [])),
            .sourceDescription([.init(ssrc: 0x1122_3344, cname: "agent@example.com")]),
        ])
        #expect(compound.serialized == RTPFixture.octets(golden.hex))
    }

    @Test("The round trip is told from LSR and DLSR, or not at all")
    func roundTripTimes() throws {
        for item in try RTPFixture.load("rtp/rtcp.json", as: ControlCases.self).roundTrip {
            let time = NTPTimestamp.roundTrip(
                arrival: try #require(UInt32(item.arrivalMid32, radix: 16)),
                lastReport: try #require(UInt32(item.lsr, radix: 16)),
                delay: try #require(UInt32(item.dlsr, radix: 16)))
            #expect(time?.inSeconds == item.rttSeconds)
        }
    }

    @Test("An instant becomes seconds and binary fractions")
    func time() {
        #expect(NTPTimestamp(Instant.zero + .milliseconds(2500)).bits == 0x2_8000_0000)
        #expect(NTPTimestamp(Instant.zero + .milliseconds(2500)).middle == 0x0002_8000)
        #expect(NTPTimestamp.shortUnits(.milliseconds(500)) == 0x8000)
        #expect(NTPTimestamp.shortUnits(.milliseconds(-1)) == 0)
        #expect(NTPTimestamp.shortUnits(.seconds(1_000_000)) == .max)
    }

    @Test("Reports are 0.5 to 1.5 intervals apart, the first comes after half of that")
    func interval() {
        for random in [UInt64.min, .max / 2, .max] {
            var interval = ReportInterval()
            let first = interval.next(random: random).inSeconds
            let second = interval.next(random: random).inSeconds
            #expect(first > 1.02 && first < 3.08)
            #expect(abs(second - 2 * first) < 1e-6)
        }
        var shortest = ReportInterval()
        var longest = ReportInterval()
        #expect(abs(longest.next(random: .max) / shortest.next(random: 0) - 3) < 1e-6)
    }

    @Test("Cut and changed octets never do harm")
    func mutations() throws {
        var random = SeededGenerator(seed: 5)
        for item in try RTPFixture.load("rtp/rtcp.json", as: ControlCases.self).packets {
            let octets = RTPFixture.octets(item.hex)
            for _ in 0..<200 where !octets.isEmpty {
                var changed = Array(octets.prefix(Int.random(in: 1...octets.count, using: &random)))
                for _ in 0..<3 {
                    changed[Int.random(in: 0..<changed.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                if let compound = try? RTCPCompound(parsing: changed) { #expect(!compound.packets.isEmpty) }
            }
        }
    }
}
