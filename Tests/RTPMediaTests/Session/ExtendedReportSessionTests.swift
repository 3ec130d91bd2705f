import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Extended reports of a session")
struct ExtendedReportSessionTests {
    private static func blocks(_ side: MediaPair.Side) -> [ExtendedReportBlock] {
        side.controlSent.flatMap(\.packets).flatMap { packet -> [ExtendedReportBlock] in
            if case .extendedReport(let report) = packet { report.blocks } else { [] }
        }
    }

    @Test("None are sent where the other side wants none")
    func unwanted() {
        var pair = MediaPair()
        pair.run(.seconds(10), frame: Tone.frame)
        #expect(Self.blocks(pair.left).isEmpty && Self.blocks(pair.right).isEmpty)
        #expect(pair.left.session.statistics.remoteMetrics == nil)
    }

    @Test("Where VoIP metrics are wanted the other side learns how it sounds here")
    func metrics() throws {
        var pair = MediaPair(seed: 7) { _, right in right.extendedReports.voipMetrics = true }
        pair.loss = 8
        pair.delay = .milliseconds(50)
        pair.run(.seconds(15), frame: Tone.frame)
        let heard = pair.right.session.statistics
        let told = try #require(pair.left.session.statistics.remoteMetrics)
        #expect(told.ssrc == 1)
        #expect(abs(Double(told.lossRate) / 256 - heard.lossFraction) < 0.03)
        #expect(told.gapThreshold == 16)
        #expect(abs(Double(told.burstDensity) / 256 - heard.bursts.burstDensity) < 0.1)
        #expect(told.burstDuration > 20 && told.gapDuration > 100)
        #expect((90...130).contains(told.roundTripDelay))
        #expect(told.endSystemDelay >= 20 && told.endSystemDelay < 200)
        #expect(told.concealment == .enhanced && told.jitterBufferKind == .adaptive)
        #expect(told.jitterBufferAbsoluteMaximum == 400)
        #expect(abs(Double(try #require(told.conversationalScore)) / 10 - heard.estimatedMOS) < 0.3)
        #expect(try #require(told.listeningScore) >= (try #require(told.conversationalScore)))
        #expect((40...93).contains(try #require(told.rating)))
        #expect(told.externalRating == nil && told.signalLevel == nil)
    }

    @Test("Who only receives learns the round trip by its reference times")
    func receiverRoundTrip() throws {
        var pair = MediaPair(seed: 2) { left, _ in
            left.direction = .recvonly
            left.extendedReports.receiverRoundTrip = .all
        }
        pair.delay = .milliseconds(35)
        pair.run(.seconds(20), frame: Tone.frame)
        #expect(Self.blocks(pair.left).count > 2)
        #expect(
            Self.blocks(pair.left).allSatisfy { if case .receiverReferenceTime = $0 { true } else { false } })
        #expect(
            Self.blocks(pair.right).allSatisfy { if case .receiverReportDelays = $0 { true } else { false } })
        let time = try #require(pair.left.session.statistics.roundTripTime)
        #expect(abs(time.inSeconds - 0.07) < 0.002)
    }

    @Test("T-23 Answers to reports that were never sent, and hours of delay, make no round trip", .tags(.threat))
    func forgedAnswers() {
        var listener = Listener()
        listener.run(300, Listener.described)
        for lastReport in [1, 0x8000, .max, NTPTimestamp(listener.now).middle] as [UInt32] {
            for delay in [0, 1, 65_536, .max] as [UInt32] {
                let block = ReportBlock(
                    ssrc: 1, fractionLost: 0, cumulativeLost: 0, extendedHighest: 0, jitter: 0, lastReport: lastReport,
                    delaySinceLastReport: delay)
                let answer = ReceiverReportDelay(ssrc: 1, lastReport: lastReport, delay: delay)
                let compound = RTCPCompound([
                    .receiverReport(ssrc: 2, blocks: [block]),
                    .extendedReport(ExtendedReport(ssrc: 2, blocks: [.receiverReportDelays([answer])])),
                ])
                listener.session.receiveControl(
                    packet: compound.serialized, from: Listener.described, now: listener.now)
            }
        }
        #expect(listener.session.statistics.remoteReports == 16)
        #expect(listener.session.statistics.roundTripTime == nil)
    }

    @Test("Metrics of another stream are not taken for ours")
    func foreign() {
        var listener = Listener()
        listener.run(10, Listener.described)
        let compound = RTCPCompound([
            .receiverReport(ssrc: 2, blocks: []),
            .extendedReport(ExtendedReport(ssrc: 2, blocks: [.voipMetrics(VoIPMetrics(ssrc: 77))])),
        ])
        listener.session.receiveControl(packet: compound.serialized, from: Listener.described, now: listener.now)
        #expect(listener.session.statistics.remoteMetrics == nil)
    }

    @Test("Lone feedback is counted, other lone packets are read where that was agreed on", arguments: [false, true])
    func reducedSize(isAgreed: Bool) {
        var listener = Listener { $0.allowsReducedSize = isAgreed }
        listener.run(10, Listener.described)
        for packet in [
            RTCPPacket.feedback(.init(layer: .transport, format: 1, sender: 2, media: 1, information: [0, 1, 0, 0])),
            .feedback(.init(layer: .payload, format: 1, sender: 2, media: 1)),
            .extendedReport(ExtendedReport(ssrc: 2, blocks: [.voipMetrics(VoIPMetrics(ssrc: 1))])),
        ] {
            listener.session.receiveControl(
                packet: RTCPCompound([packet]).serialized, from: Listener.described, now: listener.now)
        }
        let statistics = listener.session.statistics
        #expect(statistics.feedback == 2)
        #expect((statistics.remoteMetrics != nil) == isAgreed)
        #expect(statistics.malformed == (isAgreed ? 0 : 1))
    }

    @Test("Packets of an application's own are told, ten a second")
    func application() {
        var listener = Listener()
        listener.run(10, Listener.described)
        let application = RTCPApplication(subtype: 3, ssrc: 2, name: "QoSx", data: [1, 2, 3, 4])
        let compound = RTCPCompound([.receiverReport(ssrc: 2, blocks: []), .application(application)])
        for _ in 0..<40 {
            listener.session.receiveControl(packet: compound.serialized, from: Listener.described, now: listener.now)
        }
        listener.run(60, Listener.described)
        listener.session.receiveControl(packet: compound.serialized, from: Listener.described, now: listener.now)
        listener.tick()
        #expect(listener.events.filter { $0 == .application(application) }.count == 11)
        #expect(listener.session.statistics.rateLimited == 30)
    }
}
