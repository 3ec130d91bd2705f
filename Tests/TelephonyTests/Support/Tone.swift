import Foundation
import RTPMedia
import Telephony

/// A sine, and how to find it again in what was heard.
struct Tone: Sendable {
    /// In Hz; 400 has whole periods in a frame of 20 ms.
    var frequency = 400.0
    var amplitude = 8_000.0

    /// `count` samples from number `start` on, at 8 kHz.
    func samples(from start: Int = 0, count: Int = 160) -> [Int16] {
        (start..<start + count).map { index in
            Int16(amplitude * sin(2 * .pi * frequency * Double(index) / 8_000))
        }
    }

    func frame(_ number: Int) -> PCMFrame {
        PCMFrame(samples: samples(from: number * 160), sampleRate: 8_000)
    }

    /// The amplitude of this frequency in `samples` (Goertzel's sum).
    func amplitude(in samples: [Int16]) -> Double {
        guard !samples.isEmpty else { return 0 }
        var (real, imaginary) = (0.0, 0.0)
        for (index, sample) in samples.enumerated() {
            let angle = 2 * .pi * frequency * Double(index) / 8_000
            real += Double(sample) * cos(angle)
            imaginary += Double(sample) * sin(angle)
        }
        return 2 * (real * real + imaginary * imaginary).squareRoot() / Double(samples.count)
    }

    /// Whether `samples` are this tone, at its loudness within a tenth, and hardly anything else.
    func fills(_ samples: [Int16]) -> Bool {
        let found = amplitude(in: samples)
        let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, samples.count))
        return abs(found - amplitude) < amplitude / 10 && power < found * found / 2 * 1.1
    }
}

extension Call {
    /// Plays `tone` until the call is over or the task is cancelled.
    func play(_ tone: Tone) async throws {
        var number = 0
        while !Task.isCancelled {
            try await play(tone.frame(number))
            number += 1
        }
    }

    /// Waits until `count` frames of `tone` in a row were heard.
    func hears(_ tone: Tone, frames count: Int = 5) async throws {
        var run = 0
        for await frame in audio {
            run = tone.fills(frame.samples) ? run + 1 : 0
            if run == count { return }
        }
        throw Unexpected("the call ended before the tone was heard")
    }

    /// Plays `tone` and waits until it comes back.
    func hearsEcho(of tone: Tone, frames count: Int = 5) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.play(tone) }
            try await self.hears(tone, frames: count)
            group.cancelAll()
        }
    }
}
