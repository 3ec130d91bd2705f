import TelephonyPrimitives
import Testing

@testable import RTPMedia

@Suite("A jitter buffer that is fed nonsense")
struct AbuseTests {
    @Test("holds no more than its capacity under a flood")
    func flood() {
        var buffer = JitterBuffer(configuration: JitterBufferConfiguration(capacity: .seconds(1)))
        let payload = Signal.noise(amplitude: 4000, count: 160)
        for number in 0..<20_000 {
            buffer.insert(
                payload: payload, sequence: UInt16(truncatingIfNeeded: number), timestamp: UInt32(number * 160),
                arrival: .milliseconds(Double(number) / 200))
            #expect(buffer.store.sampleCount <= 8000)
            if number % 4000 == 0 { _ = buffer.pull(now: .milliseconds(Double(number) / 200)) }
        }
        #expect(buffer.statistics.overflows > 0)
    }

    @Test("holds a bounded number of packets however short they are")
    func tinyPackets() {
        var buffer = JitterBuffer(configuration: JitterBufferConfiguration())
        for number in 0..<5000 {
            buffer.insert(
                payload: [1], sequence: UInt16(truncatingIfNeeded: number), timestamp: UInt32(number),
                arrival: .milliseconds(1))
        }
        #expect(buffer.store.packets.count <= JitterBuffer.maximumPackets)
    }

    @Test("refuses packets without samples or with more than 200 ms of them")
    func unusable() {
        var buffer = JitterBuffer(configuration: JitterBufferConfiguration())
        #expect(buffer.insert(payload: [], sequence: 1, timestamp: 0, arrival: .zero) == .unusable)
        let long = [Int16](repeating: 1, count: 1601)
        #expect(buffer.insert(payload: long, sequence: 2, timestamp: 0, arrival: .zero) == .unusable)
        #expect(buffer.pull(now: .zero).origin == .silence)
    }

    @Test("yields 20 ms for each pull whatever comes, and whatever the clock does", arguments: UInt64(1)...UInt64(12))
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var buffer = JitterBuffer(
            configuration: JitterBufferConfiguration(sampleRate: [8000, 16_000, 48_000][Int(seed % 3)]))
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
            case 6: buffer.skip(sequence: UInt16.random(in: 0...UInt16.max, using: &random))
            default: break
            }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let count = Int.random(in: 1...2 * frame, using: &random)
                number &+= UInt16(Int.random(in: 0...2, using: &random))
                timestamp &+= UInt32(Int.random(in: 0...2 * frame, using: &random))
                buffer.insert(
                    payload: Signal.noise(amplitude: 32_767, count: count, seed: UInt64(number)), sequence: number,
                    timestamp: timestamp, marker: Bool.random(using: &random), arrival: .milliseconds(now))
            }
            #expect(buffer.pull(now: .milliseconds(now)).samples.count == frame)
            now += 20 + Double.random(in: -5...5, using: &random)
            #expect(buffer.statistics.targetDelay <= buffer.configuration.maximumDelay)
        }
        let extreme = [Instant(nanoseconds: .min), Instant(nanoseconds: .max), .zero]
        for instant in extreme {
            buffer.insert(payload: [1, 2, 3], sequence: number &+ 1, timestamp: timestamp, arrival: instant)
            #expect(buffer.pull(now: instant).samples.count == frame)
        }
    }
}
