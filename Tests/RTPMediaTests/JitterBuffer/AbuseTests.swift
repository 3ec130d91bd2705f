import TelephonyPrimitives
import Testing

@testable import RTPMedia

@Suite("A jitter buffer that is fed nonsense")
struct AbuseTests {
    @Test("holds no more than its capacity under a flood")
    func flood() {
        var buffer = JitterBuffer(linear: JitterBufferConfiguration(capacity: .seconds(1)))
        let payload = Signal.noise(amplitude: 4000, count: 160)
        for number in 0..<20_000 {
            buffer.insert(
                linear: payload, sequence: UInt16(truncatingIfNeeded: number), timestamp: UInt32(number * 160),
                arrival: .milliseconds(Double(number) / 200))
            #expect(buffer.store.sampleCount <= 8000)
            if number % 4000 == 0 { _ = buffer.pull(now: .milliseconds(Double(number) / 200)) }
        }
        #expect(buffer.statistics.overflows > 0)
    }

    @Test("holds a bounded number of packets however short they are")
    func tinyPackets() {
        var buffer = JitterBuffer(linear: JitterBufferConfiguration())
        for number in 0..<5000 {
            buffer.insert(
                linear: [1], sequence: UInt16(truncatingIfNeeded: number), timestamp: UInt32(number),
                arrival: .milliseconds(1))
        }
        #expect(buffer.store.packets.count <= JitterBuffer.maximumPackets)
    }

    @Test("refuses packets without samples or with more than 200 ms of them")
    func unusable() {
        var buffer = JitterBuffer(linear: JitterBufferConfiguration())
        #expect(buffer.insert(linear: [], sequence: 1, timestamp: 0, arrival: .zero) == .unusable)
        let long = [Int16](repeating: 1, count: 1601)
        #expect(buffer.insert(linear: long, sequence: 2, timestamp: 0, arrival: .zero) == .unusable)
        #expect(buffer.pull(now: .zero).origin == .silence)
    }

    @Test("yields 10 ms for each pull when asked to, and nothing else changes on a clean line")
    func tenMilliseconds() throws {
        let signal = Signal.noise(amplitude: 9000, count: 8000 * 4)
        let playback = Playback(
            Line(signal), configuration: JitterBufferConfiguration(frameDuration: .milliseconds(10)))
        #expect(playback.frames.allSatisfy { $0.samples.count == 80 })
        let start = try #require(Signal.position(of: signal[0..<160], in: playback.samples))
        #expect(playback.samples[start..<start + signal.count].elementsEqual(signal))
        #expect(playback.buffer.statistics.meanDelay <= .milliseconds(20))
    }

    @Test("yields 20 ms for each pull whatever comes, and whatever the clock does", arguments: UInt64(1)...UInt64(12))
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var buffer = JitterBuffer(
            linear: JitterBufferConfiguration(
                sampleRate: [8000, 16_000, 48_000][Int(seed % 3)],
                frameDuration: .milliseconds(seed % 2 == 0 ? 10 : 20)))
        let frame = buffer.configuration.frameLength
        var now = 0.0
        var number: UInt16 = 0
        var timestamp: UInt32 = 0
        for _ in 0..<1500 {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<2: number = UInt16.random(in: 0...UInt16.max, using: &random)
            case 2..<4: timestamp = UInt32.random(in: 0...UInt32.max, using: &random)
            case 4: buffer.reset()
            case 5: now += Double.random(in: -3000...9000, using: &random)
            case 7:
                let noise = ComfortNoise(level: UInt8.random(in: 0...127, using: &random), reflections: [0.9, -0.9])
                buffer.insertComfortNoise(noise, sequence: number)
            case 6: buffer.skip(sequence: UInt16.random(in: 0...UInt16.max, using: &random))
            default: break
            }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let count = Int.random(in: 1...2 * frame, using: &random)
                number &+= UInt16(Int.random(in: 0...2, using: &random))
                timestamp &+= UInt32(Int.random(in: 0...2 * frame, using: &random))
                buffer.insert(
                    linear: Signal.noise(amplitude: 32_767, count: count, seed: UInt64(number)), sequence: number,
                    timestamp: timestamp, marker: Bool.random(using: &random), arrival: .milliseconds(now))
            }
            #expect(buffer.pull(now: .milliseconds(now)).samples.count == frame)
            now += 20 + Double.random(in: -5...5, using: &random)
            #expect(buffer.statistics.targetDelay <= buffer.configuration.maximumDelay)
        }
        let extreme = [Instant(nanoseconds: .min), Instant(nanoseconds: .max), .zero]
        for instant in extreme {
            buffer.insert(linear: [1, 2, 3], sequence: number &+ 1, timestamp: timestamp, arrival: instant)
            #expect(buffer.pull(now: instant).samples.count == frame)
        }
    }
}
