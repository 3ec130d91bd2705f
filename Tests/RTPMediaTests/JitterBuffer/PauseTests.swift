import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("A jitter buffer whose sender pauses")
struct PauseTests {
    @Test("plays gaps in the timestamps without gaps in the numbers as silence", arguments: [100, 700, 20_000])
    func discontinuousTransmission(pause: Int) {
        let spurt = Signal.sine(300, count: 8000)
        var line = Line((0..<5).flatMap { _ in spurt })
        for index in line.packets.indices {
            let shift = index / 50 * pause
            line.packets[index].arrival += Double(shift)
            line.packets[index].timestamp &+= UInt32(shift * 8)
            line.packets[index].marker = index % 50 == 0
        }
        let playback = Playback(line)
        let statistics = playback.buffer.statistics
        #expect(statistics.samplesConcealed == 0)
        #expect(statistics.samplesPlayed == 5 * 8000)
        #expect(statistics.restarts == 0)
        #expect(playback.delays.allSatisfy { $0 <= 40 })
        let played = playback.samples
        for spurtIndex in 0..<5 {
            let start = (1000 + pause) * spurtIndex * 8
            // Within 40 ms of where it was spoken (a packet is 20 ms late of itself).
            let found = played[start..<start + 8 * 90]
            #expect(found.contains { $0 != 0 })
            if pause >= 700 { #expect(played[start + 8 * 1200..<start + 8 * 1500].allSatisfy { $0 == 0 }) }
        }
    }

    @Test("goes on when a sender stood still and its timestamps with it", arguments: [600.0, 3000, 8000])
    func standstill(pause: Double) {
        let signal = Signal.voice(count: 8000 * 8)
        var line = Line(signal)
        for index in line.packets.indices where index >= 200 { line.packets[index].arrival += pause }
        let playback = Playback(line)
        let after = Int((4000 + pause) / 20)
        #expect(
            playback.frames[after + 15..<after + 190].allSatisfy { $0.origin != .concealed && $0.origin != .silence })
        #expect(playback.delays[after + 150] <= 60)
        #expect(playback.buffer.statistics.samplesPlayed >= signal.count - 8 * 80)
    }

    @Test(
        "begins anew when numbers or timestamps jump for good",
        arguments: [(20_000, 0), (0, 5_000_000), (31_000, -4_000_000)])
    func restart(jump: (sequence: Int, timestamp: Int)) throws {
        let signal = Signal.noise(amplitude: 6000, count: 8000 * 4)
        var line = Line(signal)
        for index in line.packets.indices where index >= 100 {
            line.packets[index].sequence &+= UInt16(truncatingIfNeeded: jump.sequence)
            line.packets[index].timestamp &+= UInt32(truncatingIfNeeded: jump.timestamp)
        }
        let playback = Playback(line)
        #expect(playback.buffer.statistics.restarts == 1)
        #expect(playback.outcomes.count { $0 == .restarted } == 1)
        let played = playback.samples
        let rest = signal[8000 * 2 + 160..<signal.count]
        let start = try #require(Signal.position(of: rest, in: played))
        #expect(start / 8 - (2000 + 20) <= 60)
    }

    @Test("is not led astray by single packets with foreign numbers")
    func strays() throws {
        let signal = Signal.noise(amplitude: 6000, count: 8000 * 4)
        var line = Line(signal)
        for index in stride(from: 20, to: 180, by: 20) {
            var stray = line.packets[index]
            stray.sequence &+= UInt16(truncatingIfNeeded: 10_000 + index * 37)
            stray.timestamp &+= UInt32(truncatingIfNeeded: 900_000_000 &* index)
            stray.samples = Signal.noise(amplitude: 30_000, count: 160)
            line.packets.append(stray)
        }
        let playback = Playback(line)
        let start = try #require(Signal.position(of: signal[0..<160], in: playback.samples))
        #expect(playback.samples[start..<start + signal.count].elementsEqual(signal))
        #expect(playback.buffer.statistics.restarts == 0)
    }

    @Test("joins the next stream smoothly after a reset")
    func reset() {
        let signal = Signal.sine(150, amplitude: 12_000, count: 8000)
        var buffer = JitterBuffer(linear: JitterBufferConfiguration())
        var played: [Int16] = []
        for tick in 0..<100 {
            if tick == 52 { buffer.reset() }
            let packet = Array(signal[tick % 50 * 160..<tick % 50 * 160 + 160])
            let isOther = tick >= 52
            buffer.insert(
                linear: packet, sequence: isOther ? UInt16(tick + 40_000) : UInt16(tick),
                timestamp: UInt32(isOther ? 7_000_000 + tick * 160 : tick * 160),
                arrival: .milliseconds(Double(tick) * 20))
            played += buffer.pull(now: .milliseconds(Double(tick) * 20 + 15)).samples
        }
        #expect(Signal.largestStep(played) < 3 * Signal.largestStep(signal))
        #expect(buffer.statistics.samplesConcealed == 0)
        #expect(Signal.energy(played.suffix(1600)) > Signal.energy(signal) / 2)
    }
}
