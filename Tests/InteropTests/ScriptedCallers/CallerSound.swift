import Foundation
import RTPMedia

/// What a scripted caller's microphone takes up.
indirect enum CallerSound: Sendable, Hashable {
    /// A voice of espeak-ng, which sounds like no other that we have.
    enum Voice: String, Sendable {
        case man = "en-us+m3"
        case woman = "en-us+f2"
        case briton = "en-gb+m7"
        case scotswoman = "en-gb-scotland+f4"
    }

    /// A prompt recorded by a human, by its file name without `.wav`.
    case prompt(String)
    case words(String, Voice)
    case silence(milliseconds: Int)
    /// A short burst of noise that has the shape of a cough.
    case cough(milliseconds: Int)
    /// What a listener hums with his mouth closed: mm-hm.
    case hum
    /// A chord that goes on, as music on hold does.
    case music(milliseconds: Int)
    case sequence([CallerSound])
    /// Louder than the line can hold: it clips.
    case shouted(CallerSound)

    /// At 8 kHz, in the band of the telephone, with a peak of 12 000.
    func samples() async throws -> [Int16] {
        switch self {
        case .prompt(let name): return try Self.evened(Sound.read(Sound.prompts.appending(path: "\(name).wav").path))
        case .words(let text, let voice):
            return try await EspeakCache.shared.samples(text, voice: voice.rawValue)
        case .silence(let milliseconds): return Array(repeating: 0, count: milliseconds * 8)
        case .cough(let milliseconds): return Self.cough(milliseconds * 8)
        case .hum: return Self.hum()
        case .music(let milliseconds):
            return (0..<milliseconds * 8).map { index in
                let time = Double(index) / 8_000
                // A new chord every half second.
                let root = [262.0, 330, 392, 349][Int(time * 2) % 4]
                let sum = [1.0, 1.25, 1.5].reduce(0) { $0 + sin(2 * .pi * root * $1 * time) }
                return Int16(2_500 * sum)
            }
        case .sequence(let parts):
            var all: [Int16] = []
            for part in parts { all += try await part.samples() }
            return all
        case .shouted(let sound):
            return try await sound.samples().map { Int16(clamping: Int($0) * 5) }
        }
    }

    /// The same at another rate, with nothing above what 8 kHz can hold.
    func samples(sampleRate: Int) async throws -> [Int16] {
        try await AudioClip(samples: samples(), sampleRate: 8_000).converted(to: sampleRate).samples
    }

    private static func evened(_ samples: [Int16]) -> [Int16] {
        let peak = samples.reduce(1) { max($0, abs(Int($1))) }
        return samples.map { Int16(clamping: Int($0) * 12_000 / peak) }
    }

    /// Two short hums, the second higher: a buzz of which the mouth lets only the lowest partials out.
    private static func hum() -> [Int16] {
        func note(_ pitch: Double, _ milliseconds: Int) -> [Int16] {
            let count = milliseconds * 8
            var phase = 0.0
            return (0..<count).map { index in
                let progress = Double(index) / Double(count)
                phase += 2 * .pi * pitch * (1 + 0.08 * progress) / 8_000
                let partials = (1...6).reduce(0.0) { $0 + sin(Double($1) * phase) / pow(Double($1), 1.5) }
                return Int16(6_000 * partials * sin(.pi * progress))
            }
        }
        return note(115, 170) + Array(repeating: 0, count: 400) + note(140, 220)
    }

    private static func cough(_ count: Int) -> [Int16] {
        var dice = SeededDice(seed: UInt64(count))
        var low = 0.0
        return (0..<count).map { index in
            // Noise below about 1 kHz that begins at once and dies away.
            low += 0.5 * (Double.random(in: -1...1, using: &dice) - low)
            let fall = exp(-4 * Double(index) / Double(count))
            return Int16(clamping: Int(24_000 * low * fall))
        }
    }

    /// Renders a text once, however many callers say it.
    private actor EspeakCache {
        static let shared = EspeakCache()
        private var rendered: [String: Task<[Int16], any Error>] = [:]

        func samples(_ text: String, voice: String) async throws -> [Int16] {
            let key = "\(voice) \(text)"
            let task =
                rendered[key]
                ?? Task {
                    let workspace = try Workspace("espeak")
                    defer { workspace.remove() }
                    let file = workspace.path("said.wav")
                    let program = try Program("espeak-ng", ["-v", voice, "-s", "145", "-w", file, text])
                    guard try await program.end() == 0 else { throw Program.Failure(description: program.output) }
                    let wave = try WAVFile(parsing: [UInt8](Data(contentsOf: URL(filePath: file))))
                    let clip = try AudioClip(samples: wave.samples, sampleRate: wave.sampleRate).converted(to: 8_000)
                    return CallerSound.evened(clip.samples)
                }
            rendered[key] = task
            return try await task.value
        }
    }
}

/// The same numbers every time, so that a conversation that fails can be had again.
struct SeededDice: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493
    }

    mutating func next() -> UInt64 {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
