import Foundation
import RTPMedia

/// A pure tone in a recording: made, and found again.
enum Tone {
    /// The share of a stretch's energy that is one tone's when it is there.
    static let present = 0.5
    private static let rate = 8_000
    /// Samples that are looked at together: 100 ms.
    private static let window = 800

    /// Writes a tone as a mono WAV file of 8 kHz.
    ///
    /// - Parameter silence: seconds before it.
    static func write(_ hertz: Double, seconds: Double, after silence: Double, to path: String) throws {
        let quiet = Int(silence * Double(rate))
        let samples = (0..<Int(seconds * Double(rate))).map { index in
            index < quiet ? 0 : Int16(9_000 * sin(2 * .pi * hertz * Double(index) / Double(rate)))
        }
        try write(samples, to: path)
    }

    static func write(_ samples: [Int16], to path: String) throws {
        try Data(WAVFile(samples: samples, sampleRate: rate).octets).write(to: URL(filePath: path))
    }

    /// When the tone is first heard for 300 ms, in seconds.
    static func first(_ hertz: Double, in samples: [Int16]) -> Double? {
        let shares = shares(hertz, in: samples)
        guard shares.count >= 3 else { return nil }
        let start = (0...(shares.count - 3)).first { start in
            shares[start..<start + 3].allSatisfy { $0 >= present }
        }
        return start.map { Double($0 * window) / Double(rate) }
    }

    /// The largest share of the tone in 300 ms.
    static func strongest(_ hertz: Double, in samples: [Int16]) -> Double {
        let shares = shares(hertz, in: samples)
        guard shares.count >= 3 else { return 0 }
        return (0...(shares.count - 3)).map { shares[$0..<$0 + 3].min() ?? 0 }.max() ?? 0
    }

    /// Of each 100 ms, the share of the tone in its energy; nothing where it is silent (Goertzel).
    private static func shares(_ hertz: Double, in samples: [Int16]) -> [Double] {
        let turn = 2 * cos(2 * .pi * hertz / Double(rate))
        return stride(from: 0, to: samples.count - window + 1, by: window).map { start in
            var (last, before, energy) = (0.0, 0.0, 0.0)
            for sample in samples[start..<start + window] {
                let value = Double(sample)
                energy += value * value
                (last, before) = (value + turn * last - before, last)
            }
            guard energy > Double(window) * 10_000 else { return 0 }
            let power = last * last + before * before - turn * last * before
            return power / (energy * Double(window) / 2)
        }
    }
}

/// A stereo recording of a call.
struct Recording {
    /// The caller, and what was sent to them, at 8 kHz.
    let left: [Int16]
    let right: [Int16]

    init(_ path: String) throws {
        let file = try WAVFile(parsing: [UInt8](Data(contentsOf: URL(filePath: path))))
        left = file.channels.first ?? []
        right = file.channels.last ?? []
    }
}
