internal import RTPMedia
internal import TelephonyPrimitives

/// Somebody types on a keyboard: made of noise through two resonances, the same at every start.
enum TypingSound {
    /// Eight seconds, softer than speech, to be played over and over.
    static let clip = AudioClip(samples: samples(), sampleRate: 16_000)

    /// A resonance as the two factors of its recursion, 2·r·cos θ and r².
    private struct Resonance {
        let feedback: Float
        let decay: Float
        private var last: Float = 0
        private var beforeLast: Float = 0

        init(feedback: Float, decay: Float) {
            self.feedback = feedback
            self.decay = decay
        }

        mutating func next(_ input: Float) -> Float {
            let output = feedback * last - decay * beforeLast + input
            (beforeLast, last) = (last, output)
            return output
        }
    }

    private static func samples() -> [Int16] {
        var generator = SeededGenerator(seed: 8)
        var strokes: [Int: Float] = [:]
        var position = 1_600
        while position < 124_000 {
            strokes[position] = Float.random(in: 0.5...1, using: &generator)
            // Words of a few letters, with a breath between them.
            let isBreath = UInt8.random(in: 0..<7, using: &generator) == 0
            position += Int.random(in: isBreath ? 6_000...12_000 : 1_500...3_300, using: &generator)
        }
        // The key's click at 2 600 Hz, and the board under it at 420 Hz, at 16 000 samples a second.
        var click = Resonance(feedback: 0.940_5, decay: 0.81)
        var board = Resonance(feedback: 1.943_3, decay: 0.970_2)
        var force: Float = 0
        return (0..<128_000).map { index in
            if let stroke = strokes[index] { force = stroke }
            // The blow itself is over after some milliseconds; what resounds is the board.
            force *= 0.985
            let blow = force < 0.01 ? 0 : force * Float.random(in: -1...1, using: &generator)
            let sound = 900 * click.next(blow) + 260 * board.next(blow)
            return Int16(max(-12_000, min(12_000, sound)))
        }
    }
}
