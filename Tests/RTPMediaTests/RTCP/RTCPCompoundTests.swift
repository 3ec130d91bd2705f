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
        var subtype: UInt8?
        var name: String?
        var data: String?
        var fmt: UInt8?
        var sender: UInt32?
        var media: UInt32?
        var nack: [UInt16]?
        var blocks: [ExtendedBlock]?
    }
    struct ExtendedBlock: Decodable {
        struct Answer: Decodable {
            var ssrc: UInt32
            var lrr: UInt32
            var dlrr: UInt32
        }
        var bt: UInt8
        var skipped: Bool?
        var ntp: String?
        var sub: [Answer]?
        var ssrc: UInt32?
        var lossRate: UInt8?
        var discardRate: UInt8?
        var burstDensity: UInt8?
        var gapDensity: UInt8?
        var burstDuration: UInt16?
        var gapDuration: UInt16?
        var roundTripMs: UInt16?
        var endSystemDelayMs: UInt16?
        var signalLevel: Int8?
        var noiseLevel: Int8?
        var rerl: UInt8?
        var gmin: UInt8?
        var rFactor: UInt8?
        var extR: UInt8?
        var mosLq: UInt8?
        var mosCq: UInt8?
        var rxConfig: UInt8?
        var jbNominal: UInt16?
        var jbMax: UInt16?
        var jbAbsMax: UInt16?
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
    /// Valid only where reduced size (RFC 5506) is allowed.
    private static let reducedSize: Set = ["psfb-pli-reduced-size"]
    /// Valid as well where reduced size is allowed.
    private static let notCompound: Set = ["first-is-sdes"]

    @Test("T-02 Every compound of the collection is read or refused as it should be", .tags(.threat))
    func compounds() throws {
        let cases = try RTPFixture.load("rtp/rtcp.json", as: ControlCases.self)
        #expect(cases.packets.count == 40)
        for item in cases.packets {
            let octets = RTPFixture.octets(item.hex)
            let isReduced = Self.reducedSize.contains(item.name)
            if !item.valid || isReduced {
                #expect(throws: RTCPParseError.self, "\(item.name)") { try RTCPCompound(parsing: octets) }
            }
            guard item.valid else {
                guard !Self.notCompound.contains(item.name) else { continue }
                #expect(throws: RTCPParseError.self, "\(item.name)") {
                    try RTCPCompound(parsing: octets, allowsReducedSize: true)
                }
                continue
            }
            let compound = try RTCPCompound(parsing: octets, allowsReducedSize: isReduced)
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
        case .application(let application):
            #expect(part.type == "APP", "\(name)")
            #expect(application.subtype == part.subtype, "\(name)")
            #expect(application.ssrc == part.ssrc, "\(name)")
            #expect(application.name == part.name, "\(name)")
            #expect(application.data == RTPFixture.octets(part.data ?? ""), "\(name)")
        case .feedback(let feedback):
            #expect(part.type == (feedback.layer == .transport ? "RTPFB" : "PSFB"), "\(name)")
            #expect(feedback.format == part.fmt, "\(name)")
            #expect(feedback.sender == part.sender, "\(name)")
            #expect(feedback.media == part.media, "\(name)")
            #expect(feedback.missing == part.nack, "\(name)")
        case .extendedReport(let report):
            #expect(part.type == "XR", "\(name)")
            #expect(report.ssrc == part.ssrc, "\(name)")
            #expect(report.blocks.count == part.blocks?.count, "\(name)")
            for (block, expected) in zip(report.blocks, part.blocks ?? []) { compare(block, expected, name) }
        case .other:
            #expect(part.type == "unknown", "\(name)")
        }
    }

    private func compare(_ block: ExtendedReportBlock, _ expected: ControlCases.ExtendedBlock, _ name: String) {
        switch block {
        case .receiverReferenceTime(let time):
            #expect(expected.bt == 4, "\(name)")
            #expect(time.bits == UInt64(expected.ntp ?? "", radix: 16), "\(name)")
        case .receiverReportDelays(let delays):
            #expect(expected.bt == 5, "\(name)")
            let answers = expected.sub?.map { ReceiverReportDelay(ssrc: $0.ssrc, lastReport: $0.lrr, delay: $0.dlrr) }
            #expect(delays == answers, "\(name)")
        case .voipMetrics(let metrics):
            #expect(expected.bt == 7, "\(name)")
            #expect(metrics.ssrc == expected.ssrc && metrics.lossRate == expected.lossRate, "\(name)")
            #expect(metrics.discardRate == expected.discardRate, "\(name)")
            #expect(metrics.burstDensity == expected.burstDensity, "\(name)")
            #expect(metrics.gapDensity == expected.gapDensity, "\(name)")
            #expect(metrics.burstDuration == expected.burstDuration, "\(name)")
            #expect(metrics.gapDuration == expected.gapDuration, "\(name)")
            #expect(metrics.roundTripDelay == expected.roundTripMs, "\(name)")
            #expect(metrics.endSystemDelay == expected.endSystemDelayMs, "\(name)")
            #expect(metrics.signalLevel == expected.signalLevel, "\(name)")
            #expect(metrics.noiseLevel == expected.noiseLevel, "\(name)")
            #expect(metrics.residualEchoReturnLoss == expected.rerl, "\(name)")
            #expect(metrics.gapThreshold == expected.gmin, "\(name)")
            #expect(metrics.rating == expected.rFactor, "\(name)")
            // 127 says that it isn't known.
            #expect(metrics.externalRating == nil && expected.extR == 127, "\(name)")
            #expect(metrics.listeningScore == expected.mosLq, "\(name)")
            #expect(metrics.conversationalScore == expected.mosCq, "\(name)")
            #expect(metrics.receiverConfiguration == expected.rxConfig, "\(name)")
            #expect(metrics.jitterBufferNominal == expected.jbNominal, "\(name)")
            #expect(metrics.jitterBufferMaximum == expected.jbMax, "\(name)")
            #expect(metrics.jitterBufferAbsoluteMaximum == expected.jbAbsMax, "\(name)")
        case .other(let type, _, _):
            #expect(type == expected.bt && expected.skipped == true, "\(name)")
        default:
            Issue.record("\(name) has another block: \(block)")
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

    @Test("With little bandwidth reports are further apart, with much and the reduced minimum nearer")
    func bandwidth() {
        func second(_ interval: ReportInterval) -> Double {
            var interval = interval
            for _ in 0..<100 { interval.note(octets: 100) }
            _ = interval.next(random: .max / 2)
            return interval.next(random: .max / 2).inSeconds * 1.21828
        }
        #expect(abs(second(ReportInterval()) - 5) < 1e-6)
        #expect(abs(second(ReportInterval(bandwidth: 64_000)) - 5) < 1e-6)
        // 128 octets with their headers, from two parties, in 5 % of 4 kbit/s.
        #expect(abs(second(ReportInterval(bandwidth: 4000)) - 10.24) < 1e-6)
        #expect(abs(second(ReportInterval(bandwidth: 144_000, isReduced: true)) - 2.5) < 1e-6)
        #expect(abs(second(ReportInterval(bandwidth: 64_000, isReduced: true)) - 5) < 1e-6)
        #expect(abs(second(ReportInterval(bandwidth: 0)) - 60) < 1e-6)
    }

    @Test("T-02 Cut and changed octets never do harm", .tags(.threat))
    func mutations() throws {
        var random = SeededGenerator(seed: 5)
        for item in try RTPFixture.load("rtp/rtcp.json", as: ControlCases.self).packets {
            let octets = RTPFixture.octets(item.hex)
            for _ in 0..<200 where !octets.isEmpty {
                var changed = Array(octets.prefix(Int.random(in: 1...octets.count, using: &random)))
                for _ in 0..<3 {
                    changed[Int.random(in: 0..<changed.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                guard let compound = try? RTCPCompound(parsing: changed, allowsReducedSize: true) else { continue }
                #expect(!compound.packets.isEmpty)
                for case .extendedReport(let report) in compound.packets {
                    let again = try RTCPCompound(
                        parsing: RTCPCompound([.extendedReport(report)]).serialized, allowsReducedSize: true)
                    #expect(again.packets == [.extendedReport(report)], "\(item.name)")
                }
            }
        }
    }
}
