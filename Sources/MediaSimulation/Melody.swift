internal import Foundation
internal import RTPMedia
internal import TelephonyPrimitives

/// What a party says: one note after another, drawn from a seed, so that what is heard can be told from what was not
/// said, and from what was said at another time.
struct Melody: Sendable {
    /// In Hz; none is near a frequency of DTMF, and all pass every codec.
    static let notes = [320.0, 430, 560, 1060, 1850, 2150, 2500, 2850]
    /// Frames of 20 ms that a note lasts.
    static let framesPerNote = 10
    /// The part of the power that is the note's, where a window is taken for that note.
    static let clarity = 0.6

    let seed: UInt64

    /// The note of a frame; never that of the note before.
    func note(ofFrame frame: Int) -> Int {
        let place = frame / Self.framesPerNote
        // Steps of 1 to 7 from note to note.
        var random = SeededGenerator(seed: seed &+ UInt64(truncatingIfNeeded: place / 16))
        var note = Int(random.next() % 8)
        for _ in 0..<(place % 16) { note = (note + 1 + Int(random.next() % 7)) % 8 }
        return note
    }

    /// 20 ms of the melody.
    func frame(_ number: Int, sampleRate: Int) -> PCMFrame {
        let step = 2 * Double.pi * Self.notes[note(ofFrame: number)] / Double(sampleRate)
        let start = step * Double(number) * Double(sampleRate / 50)
        var before = sin(start - 2 * step)
        var last = sin(start - step)
        let factor = 2 * cos(step)
        let samples = (0..<(sampleRate / 50)).map { _ in
            (before, last) = (last, factor * last - before)
            return Int16(max(-1, min(1, last)) * 8000)
        }
        return PCMFrame(samples: samples, sampleRate: sampleRate)
    }

    /// Which note a stretch of sound is; `nil` when it is silence, noise or more than one.
    static func note(of samples: [Int16], sampleRate: Int) -> Int? {
        let energy = samples.reduce(0.0) { $0 + Double($1) * Double($1) }
        guard energy > Double(samples.count) * 10_000 else { return nil }
        return notes.indices.first { power(of: notes[$0], in: samples, sampleRate) > clarity * energy }
    }

    /// The energy at a frequency (Goertzel).
    private static func power(of frequency: Double, in samples: [Int16], _ sampleRate: Int) -> Double {
        let factor = 2 * cos(2 * Double.pi * frequency / Double(sampleRate))
        var before = 0.0
        var last = 0.0
        for sample in samples { (before, last) = (last, Double(sample) + factor * last - before) }
        return 2 * (last * last + before * before - factor * last * before) / Double(max(1, samples.count))
    }
}
