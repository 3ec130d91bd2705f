import Foundation
import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Comfort noise")
struct ComfortNoiseTests {
    private func rootMeanSquare(_ samples: some Collection<Int16>) -> Double {
        (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
    }

    /// What neighbours have in common: near 1 when the noise is dull, below 0 when it is sharp.
    private func correlation(_ samples: [Int16], lag: Int = 1) -> Double {
        let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) }
        return zip(samples, samples.dropFirst(lag)).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } / power
    }

    @Test("Payloads are read and written, whatever is in them")
    func payloads() {
        func parsed(_ octets: [UInt8]) -> ComfortNoise? { ComfortNoise(parsing: octets.span) }
        #expect(parsed([]) == nil)
        #expect(parsed([45]) == ComfortNoise(level: 45))
        #expect(parsed([0xFF, 0, 127, 254, 255]) == ComfortNoise(level: 127, coefficients: [0, 127, 254, 254]))
        #expect(parsed([UInt8](repeating: 255, count: 1400))?.coefficients.count == ComfortNoise.maximumOrder)
        #expect(ComfortNoise(level: 200, coefficients: [1, 2]).serialized == [127, 1, 2])
        #expect(ComfortNoise.staticPayloadType == 13)
    }

    @Test("The noise is as loud as its level says", arguments: [20, 40, 50, 60, 78] as [UInt8])
    func levels(level: UInt8) {
        for coefficients in [[], [90, 140, 120], [20], [230, 100]] as [[UInt8]] {
            var generator = ComfortNoiseGenerator(seed: 3)
            generator.update(ComfortNoise(level: level, coefficients: coefficients))
            var samples: [Int16] = []
            generator.render(16_000, into: &samples)
            #expect(samples.count == 16_000)
            let measured = 20 * log10(rootMeanSquare(samples.dropFirst(4000)) / 32_124)
            #expect(abs(measured + Double(level)) < 1, "\(measured) dB")
        }
    }

    @Test("Analysis tells level and shape of a noise, and the generator makes its like", arguments: [0.9, 0.5, -0.6])
    func likeness(shape: Double) {
        var random = SeededGenerator(seed: 5)
        var last = 0.0
        let noise = (0..<32_000).map { _ -> Int16 in
            last = shape * last + Double.random(in: -300...300, using: &random)
            return Int16(last.rounded())
        }
        var analysis = ComfortNoiseAnalysis()
        for start in stride(from: 0, to: noise.count, by: 160) {
            analysis.add(noise.span.extracting(start..<start + 160))
        }
        #expect(analysis.noise.coefficients.count == 8)
        var generator = ComfortNoiseGenerator(seed: 1)
        generator.update(analysis.noise)
        var made: [Int16] = []
        generator.render(32_000, into: &made)
        let level = 20 * log10(rootMeanSquare(made.dropFirst(4000)) / rootMeanSquare(noise))
        #expect(abs(level) < 1.5, "\(level) dB")
        for lag in 1...3 { #expect(abs(correlation(made, lag: lag) - correlation(noise, lag: lag)) < 0.08) }
    }

    @Test("Whatever coefficients come, the filter stays within bounds")
    func stability() {
        var random = SeededGenerator(seed: 5)
        var generator = ComfortNoiseGenerator(seed: 1)
        var samples: [Int16] = []
        for _ in 0..<200 {
            let coefficients = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
            generator.update(ComfortNoise(level: .random(in: 0...127, using: &random), coefficients: coefficients))
            generator.render(160, into: &samples)
        }
        generator.update(ComfortNoise(level: 0, coefficients: [UInt8](repeating: 0, count: 16)))
        generator.render(8000, into: &samples)
        #expect(samples.count == 40_000)
        generator.update(ComfortNoise(level: 60))
        samples.removeAll()
        generator.render(8000, into: &samples)
        #expect(rootMeanSquare(samples.suffix(4000)) < 100)
        generator.render(-3, into: &samples)
        #expect(samples.count == 8000)
    }

    @Test("Silence and short frames do no harm")
    func silence() {
        var analysis = ComfortNoiseAnalysis(order: 99)
        #expect(analysis.noise == ComfortNoise(level: 127))
        analysis.add([Int16]().span)
        analysis.add([Int16](repeating: 0, count: 160).span)
        #expect(analysis.noise == ComfortNoise(level: 127))
        var flat = ComfortNoiseAnalysis(order: -1)
        flat.add([Int16](repeating: 3000, count: 160).span)
        #expect(flat.noise.coefficients.isEmpty && flat.noise.level == 21)
    }
}
