import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Quality, second by second")
struct QualityReportTests {
    private static func reports(_ side: MediaPair.Side) -> [QualityReport] {
        side.events.compactMap { if case .quality(let report) = $0 { report } else { nil } }
    }

    @Test("A clean line is told every second, as good, without invented sound")
    func clean() throws {
        var pair = MediaPair()
        pair.run(.seconds(20), frame: Tone.frame)
        let reports = Self.reports(pair.right)
        #expect(reports.count == 19)
        #expect(reports.allSatisfy { $0.duration == .seconds(1) })
        for report in reports.dropFirst() {
            #expect(report.packetsReceived == 50 && report.packetsLost == 0 && report.packetsLate == 0)
            #expect(report.packetsSent == 50)
            #expect(report.concealed == .zero)
            #expect(abs(report.level - LevelMeter.level(of: Tone.frame(0).samples)) < 0.2)
            #expect(try #require(report.heardMOS) > 4.3)
        }
        let last = try #require(reports.last)
        // 30 ms each way.
        #expect(abs(try #require(last.roundTripTime).inSeconds - 0.06) < 0.002)
        #expect(
            last.delay == .milliseconds(30) + .milliseconds(20) + last.bufferDelay || last.delay > .milliseconds(50))
        #expect(try #require(last.remoteMOS) > 4.2)
        #expect(reports[0].remoteMOS == nil)
        let statistics = pair.right.session.statistics
        #expect(try #require(statistics.lowestMOS) > 4.3)
        #expect(try #require(statistics.remoteMOS) > 4.2)
        #expect(statistics.bursts.bursts == 0 && statistics.bursts.gapDensity == 0)
    }

    @Test("The seconds add up to the call", arguments: [1, 2] as [UInt64])
    func sums(seed: UInt64) throws {
        var pair = MediaPair(seed: seed)
        pair.loss = 5
        pair.jitter = 20
        // A tick beyond the last whole second.
        pair.run(.milliseconds(20_020), frame: Tone.frame)
        let reports = Self.reports(pair.right)
        let statistics = pair.right.session.statistics
        #expect(reports.count == 20)
        let received = reports.reduce(0) { $0 + $1.packetsReceived }
        #expect((0...3).contains(statistics.packetsReceived - received))
        let lost = reports.reduce(0) { $0 + $1.packetsLost }
        #expect(abs(statistics.packetsLost - lost) <= 2)
        #expect(lost > 20)
        let concealed = reports.reduce(Duration.zero) { $0 + $1.concealed }
        #expect(statistics.concealed - concealed <= .milliseconds(20) && concealed > .milliseconds(200))
        #expect(reports.reduce(Duration.zero) { $0 + $1.stretched } > .zero)
        let scores = reports.compactMap(\.heardMOS)
        #expect(scores.count >= 19 && scores.allSatisfy { (1...4.5).contains($0) })
        #expect(try #require(scores.min()) < statistics.estimatedMOS)
        #expect(try #require(scores.max()) > statistics.estimatedMOS)
        #expect(reports.suffix(5).allSatisfy { $0.jitter > .milliseconds(2) })
    }

    @Test("A bad stretch is a burst, makes the least score of the call, and is seen from the other side")
    func burst() throws {
        var pair = MediaPair(seed: 3)
        pair.run(.seconds(6), frame: Tone.frame)
        let before = pair.right.session.statistics
        pair.loss = 60
        pair.run(.seconds(1), frame: Tone.frame)
        pair.loss = 0
        pair.run(.seconds(10), frame: Tone.frame)
        let statistics = pair.right.session.statistics
        #expect(statistics.bursts.bursts == 1)
        #expect((20...50).contains(statistics.bursts.burstPackets))
        #expect((0.4...0.8).contains(statistics.bursts.burstDensity))
        #expect(statistics.bursts.gaps == 2)
        #expect(try #require(statistics.lowestMOS) < statistics.estimatedMOS - 0.3)
        #expect(statistics.estimatedMOS < before.estimatedMOS)
        let remote = try #require(pair.left.session.statistics.remoteMOS)
        #expect(remote < 4.2 && remote > 2.5)
        // What is said of the other direction in the second of the report that told of it.
        let scores = Self.reports(pair.left).compactMap(\.remoteMOS)
        #expect(try #require(scores.min()) < 4.1)
    }

    @Test("After a jump of the clock one report tells of the whole time, and the seconds go on")
    func jump() {
        var listener = Listener()
        listener.run(60, Listener.described)
        listener.now = listener.now + .seconds(5 * 3600)
        listener.run(120, Listener.described)
        let reports = listener.events.compactMap { if case .quality(let report) = $0 { report } else { nil } }
        #expect(reports.map { $0.duration.inSeconds.rounded() } == [1, 18_000, 1, 1])
    }

    @Test("Who hears nothing has no score")
    func nothing() {
        var pair = MediaPair { left, _ in left.direction = .inactive }
        pair.run(.seconds(4))
        #expect(Self.reports(pair.right).count == 3)
        #expect(
            Self.reports(pair.right).allSatisfy { $0.heardMOS == nil && $0.packetsReceived == 0 && $0.level == -127 })
        #expect(pair.right.session.statistics.lowestMOS == nil)
    }
}
