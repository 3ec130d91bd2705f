import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Extended reports")
struct ExtendedReportTests {
    private static func read(_ octets: [UInt8]) throws -> [ExtendedReportBlock] {
        let compound = try RTCPCompound(parsing: octets, allowsReducedSize: true)
        guard case .extendedReport(let report) = compound.packets.first else { return [] }
        return report.blocks
    }

    private static func write(_ blocks: [ExtendedReportBlock]) -> [UInt8] {
        RTCPCompound([.extendedReport(ExtendedReport(ssrc: 0x1122_3344, blocks: blocks))]).serialized
    }

    /// A packet of one block, whose content is told in hexadecimal.
    private static func packet(type: UInt8, specific: UInt8 = 0, words: UInt16? = nil, _ content: String) -> [UInt8] {
        let content = RTPFixture.octets(content)
        let length = words ?? UInt16(content.count / 4)
        let size = UInt8((content.count + 8) / 4)
        return [0x80, 207, 0, size, 0, 0, 0, 1, type, specific, UInt8(length >> 8), UInt8(length & 0xFF)] + content
    }

    private static let metrics: VoIPMetrics = {
        var metrics = VoIPMetrics(ssrc: 9)
        (metrics.lossRate, metrics.discardRate) = (1, 2)
        (metrics.burstDensity, metrics.gapDensity) = (3, 4)
        (metrics.burstDuration, metrics.gapDuration) = (0x0506, 0x0708)
        (metrics.roundTripDelay, metrics.endSystemDelay) = (0x090A, 0x0B0C)
        (metrics.signalLevel, metrics.noiseLevel) = (-1, -128)
        metrics.residualEchoReturnLoss = 0x10
        (metrics.rating, metrics.externalRating) = (93, nil)
        (metrics.listeningScore, metrics.conversationalScore) = (41, nil)
        metrics.concealment = .enhanced
        metrics.jitterBufferKind = .adaptive
        (metrics.jitterBufferNominal, metrics.jitterBufferMaximum) = (60, 120)
        metrics.jitterBufferAbsoluteMaximum = 0x1234
        return metrics
    }()

    @Test("Every block is read as it was written, alone and in a row")
    func roundTrip() throws {
        let blocks: [ExtendedReportBlock] = [
            .lossRuns(
                SequenceRuns(
                    ssrc: 1, first: 65_530, end: 20, chunks: [.run(true, length: 16_383), .bits(0x5555)], thinning: 3)),
            .duplicateRuns(SequenceRuns(ssrc: 1, first: 0, end: 5, chunks: [.run(false, length: 5)])),
            .receiptTimes(PacketReceiptTimes(ssrc: 2, first: 7, end: 9, times: [.max, 160], thinning: 15)),
            .receiverReferenceTime(NTPTimestamp(bits: 0x0102_0304_0506_0708)),
            .receiverReportDelays([
                ReceiverReportDelay(ssrc: 1, lastReport: 2, delay: 3),
                ReceiverReportDelay(ssrc: .max, lastReport: .max, delay: .max),
            ]),
            .receiverReportDelays([]),
            .statisticsSummary(
                StatisticsSummary(
                    ssrc: 3, first: 1, end: 2, lost: 4, duplicates: 5,
                    jitter: .init(minimum: 6, maximum: 7, mean: 8, deviation: 9),
                    hops: .init(minimum: 10, maximum: 11, mean: 12, deviation: 13), hopField: .hopLimit)),
            .statisticsSummary(StatisticsSummary(ssrc: 3, first: 1, end: 2)),
            .voipMetrics(Self.metrics),
            .other(type: 200, specific: 7, content: [1, 2, 3, 4]),
            .other(type: 0, specific: 0, content: []),
        ]
        for block in blocks { #expect(try Self.read(Self.write([block])) == [block]) }
        #expect(try Self.read(Self.write(blocks)) == blocks)
    }

    @Test("The octets of a block of VoIP metrics lie as RFC 3611 §4.7 draws them")
    func layout() {
        let octets = Self.write([.voipMetrics(Self.metrics)])
        let drawn = """
            80CF000A 11223344 07000008 00000009 01020304 05060708 090A0B0C
            FF801010 5D7F297F B000003C 00781234
            """
        #expect(octets == RTPFixture.octets(drawn))
    }

    @Test(
        "A block of a wrong length is kept unread, and those after it are read",
        arguments: [
            (1, "00000001"), (2, "00000001"), (3, ""), (4, "0000000100000002 00000003"), (4, ""), (5, "00000001"),
            (6, "00000001"), (7, "00000001"), (7, String(repeating: "00", count: 36)),
        ] as [(UInt8, String)])
    func wrongLength(type: UInt8, content: String) throws {
        var octets = Self.packet(type: type, specific: 3, content)
        octets += [4, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]
        octets[3] += 3
        let kept = ExtendedReportBlock.other(type: type, specific: 3, content: RTPFixture.octets(content))
        #expect(try Self.read(octets) == [kept, .receiverReferenceTime(NTPTimestamp(bits: 0x1_0000_0002))])
    }

    @Test("T-02 A block that says it is longer than its packet is refused with it", .tags(.threat))
    func overrun() {
        for type in UInt8.min...10 {
            for words in [2, 3, 9, 200, 0xFFFF] as [UInt16] {
                #expect(throws: RTCPParseError.contentBeyondPacket(type: 207)) {
                    try Self.read(Self.packet(type: type, words: words, "00000001"))
                }
            }
        }
        #expect(throws: RTCPParseError.contentBeyondPacket(type: 207)) { try Self.read([0x80, 207, 0, 0]) }
    }

