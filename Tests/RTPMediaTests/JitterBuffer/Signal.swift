import Foundation
import TelephonyPrimitives

/// Signals to send, and what ears would notice of them.
enum Signal {
    static func sine(_ frequency: Double, amplitude: Double = 8000, count: Int, sampleRate: Int = 8000) -> [Int16] {
        (0..<count).map { Int16(amplitude * sin(2 * .pi * frequency * Double($0) / Double(sampleRate))) }
    }

    /// Something like a voice: harmonics of a pitch that glides between 90 and 180 Hz, in syllables with short pauses.
    static func voice(count: Int, sampleRate: Int = 8000, seed: UInt64 = 1) -> [Int16] {
        var random = SeededGenerator(seed: seed)
        var phase = 0.0
        return (0..<count).map { index in
            let time = Double(index) / Double(sampleRate)
            let pitch = 130 + 35 * sin(2 * .pi * 0.37 * time) + 10 * sin(2 * .pi * 1.3 * time)
            phase += 2 * .pi * pitch / Double(sampleRate)
            let syllable = max(0, sin(2 * .pi * 1.7 * time) + 0.6)
            var value = 0.0
            for harmonic in 1...8 { value += sin(Double(harmonic) * phase) / Double(harmonic) }
            return Int16(3000 * syllable * value + Double(Int.random(in: -20...20, using: &random)))
        }
    }

    static func noise(amplitude: Int, count: Int, seed: UInt64 = 7) -> [Int16] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Int16(Int.random(in: -amplitude...amplitude, using: &random)) }
    }

    /// The largest step from one sample to the next: a click is one far above those of the signal.
    static func largestStep(_ samples: some Collection<Int16>) -> Int {
        zip(samples, samples.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    static func energy(_ samples: some Collection<Int16>) -> Double {
        samples.isEmpty ? 0 : samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)
    }

    static func correlation(_ one: some Collection<Int16>, _ other: some Collection<Int16>) -> Double {
        let pairs = zip(one, other)
        let product = pairs.reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        let norm =
            pairs.reduce(0.0) { $0 + Double($1.0) * Double($1.0) }
            * pairs.reduce(0.0) { $0 + Double($1.1) * Double($1.1) }
        return norm > 0 ? product / norm.squareRoot() : 0
    }

    /// Cycles per second, by upward zero crossings.
    static func frequency(_ samples: [Int16], sampleRate: Int) -> Double {
        let crossings = zip(samples, samples.dropFirst()).enumerated().filter { $1.0 < 0 && $1.1 >= 0 }.map(\.offset)
        guard let first = crossings.first, let last = crossings.last, last > first else { return 0 }
        return Double(crossings.count - 1) * Double(sampleRate) / Double(last - first)
    }

    /// Where `part` begins in `whole`, if it is in it as it is.
    static func position(of part: ArraySlice<Int16>, in whole: [Int16]) -> Int? {
        guard let head = part.first, part.count <= whole.count else { return nil }
        return (0...whole.count - part.count).first { start in
            whole[start] == head && whole[start..<start + part.count].elementsEqual(part)
        }
    }
}
