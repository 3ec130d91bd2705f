import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("A jitter buffer on a line without jitter")
struct CleanLineTests {
    @Test(
        "passes the audio on bit for bit, at most 20 ms late when packets are as long as frames, else 40",
        arguments: [10, 20, 30, 40, 60], [0.0, 1, 7, 13, 19.5])
    func passthrough(packetTime: Int, phase: Double) throws {
        let signal = Signal.noise(amplitude: 9000, count: 8000 * 6)
        let playback = Playback(Line(signal, packetTime: packetTime), phase: phase)
        let played = playback.samples
        let start = try #require(Signal.position(of: signal[0..<160], in: played))
        #expect(played[start..<start + signal.count].elementsEqual(signal))
        // The first packet is complete, and arrives, when its last sample has been spoken.
        let delay = phase + Double(start) / 8 - Double(packetTime)
        #expect(delay >= 0 && delay <= (packetTime == 20 ? 20.5 : 40))
        #expect(playback.buffer.statistics.samplesConcealed == 0)
        #expect(playback.buffer.statistics.meanDelay <= .milliseconds(40))
        #expect(playback.frames.allSatisfy { $0.origin != .stretched })
    }

    @Test("yields exactly 20 ms for each pull at every rate", arguments: [8000, 16_000, 48_000])
    func frameLength(sampleRate: Int) throws {
        let signal = Signal.voice(count: sampleRate * 3, sampleRate: sampleRate)
        let playback = Playback(Line(signal, sampleRate: sampleRate))
        #expect(playback.frames.allSatisfy { $0.samples.count == sampleRate / 50 && $0.sampleRate == sampleRate })
        let start = try #require(Signal.position(of: signal[0..<960], in: playback.samples))
        #expect(playback.samples[start..<start + signal.count].elementsEqual(signal))
    }

    @Test("counts RTP time at the codec's clock rate where it differs from the sample rate, as with G.722")
    func clockRate() throws {
        let signal = Signal.voice(count: 16_000 * 2, sampleRate: 16_000)
        var line = Line(signal, sampleRate: 16_000)
        for index in line.packets.indices { line.packets[index].timestamp = UInt32(index) * 160 }
        let playback = Playback(line, clockRate: 8000)
        let start = try #require(Signal.position(of: signal[0..<960], in: playback.samples))
        #expect(playback.samples[start..<start + signal.count].elementsEqual(signal))
    }

    @Test("is untouched by the wrap of sequence numbers and timestamps")
    func wrap() throws {
        let signal = Signal.noise(amplitude: 9000, count: 8000 * 4)
        let playback = Playback(Line(signal, firstSequence: 65_500, firstTimestamp: UInt32.max - 9000))
        let start = try #require(Signal.position(of: signal[0..<160], in: playback.samples))
        #expect(playback.samples[start..<start + signal.count].elementsEqual(signal))
        #expect(playback.buffer.statistics.restarts == 0)
    }

    @Test("plays each packet once when the network repeats them")
    func duplicates() throws {
        let signal = Signal.noise(amplitude: 9000, count: 8000 * 4)
        var line = Line(signal)
        line.packets += line.packets.map { packet in
            var copy = packet
            copy.arrival += Double(packet.sequence % 5) * 7
            return copy
        }
        let playback = Playback(line)
        let start = try #require(Signal.position(of: signal[0..<160], in: playback.samples))
        #expect(playback.samples[start..<start + signal.count].elementsEqual(signal))
        #expect(playback.buffer.statistics.packetsDuplicate == 200)
    }

    @Test("puts swapped packets in order when they come before their time")
    func reordering() throws {
        let signal = Signal.noise(amplitude: 9000, count: 8000 * 4)
        var line = Line(signal)
        for index in stride(from: 10, to: line.packets.count - 1, by: 10) { line.packets[index].arrival += 25 }
        let configuration = JitterBufferConfiguration(minimumDelay: .milliseconds(60))
        let playback = Playback(line, configuration: configuration)
        let start = try #require(Signal.position(of: signal[0..<160], in: playback.samples))
        #expect(playback.samples[start..<start + signal.count].elementsEqual(signal))
        #expect(playback.buffer.statistics.packetsLate == 0)
    }

    @Test("is untouched by a pull timer that is 4 ms early or late")
    func timerJitter() throws {
        let signal = Signal.noise(amplitude: 9000, count: 8000 * 6)
        var random = SeededGenerator(seed: 3)
        let line = Line(signal)
        var buffer = JitterBuffer(linear: JitterBufferConfiguration())
        var played: [Int16] = []
        var next = 0
        for tick in 0..<320 {
            let now = Double(tick) * 20 + 10 + Double.random(in: -4...4, using: &random)
            while next < line.packets.count, line.packets[next].arrival <= now {
                let packet = line.packets[next]
                buffer.insert(
                    linear: packet.samples, sequence: packet.sequence, timestamp: packet.timestamp,
                    arrival: .milliseconds(packet.arrival))
                next += 1
            }
            played += buffer.pull(now: .milliseconds(now)).samples
        }
        let start = try #require(Signal.position(of: signal[0..<160], in: played))
        #expect(played[start..<start + signal.count].elementsEqual(signal))
    }

    @Test("yields silence before the first packet and after the last has faded")
    func ends() {
        let playback = Playback(Line(Signal.sine(400, count: 1600)), until: 1000)
        #expect(playback.frames.first?.origin == .silence)
        #expect(playback.frames.suffix(30).allSatisfy { $0.origin == .silence && $0.samples.allSatisfy { $0 == 0 } })
        #expect(playback.buffer.statistics.samplesConcealed == 0)
    }
}
