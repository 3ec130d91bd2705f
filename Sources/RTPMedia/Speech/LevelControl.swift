/// Brings speech slowly to one level. Pauses and noise don't move it.
struct LevelControl: Sendable {
    /// The gain's limits, dB.
    private static let limits = -15.0...24.0
    /// Per frame of speech, dB: 6 a second up, 20 a second down.
    private static let rise = 0.12
    private static let fall = 0.4

    private let target: Double
    private var power: Float = 0
    private var frames = 0
    private var decibels = 0.0
    private var applied: Float = 1

    /// - Parameter target: the level of speech while it is spoken, dBov.
    init(target: Double) { self.target = target }

    /// Works on a frame in place.
    mutating func process(_ samples: inout MutableSpan<Int16>, isSpeech: Bool) {
        var sum = 0
        var peak = 0
        for index in samples.indices {
            let sample = Int(samples[index])
            sum &+= sample * sample
            peak = max(peak, abs(sample))
        }
        if isSpeech { learn(Float(sum) / Float(max(1, samples.count))) }
        // The frame's peak is known before it is played: it is never clipped, except on the way down to that.
        let wanted = min(Decibels.amplitude(decibels), peak > 0 ? max(0.1, 32_000 / Float(peak)) : .infinity)
        let from = applied
        applied = wanted
        guard from != 1 || wanted != 1 else { return }
        let step = (wanted - from) / Float(max(1, samples.count))
        var gain = from
        for index in samples.indices {
            gain += step
            samples[index] = (Float(samples[index]) * gain).sample
        }
    }

    private mutating func learn(_ frame: Float) {
        frames = min(frames + 1, 75)
        // The mean of the first 1.5 s of speech, then a running one. Frames of little power say nothing of the level.
        guard frame > power * 0.03 else { return }
        power += (frame - power) / Float(frames)
        guard frames >= 10 else { return }
        let level = Decibels.ofPower(power) - 90.31
        let wanted = max(Self.limits.lowerBound, min(Self.limits.upperBound, target - level))
        decibels += max(-Self.fall, min(Self.rise, wanted - decibels))
    }
}