    @Test("Bits become runs and chunks of 15, and come back, over the wrap of the numbers")
    func runs() throws {
        var random = SeededGenerator(seed: 11)
        for length in [0, 1, 14, 15, 16, 17, 31, 200, 16_383, 16_384, 40_000] {
            for change in [2, 30, 1000] {
                var bit = true
                let bits = (0..<length).map { _ in
                    if Int.random(in: 0..<change, using: &random) == 0 { bit.toggle() }
                    return bit
                }
                let runs = SequenceRuns(ssrc: 1, first: 65_000, bits: bits)
                #expect(runs.end == 65_000 &+ UInt16(length))
                #expect(runs.bits == bits)
                #expect(try Self.read(Self.write([.lossRuns(runs)])) == [.lossRuns(runs)] || length >= 16_000)
            }
        }
        // All received but one: a run, a chunk of bits, a run.
        let bits = (0..<100).map { $0 != 50 }
        let runs = SequenceRuns(ssrc: 1, first: 0, bits: bits)
        #expect(runs.chunks == [.run(true, length: 50), .bits(0x3FFF), .run(true, length: 35)])
    }

    @Test("With thinning, the bits are those of every 2ⁿ-th number")
    func thinning() {
        // Of 5..<20, every fourth: 8, 12 and 16.
        let runs = SequenceRuns(ssrc: 1, first: 5, end: 20, chunks: [.bits(0x5000)], thinning: 2)
        #expect(runs.bits == [true, false, true])
        let endless = SequenceRuns(
            ssrc: 1, first: 0, end: 10, chunks: Array(repeating: .run(true, length: 16_383), count: 600))
        #expect(endless.bits.count == 10)
    }

    @Test("T-02 Random content of every block type is read within its bounds", .tags(.threat))
    func random() throws {
        var random = SeededGenerator(seed: 8)
        for _ in 0..<2000 {
            let count = Int.random(in: 0...20, using: &random) * 4
            let content = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let octets: [UInt8] =
                [0x80, 207, 0, UInt8(count / 4 + 2), 0, 0, 0, 1, .random(in: 0...8, using: &random)]
                + [.random(in: 0...255, using: &random), 0, UInt8(count / 4)] + content
            let blocks = try Self.read(octets)
            #expect(blocks.count == 1)
            if case .lossRuns(let runs) = blocks[0] { #expect(runs.bits.count <= 65_535) }
            #expect(try Self.read(Self.write(blocks)) == blocks)
        }
    }
}
