import TelephonyPrimitives
import Testing

@testable import RTPMedia

@Suite("Noise in the pauses")
struct PauseNoiseTests {
    @Test("plays noise as loud as the sender says in a pause of the sender", arguments: [UInt8(40), 55, 70])
    func told(level: UInt8) {
        var buffer = JitterBuffer(linear: JitterBufferConfiguration())
        let spurt = Signal.sine(300, count: 8000)
        var played: [Int16] = []
        var frames: [PCMFrame] = []
        for tick in 0..<150 {
            let now = Instant.milliseconds(Double(tick) * 20)
            if tick < 50 {
                let part = Array(spurt[tick * 160..<tick * 160 + 160])
                buffer.insert(linear: part, sequence: UInt16(tick), timestamp: UInt32(tick * 160), arrival: now)
            } else if tick == 50 {
                buffer.insertComfortNoise(ComfortNoise(level: level, reflections: [-0.5]), sequence: 50)
            }
            frames.append(buffer.pull(now: now))
            if tick >= 70 { played += frames.last?.samples ?? [] }
        }
        let wanted = Double(ComfortNoise(level: level).rms)
        #expect(abs(Signal.energy(played).squareRoot() / wanted - 1) < 0.2)
        #expect(frames[70...].allSatisfy { $0.origin == .silence })
        #expect(buffer.statistics.samplesConcealed == 0)
    }

    @Test("fades into the background that was heard, not into digital silence, when nothing comes any more")
    func heard() {
        let background = Signal.noise(amplitude: 100, count: 8000)
        let playback = Playback(Line(background), until: 3000)
        let tail = playback.samples.suffix(8000)
        #expect(abs(Signal.energy(tail).squareRoot() / Signal.energy(background).squareRoot() - 1) < 0.3)
        #expect(!tail.contains { abs(Int($0)) > 400 })
    }

    @Test("does not take a voice that never pauses for the background")
    func voice() {
        let playback = Playback(Line(Signal.sine(300, count: 16_000)), until: 3000)
        #expect(playback.samples.suffix(4000).allSatisfy { $0 == 0 })
    }

    @Test("noise of every description stays bounded", arguments: UInt64(1)...UInt64(20))
    func bounded(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var noise = BackgroundNoise()
        noise.set(
            ComfortNoise(
                level: UInt8.random(in: 0...127, using: &random),
                reflections: (0..<24).map { _ in Float.random(in: -0.99...0.99, using: &random) }))
        var samples: [Int16] = []
        noise.make(4000, into: &samples)
        #expect(samples.count == 4000)
    }
}
