import Foundation
import RTPMedia

/// Recordings of a human speaker, from Debian's asterisk-core-sounds-en-wav, put together into what a caller says.
enum Sound {
    static let prompts = URL(filePath: "/usr/share/asterisk/sounds/en_US_f_Allison")

    /// One part of what a caller says.
    enum Part {
        case silence(seconds: Double)
        /// A prompt by its file name without `.wav`.
        case prompt(String)
    }

    /// Writes the parts, one after the other, as a mono WAV file.
    static func write(_ parts: [Part], to path: String, sampleRate: Int = 8_000) throws {
        var samples: [Int16] = []
        for part in parts {
            switch part {
            case .silence(let seconds):
                samples += Array(repeating: 0, count: Int(seconds * 8_000))
            case .prompt(let name):
                let file = prompts.appending(path: "\(name).wav")
                guard FileManager.default.fileExists(atPath: file.path) else {
                    throw Program.Failure(
                        description: "\(file.path) is missing: scripts/install.sh --tests installs it")
                }
                samples += try read(file.path)
            }
        }
        let clip = try AudioClip(samples: samples, sampleRate: 8_000).converted(to: sampleRate)
        let file = WAVFile(samples: clip.samples, sampleRate: sampleRate)
        try Data(file.octets).write(to: URL(filePath: path))
    }

    /// The samples of a mono or stereo WAV file, mixed to one channel, at 8 kHz.
    static func read(_ path: String) throws -> [Int16] {
        try WAVFile(parsing: [UInt8](Data(contentsOf: URL(filePath: path)))).samples
    }

    /// A human voice for 800 ms, then for 1.2 s a tone that rises to seven eighths of what the sample rate can hold,
    /// between two short silences. A voice alone would not tell whether the upper half of a wide band comes through.
    static func speechAndSweep(sampleRate: Int) throws -> [Int16] {
        let voice = try read(prompts.appending(path: "vm-leavemsg.wav").path).prefix(6_400)
        let clip = try AudioClip(samples: Array(voice), sampleRate: 8_000).converted(to: sampleRate)
        let (count, top) = (sampleRate * 6 / 5, Double(sampleRate) * 7 / 16)
        let sweep = (0..<count).map { index in
            let progress = Double(index) / Double(count)
            // The integral of a frequency that goes from 300 Hz to the top.
            let cycles = (300 * progress + (top - 300) * progress * progress / 2) * Double(count) / Double(sampleRate)
            return Int16(6_000 * sin(2 * .pi * cycles))
        }
        let silence = Array(repeating: Int16(0), count: sampleRate / 5)
        return silence + clip.samples + sweep + silence
    }

    /// Writes three seconds of a tone as bare µ-law octets, as SIPp wants them.
    static func writeMuLaw(to path: String) throws {
        // One period of 500 Hz at 8 kHz, in µ-law, made with sox.
        let period: [UInt8] = [
            0xE2, 0xB6, 0xA8, 0xA1, 0x9F, 0xA1, 0xA8, 0xB6, 0xFF, 0x36, 0x28, 0x21, 0x1F, 0x21, 0x28, 0x36,
        ]
        let octets = (0..<24_000).map { period[$0 % period.count] }
        try Data(octets).write(to: URL(filePath: path))
    }
}
