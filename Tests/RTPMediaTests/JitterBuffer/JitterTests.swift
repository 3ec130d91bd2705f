import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("A jitter buffer on a line with jitter")
struct JitterTests {
    @Test(
        "follows jitter: little is concealed and the delay stays near what the jitter asks for",
        arguments: [(5.0, 60.0), (20, 80), (40, 110), (60, 150)], [UInt64(1), 2, 3])
    func jitter(jitter: (spread: Double, longestDelay: Double), seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var line = Line(Signal.voice(count: 8000 * 30))
        line.delay { _ in Double.random(in: 0...jitter.spread, using: &random) }
        let playback = Playback(line)
        let settled = playback.frames[500..<1490]
        #expect(settled.count { $0.origin == .concealed } < 15)
        let mean = playback.delays[500..<1490].reduce(0, +) / 990
        #expect(mean < jitter.longestDelay)
        #expect(playback.frames.allSatisfy { $0.samples.count == 160 })
    }

    @Test("learns the jitter of a line within its first second", arguments: [UInt64(1), 2, 3, 4])
    func learning(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var line = Line(Signal.voice(count: 8000 * 5))
        line.delay { _ in Double.random(in: 0...50, using: &random) }
        let playback = Playback(line)
        #expect(playback.frames[0..<50].count { $0.origin == .concealed } <= 10)
        #expect(playback.frames[75..<240].count { $0.origin == .concealed } <= 5)
    }

    @Test("keeps the words of a stall and is back at its delay within two seconds", arguments: [150.0, 250, 350])
    func stall(length: Double) {
        let signal = Signal.voice(count: 8000 * 10)
        var line = Line(signal)
        line.stall(at: 4000, for: length)
        let playback = Playback(
            line, configuration: JitterBufferConfiguration(longestOmission: .milliseconds(60)))
        let statistics = playback.buffer.statistics
        let usual = playback.delays[190]
        // Concealment stands in for at most 60 ms; the rest is played, and the added delay worked off by playing faster.
        #expect(statistics.samplesPlayed >= signal.count - 8 * 85)
        #expect(playback.delays[205..<240].max() ?? 0 > usual + length / 3)
        #expect(playback.delays[340] < 100)
        #expect(statistics.overflows == 0)
    }

    @Test("does not raise its delay for good because of one stall in a while")
    func rareStalls() {
        var line = Line(Signal.voice(count: 8000 * 30))
        for second in stride(from: 6, to: 28, by: 5) { line.stall(at: Double(second) * 1000, for: 220) }
        let playback = Playback(line)
        let sorted = playback.delays[100..<1490].sorted()
        #expect(sorted[sorted.count / 2] < 100)
    }

    @Test("follows a route that becomes 120 ms longer, and comes back with it")
    func steps() {
        var line = Line(Signal.voice(count: 8000 * 45))
        line.delay { (700..<1400).contains($0) ? 120 : 0 }
        let playback = Playback(line)
        // After a few seconds the longer route is the reference, so the delay on top of it is the usual one.
        #expect(playback.delays[1300] < 60)
        #expect(playback.delays[2100] < 60)
        #expect(playback.frames[1000..<1390].allSatisfy { $0.origin != .concealed })
        #expect(playback.frames[1700..<2200].allSatisfy { $0.origin != .concealed })
    }

    @Test("never lets the delay grow beyond its limit, and says what it dropped")
    func longestDelay() {
        var line = Line(Signal.voice(count: 8000 * 12))
        line.stall(at: 4000, for: 1500)
        let playback = Playback(line)
        #expect((playback.delays[240...].max() ?? 0) <= 420 + 20)
        #expect(playback.buffer.statistics.overflows > 0)
        #expect(playback.delays[500] < 60)
    }

    @Test("works off a sender's clock that is off, without a growing delay", arguments: [-500.0, -100, 100, 500])
    func drift(ppm: Double) {
        let second = Signal.sine(200, count: 8000)
        var line = Line((0..<600).flatMap { _ in second }, ppm: ppm)
        var random = SeededGenerator(seed: 9)
        line.delay { _ in Double.random(in: 0...3, using: &random) }
        let playback = Playback(line)
        let minutes = playback.frames.count - 40
        #expect((playback.delays[100..<minutes].max() ?? 0) < 100)
        #expect((playback.delays[100..<minutes].min() ?? 0) > 0)
        #expect(playback.buffer.statistics.samplesConcealed <= 1600)
        // The audio plays at the sender's pace: what was added and removed is what the clocks differ by, 20 ms apart.
        let statistics = playback.buffer.statistics
        let difference = Double(statistics.samplesRemoved - statistics.samplesAdded) / 8
        #expect(abs(difference - 600_000 * ppm * 1e-6) < 85)
        #expect(Signal.largestStep(playback.samples[16_000..<minutes * 160]) < 2 * Signal.largestStep(second))
    }

    @Test("F-03: audio that is sent every 18 ms plays without gaps, in tune, and without a growing delay")
    func fastSender() {
        let signal = Signal.voice(count: 8000 * 30)
        var line = Line(signal)
        for index in line.packets.indices { line.packets[index].arrival = Double(index + 1) * 18 }
        let playback = Playback(line)
        let end = Int(line.packets.last.map { $0.arrival / 20 } ?? 0) - 5
        #expect(playback.frames[5..<end].allSatisfy { $0.origin != .concealed && $0.origin != .silence })
        #expect((playback.delays[50..<end].max() ?? 0) < 150)
        #expect(playback.buffer.statistics.overflows == 0)
        #expect(Signal.largestStep(playback.samples[800..<end * 160]) <= 2 * Signal.largestStep(signal))
    }

    @Test("F-03: jittery audio comes out without clicks", arguments: [UInt64(1), 2, 3, 4])
    func smoothness(seed: UInt64) {
        let signal = Signal.voice(count: 8000 * 20)
        var random = SeededGenerator(seed: seed)
        var line = Line(signal)
        line.delay { _ in Double.random(in: 0...60, using: &random) }
        line.packets.removeAll { _ in Int.random(in: 0..<33, using: &random) == 0 }
        let playback = Playback(line)
        #expect(Signal.largestStep(playback.audible.flatMap(\.samples)) <= Signal.largestStep(signal) * 3 / 2)
    }
}
