import Foundation
import RTPMedia
import TelephonyPrimitives

/// A sound somewhat like a voice: a pitch that glides, harmonics under moving formants, pauses, some breath.
enum Voice {
    static func samples(_ count: Int, sampleRate: Int, seed: UInt64 = 1, peak: Double = 8000) -> [Int16] {
        var random = SeededGenerator(seed: seed)
        var phase = 0.0
        var noise = 0.0
        return (0..<count).map { index in
            let time = Double(index) / Double(sampleRate)
            let pitch = 120 + 30 * sin(2 * .pi * 0.7 * time)
            phase += pitch / Double(sampleRate)
            var value = 0.0
            let formant = 600 + 300 * sin(2 * .pi * 1.3 * time)
            for harmonic in 1...9 where Double(harmonic) * pitch < Double(sampleRate) * 0.45 {
                let distance = (Double(harmonic) * pitch - formant) / 400
                value += exp(-distance * distance) * sin(2 * .pi * phase * Double(harmonic))
            }
            noise = 0.5 * noise + Double.random(in: -1...1, using: &random)
            let syllable = max(0, sin(2 * .pi * 2.5 * time))
            return Int16(max(-32_000, min(32_000, peak * syllable * (value / 3 + 0.03 * noise))))
        }
    }

    /// The level of what `heard` differs by from `said`, in dB below it; the larger the better.
    static func signalToNoise(_ said: ArraySlice<Int16>, _ heard: ArraySlice<Int16>) -> Double {
        var signal = 0.0
        var noise = 1e-9
        for (one, other) in zip(said, heard) {
            signal += Double(one) * Double(one)
            noise += (Double(one) - Double(other)) * (Double(one) - Double(other))
        }
        return 10 * log10(signal / noise)
    }
}

extension AudioEncoder {
    /// The payloads of sound, one for each `length` samples.
    mutating func payloads(of samples: [Int16], length: Int) -> [[UInt8]] {
        stride(from: 0, to: samples.count - length + 1, by: length).map { start in
            var payload: [UInt8] = []
            encode(samples.span.extracting(start..<start + length), into: &payload)
            return payload
        }
    }
}

extension AudioDecoder {
    /// The sound of payloads.
    mutating func sound(of payloads: [[UInt8]]) -> [Int16] {
        var samples: [Int16] = []
        for payload in payloads { decode(payload.span, into: &samples) }
        return samples
    }

    func count(_ payload: [UInt8]) -> Int { sampleCount(of: payload.span) }
}
