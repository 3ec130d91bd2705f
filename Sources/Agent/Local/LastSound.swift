/// Where the last sound of a stretch of speech was. Silero goes on for some time after it, the longer the slower the last
/// word dies away.
enum LastSound {
    /// 10 ms at 16 kHz.
    private static let step = VoiceDetector.sampleRate / 100
    /// How long Silero takes speech for going on after its last sound: at most, and as a rule.
    private static let longest = 30
    private static let usual = 15
    /// Of full scale: about -52 dB.
    private static let audible: Float = 0.0025

    /// How long it has been quiet at the end of a stretch, in samples.
    ///
    /// - Parameters:
    ///   - speech: at 16 kHz, up to where its end was noticed.
    ///   - trail: for how many samples the detector has found no speech.
    static func quiet(after speech: [Float], trail: Int) -> Int {
        let loudness = levels(of: speech[...])
        let silent = min(trail / step, loudness.count)
        guard let loudest = loudness.max(), silent > 0 else { return trail }
        // Of what is left on the line, and of what is left of a word: 36 dB below it, and no more than anybody hears.
        let floor = loudness.suffix(silent / 2 + 1).reduce(0, +) / Float(silent / 2 + 1)
        let least = max(floor * 3, min(loudest / 60, audible))
        let before = loudness.dropLast(silent).suffix(longest)
        guard let last = before.lastIndex(where: { $0 > least }) else { return trail + usual * step }
        return trail + (before.endIndex - 1 - last) * step
    }

    /// The mean magnitude of each 10 ms; what is left over at the beginning is left out.
    private static func levels(of samples: ArraySlice<Float>) -> [Float] {
        let first = samples.startIndex + samples.count % step
        return stride(from: first, to: samples.endIndex, by: step).map { start in
            samples[start..<start + step].reduce(0) { $0 + abs($1) } / Float(step)
        }
    }
}
