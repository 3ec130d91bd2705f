internal import RTPMedia

/// A slow melody of soft tones over a low one, made of sine waves: what callers hear while they wait for somebody, where
/// no music was set up. Nothing in it is a key of a telephone: every tone stays below those (697 Hz and up).
enum HoldMelody {
    /// To be played over and over: 32 beats.
    static let clip = AudioClip(samples: samples(), sampleRate: rate)

    private static let rate = 16_000
    /// Samples of a beat, 0.6 s.
    private static let beat = 9_600
    /// Hertz, one a beat; 0 lets the last one fade.
    private static let melody: [Double] = [
        329.63, 0, 392, 0, 440, 0, 392, 329.63, 293.66, 0, 329.63, 0, 261.63, 0, 0, 0,
        349.23, 0, 440, 0, 392, 0, 329.63, 293.66, 293.66, 0, 261.63, 0, 261.63, 0, 0, 0,
    ]
    /// Hertz, one for every four beats.
    private static let ground: [Double] = [130.81, 174.61, 196, 130.81, 174.61, 130.81, 196, 130.81]

    private static func samples() -> [Int16] {
        var sound = [Double](repeating: 0, count: melody.count * beat)
        for (index, hertz) in melody.enumerated() where hertz > 0 {
            add(hertz, at: index * beat, loud: 5_500, to: &sound)
        }
        for (index, hertz) in ground.enumerated() { add(hertz, at: index * 4 * beat, loud: 3_500, to: &sound) }
        return sound.map { Int16(max(-20_000, min(20_000, $0))) }
    }

    /// A tone that is struck and fades, round the end of the clip to its beginning, so that it is heard without a seam.
    private static func add(_ hertz: Double, at start: Int, loud: Double, to sound: inout [Double]) {
        // A rotation by the tone's angle per sample: its sine and cosine by their series, the angle being small.
        let angle = 2 * Double.pi * hertz / Double(rate)
        let square = angle * angle
        let cosine = 1 - square / 2 + square * square / 24 - square * square * square / 720
        let sine = angle * (1 - square / 6 + square * square / 120 - square * square * square / 5_040)
        var (x, y) = (1.0, 0.0)
        var loudness = loud
        for index in 0..<(3 * beat) {
            // Struck within 15 ms, without a click.
            let attack = min(1, Double(index) / 240)
            // Quiet at its end, too.
            let release = min(1, Double(3 * beat - index) / 2_400)
            sound[(start + index) % sound.count] += loudness * attack * release * y
            (x, y) = (x * cosine - y * sine, x * sine + y * cosine)
            loudness *= 0.999_88
        }
    }
}

extension WaitingSound {
    /// A soft melody of tones.
    public static let melody: WaitingSound =
        (try? WaitingSound(HoldMelody.clip)) ?? WaitingSound(made: [HoldMelody.clip])
}
