import RTPMedia
import TelephonyPrimitives
import Testing

@testable import Telnyx

@Suite("Sound of media streams")
struct StreamSoundTests {
    /// A tone of 400 Hz.
    private func tone(_ rate: Int, seconds: Int = 1) -> [Int16] {
        // A triangle: no library of mathematics is needed.
        let period = rate / 400
        return (0..<(rate * seconds)).map { place in
            let phase = place % period
            let half = period / 2
            return Int16((phase < half ? phase : period - phase) * 16_000 / half - 8_000)
        }
    }

    @Test(
        "Each codec at each rate makes the sound again that it was given",
        arguments: [
            StreamFormat(.pcmu, sampleRate: 8_000), StreamFormat(.pcma, sampleRate: 8_000),
            StreamFormat(.g722, sampleRate: 8_000), StreamFormat(.opus, sampleRate: 8_000),
            StreamFormat(.opus, sampleRate: 16_000), StreamFormat(.l16, sampleRate: 8_000),
            StreamFormat(.l16, sampleRate: 16_000), StreamFormat(.l16, sampleRate: 22_050),
            StreamFormat(.l16, sampleRate: 24_000), StreamFormat(.l16, sampleRate: 48_000),
        ])
    func roundTrip(_ format: StreamFormat) throws {
        var ours = try #require(StreamSound(format))
        var theirs = try #require(StreamSound(format))
        let sound = tone(ours.sampleRate)
        var heard: [Int16] = []
        var start = 0
        // Cut anywhere.
        for length in [1, 159, 161, 7, 4_000, sound.count] {
            let end = min(sound.count, start + length)
            for payload in ours.payloads(of: Array(sound[start..<end])) { heard += theirs.samples(of: payload) }
            start = end
        }
        for payload in ours.flush() { heard += theirs.samples(of: payload) }
        #expect(heard.count >= sound.count && heard.count < sound.count + ours.sampleRate / 40)
        // The energy is there, wherever the codec's delay puts it.
        func energy(_ samples: [Int16]) -> Int { samples.reduce(0) { $0 + Int($1) * Int($1) } / max(1, samples.count) }
        #expect(energy(heard) > energy(sound) / 2 && energy(heard) < energy(sound) * 2)
    }

    @Test("What there is no codec for is refused")
    func unknown() {
        #expect(StreamSound(StreamFormat(.amrWB, sampleRate: 16_000)) == nil)
        #expect(StreamSound(StreamFormat(.pcmu, sampleRate: 8_000, channels: 2)) == nil)
        #expect(StreamSound(StreamFormat(.opus, sampleRate: 11_025)) == nil)
        #expect(StreamSound(StreamFormat(.l16, sampleRate: 0)) == nil)
        #expect(StreamSound(StreamFormat("VORBIS", sampleRate: 8_000)) == nil)
    }

    @Test("The order of L16's octets is found out within a second of speech", arguments: SampleOrder.allCases)
    func order(_ order: SampleOrder) throws {
        var sound = try #require(StreamSound(StreamFormat(.l16, sampleRate: 16_000)))
        #expect(sound.order == .bigEndian && !sound.isOrderKnown)
        // Silence tells nothing.
        for _ in 0..<100 { _ = sound.samples(of: Array(repeating: 0, count: 640)) }
        #expect(!sound.isOrderKnown)
        let octets = order.octets(of: tone(16_000, seconds: 2))
        var heard: [Int16] = []
        for start in stride(from: 0, to: octets.count, by: 640) {
            heard = sound.samples(of: Array(octets[start..<min(octets.count, start + 640)]))
        }
        #expect(sound.isOrderKnown && sound.order == order)
        #expect(heard == Array(tone(16_000, seconds: 2).suffix(320)))
        // What is sent has the same order.
        #expect(sound.payloads(of: [0x0102]) == [order == .bigEndian ? [1, 2] : [2, 1]])
        let fixed = try #require(StreamSound(StreamFormat(.l16, sampleRate: 16_000), order: order.other))
        #expect(fixed.order == order.other && fixed.isOrderKnown)
    }

    @Test("Noise of any payload never traps", arguments: 1...20 as ClosedRange<UInt64>)
    func noise(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for encoding in [StreamEncoding.pcmu, .pcma, .g722, .opus, .l16] {
            guard var sound = StreamSound(StreamFormat(encoding, sampleRate: 8_000)) else { continue }
            for _ in 0..<50 {
                let count = Int.random(in: 0...700, using: &generator)
                _ = sound.samples(of: (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
            }
        }
    }
}
