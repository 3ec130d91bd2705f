import Foundation
import TelephonyPrimitives
import Testing

@testable import RTPMedia

@Suite("Filling a gap from both sides")
struct InterpolationTests {
    /// A voice that does not pause: harmonics of a pitch that glides.
    private func voiced(count: Int, sampleRate: Int = 8000) -> [Int16] {
        var phase = 0.0
        return (0..<count).map { index in
            let time = Double(index) / Double(sampleRate)
            phase += 2 * .pi * (130 + 20 * sin(2 * .pi * 0.9 * time)) / Double(sampleRate)
            let loudness = 1 + 0.4 * sin(2 * .pi * 2.3 * time)
            return Int16(3000 * loudness * (1...8).reduce(0.0) { $0 + sin(Double($1) * phase) / Double($1) })
        }
    }

    @Test("finds a voiced sound again", arguments: [8000, 16_000], [(10, 0.99), (20, 0.97), (40, 0.5)])
    func voice(sampleRate: Int, gap: (milliseconds: Int, likeness: Double)) {
        let frame = sampleRate / 50
        let length = sampleRate * gap.milliseconds / 1000
        let signal = voiced(count: sampleRate, sampleRate: sampleRate)
        var interpolation = GapInterpolation()
        var likeness: [Double] = []
        for start in stride(from: sampleRate / 4, to: sampleRate * 3 / 4, by: sampleRate / 20) {
            var filled: [Int16] = []
            let before = signal[start - 3 * frame..<start]
            let after = signal[start + length..<start + length + frame]
            #expect(
                interpolation.fill(
                    length, after: before.map(Float.init), before: after.map(Float.init), sampleRate: sampleRate,
                    into: &filled))
            #expect(filled.count == length)
            likeness.append(Signal.correlation(filled, signal[start..<start + length]))
            #expect(Signal.largestStep(before + filled + after) <= Signal.largestStep(signal) * 5 / 4)
        }
        #expect(likeness.reduce(0, +) / Double(likeness.count) > gap.likeness)
    }

    @Test("says so when it can't, and appends nothing")
    func tooLittle() {
        var interpolation = GapInterpolation()
        var filled: [Int16] = []
        let some = [Float](repeating: 1, count: 160)
        for (gap, before, after, rate) in [
            (0, 160, 160, 8000), (160, 100, 160, 8000), (160, 160, 79, 8000), (321, 160, 160, 8000),
            (160, 160, 160, 48_000),
        ] {
            let isFilled = interpolation.fill(
                gap, after: Array(some.prefix(before)), before: Array(some.prefix(after)), sampleRate: rate,
                into: &filled)
            #expect(!isFilled && filled.isEmpty)
        }
    }

    @Test("stays within bounds whatever is on the sides", arguments: UInt64(1)...UInt64(20))
    func nonsense(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var interpolation = GapInterpolation()
        let sides = (0..<2).map { _ in
            let scale = [0, 1, 32_767].randomElement(using: &random) ?? 0
            let isImpulse = Bool.random(using: &random)
            return (0..<160).map { index in
                isImpulse ? (index == 80 ? Float(scale) : 0) : Float(Int.random(in: -scale...scale, using: &random))
            }
        }
        var filled: [Int16] = []
        #expect(interpolation.fill(160, after: sides[0], before: sides[1], sampleRate: 8000, into: &filled))
        #expect(filled.count == 160)
        #expect(filled.allSatisfy { abs(Int($0)) <= 32_768 })
    }

    @Test("a voiced loss whose successor is there comes back far truer than one whose successor is not")
    func worth() throws {
        let signal = voiced(count: 8000 * 4)
        var likeness: [[Double]] = [[], []]
        for (index, delay) in [0, 30].enumerated() {
            for lost in stride(from: 30, to: 180, by: 10) {
                var line = Line(signal)
                line.packets.remove(at: lost)
                let configuration = JitterBufferConfiguration(minimumDelay: .milliseconds(delay))
                let played = Playback(line, configuration: configuration, until: Double(lost) * 20 + 200).samples
                let start = try #require(Signal.position(of: signal[0..<160], in: played))
                let stand = played[start + lost * 160..<start + lost * 160 + 160]
                likeness[index].append(Signal.correlation(stand, signal[lost * 160..<lost * 160 + 160]))
            }
        }
        let (oneSided, twoSided) = (likeness[0].reduce(0, +) / 15, likeness[1].reduce(0, +) / 15)
        #expect(twoSided > 0.9)
        #expect(twoSided > oneSided + 0.05)
    }
}
