import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("A jitter buffer on a line that loses packets")
struct LossTests {
    @Test(
        "conceals what is lost and no more, and keeps the time",
        arguments: [(0.01, 1.0), (0.05, 1), (0.1, 1), (0.2, 1), (0.05, 3), (0.1, 3)], [UInt64(1), 2])
    func loss(loss: (rate: Double, burst: Double), seed: UInt64) throws {
        let signal = Signal.voice(count: 8000 * 40)
        var line = Line(signal)
        var random = SeededGenerator(seed: seed)
        var isLosing = false
        let last = line.packets.count - 50
        let toBad = loss.rate / loss.burst / (1 - loss.rate)
        var lost = 0
        line.packets = line.packets.enumerated().filter { index, _ in
            let draw = Double.random(in: 0..<1, using: &random)
            isLosing = loss.burst == 1 ? draw < loss.rate : isLosing ? draw >= 1 / loss.burst : draw < toBad
            if isLosing, (20..<last).contains(index) { lost += 1 }
            return !isLosing || !(20..<last).contains(index)
        }.map(\.element)
        let playback = Playback(line)
        let statistics = playback.buffer.statistics
        #expect(statistics.samplesConcealed == lost * 160)
        #expect(abs(statistics.concealedFraction - Double(lost) / 2000) < 0.01)
        // Waiting for one packet more, so that a loss can be filled from both sides, is all that the delay grows by.
        #expect(statistics.samplesAdded - statistics.samplesRemoved <= 200)
        let played = playback.samples
        let first = try #require(Signal.position(of: signal[0..<160], in: played))
        let end = signal.count - 4000
        let final = try #require(Signal.position(of: signal[end..<end + 3200], in: played))
        #expect((0...200).contains(final - first - end))
        #expect(Signal.largestStep(played[first..<first + signal.count]) <= Signal.largestStep(signal) * 3 / 2)
        if loss.burst > 1 { #expect(statistics.burstRatio(packetLength: 160) > 1.8) }
    }

    @Test("goes on with a tone through one lost packet", arguments: [120.0, 250, 333, 390], [8000, 16_000, 48_000])
    func tone(frequency: Double, sampleRate: Int) throws {
        let frame = sampleRate / 50
        let signal = Signal.sine(frequency, count: sampleRate, sampleRate: sampleRate)
        var line = Line(signal, sampleRate: sampleRate)
        line.packets.remove(at: 25)
        let playback = Playback(line)
        let played = playback.samples
        let start = try #require(Signal.position(of: signal[0..<frame], in: played))
        let gap = 25 * frame
        let stand = played[start + gap..<start + gap + frame]
        #expect(Signal.correlation(stand, signal[gap..<gap + frame]) > 0.9)
        #expect(Signal.energy(stand) > Signal.energy(signal) * 0.6)
        #expect(Signal.largestStep(played[start..<start + signal.count]) <= Signal.largestStep(signal) * 5 / 4 + 2)
        #expect(
            played[start + gap + 2 * frame..<start + signal.count].elementsEqual(signal[gap + 2 * frame..<signal.count])
        )
    }

    @Test("fades to silence within 160 ms when nothing comes any more", arguments: [8000, 16_000])
    func fade(sampleRate: Int) throws {
        let signal = Signal.sine(200, count: sampleRate, sampleRate: sampleRate)
        let playback = Playback(Line(signal, sampleRate: sampleRate))
        let played = playback.samples
        let start = try #require(Signal.position(of: signal[0..<200], in: played))
        let tail = played[(start + signal.count)...]
        let tenMilliseconds = sampleRate / 100
        let energies = (0..<10).map { Signal.energy(tail.dropFirst($0 * tenMilliseconds).prefix(tenMilliseconds)) }
        #expect(energies[0] > Signal.energy(signal) * 0.8)
        for (one, next) in zip(energies, energies.dropFirst()) { #expect(next <= one) }
        #expect(energies[4] > 0)
        #expect(tail.dropFirst(16 * tenMilliseconds).allSatisfy { $0 == 0 })
    }

    @Test("comes back from a long loss without a click")
    func longLoss() throws {
        let signal = Signal.sine(200, count: 16_000)
        var line = Line(signal)
        line.packets.removeSubrange(40..<60)
        let playback = Playback(line)
        let played = playback.samples
        let start = try #require(Signal.position(of: signal[0..<200], in: played))
        #expect(played[start + 62 * 160..<start + 16_000].elementsEqual(signal[62 * 160..<16_000]))
        #expect(Signal.largestStep(played[start..<start + 16_000]) <= Signal.largestStep(signal) * 5 / 4)
        #expect(playback.buffer.statistics.samplesConcealed == 20 * 160)
        #expect(playback.buffer.statistics.concealments == 1)
    }

    @Test("counts packets that come after their place was played, and does not play them")
    func late() throws {
        let signal = Signal.noise(amplitude: 5000, count: 16_000)
        var line = Line(signal)
        line.packets[30].arrival += 500
        line.packets[50].arrival += 300
        let playback = Playback(line)
        #expect(playback.outcomes.filter { $0 == .late }.count == 2)
        #expect(playback.buffer.statistics.packetsLate == 2)
        #expect(playback.buffer.statistics.samplesConcealed == 320)
        #expect(playback.delays[60] <= 40)
        let played = playback.samples
        let start = try #require(Signal.position(of: signal[0..<160], in: played))
        #expect(played[start + 8800..<start + 16_000].elementsEqual(signal[8800..<16_000]))
    }

    @Test("takes numbers that carried no audio, as those of telephone-events, for no loss")
    func skippedNumbers() {
        var line = Line(Signal.voice(count: 16_000))
        line.packets.removeSubrange(40..<48)
        var buffer = JitterBuffer(linear: JitterBufferConfiguration())
        var next = 0
        for tick in 0..<100 {
            let now = Double(tick) * 20 + 5
            while next < line.packets.count, line.packets[next].arrival <= now {
                let packet = line.packets[next]
                if next == 39 { for number in 1040..<1048 { buffer.skip(sequence: UInt16(number)) } }
                buffer.insert(
                    linear: packet.samples, sequence: packet.sequence, timestamp: packet.timestamp,
                    arrival: .milliseconds(packet.arrival))
                next += 1
            }
            _ = buffer.pull(now: .milliseconds(now))
        }
        #expect(buffer.statistics.samplesConcealed == 0)
        #expect(buffer.statistics.concealments == 0)
    }
}
