import Foundation
import RTPMedia

/// A steady tone, so that who hears it can say whose it is and how loud.
struct Tone: Sendable {
    var frequency: Double
    var amplitude = 8000.0

    static let low = Tone(frequency: 400)
    static let high = Tone(frequency: 1000)

    /// The 20 ms number `tick` of the tone.
    func frame(_ tick: Int) -> PCMFrame {
        let samples = (0..<160).map { index in
            Int16(amplitude * sin(2 * .pi * frequency * Double(tick * 160 + index) / 8000))
        }
        return PCMFrame(samples: samples, sampleRate: 8000)
    }

    /// The loudness of the tone as sent.
    var level: Double { amplitude / 2.0.squareRoot() }
}

extension Sequence<PCMFrame> {
    /// The root of the mean square of all samples.
    var level: Double {
        var sum = 0.0
        var count = 0
        for frame in self {
            for sample in frame.samples { sum += Double(sample) * Double(sample) }
            count += frame.samples.count
        }
        return (sum / Double(Swift.max(1, count))).squareRoot()
    }

    /// How much of the energy is at `frequency` (Goertzel per frame), 0 to 1.
    func share(of tone: Tone) -> Double {
        var matching = 0.0
        var total = 0.0
        for frame in self where !frame.samples.isEmpty {
            var real = 0.0
            var imaginary = 0.0
            for (index, sample) in frame.samples.enumerated() {
                let phase = 2 * Double.pi * tone.frequency * Double(index) / 8000
                real += Double(sample) * cos(phase)
                imaginary += Double(sample) * sin(phase)
                total += Double(sample) * Double(sample)
            }
            matching += 2 * (real * real + imaginary * imaginary) / Double(frame.samples.count)
        }
        return total > 0 ? matching / total : 0
    }
}

extension PCMFrame {
    var level: Double { [self].level }
}

/// G.711 as the recommendation has it, written anew: two ends that share one mistake still understand each other.
enum WrittenG711 {
    /// The sound of a packet of payload type 0 (µ-law) or 8 (A-law).
    static func frame(_ octets: some Sequence<UInt8>, payloadType: UInt8) -> PCMFrame {
        PCMFrame(samples: octets.map { payloadType == 8 ? aLaw($0) : muLaw($0) }, sampleRate: 8000)
    }

    private static func aLaw(_ octet: UInt8) -> Int16 {
        let code = Int(octet ^ 0x55)
        let step = (code & 15) << 4
        let segment = code >> 4 & 7
        let size = segment == 0 ? step + 8 : (step + 0x108) << (segment - 1)
        return Int16(code & 0x80 == 0 ? -size : size)
    }

    private static func muLaw(_ octet: UInt8) -> Int16 {
        let code = Int(~octet)
        let size = ((((code & 15) << 3) + 0x84) << (code >> 4 & 7)) - 0x84
        return Int16(code & 0x80 == 0 ? size : -size)
    }
}
