/// Makes speech shorter or longer by one pitch period, by overlap-add of two alike periods, so that its pitch stays.
enum TimeStretch {
    struct Change {
        /// The audio to play in place of the first ``consumed`` samples.
        let output: [Int16]
        let consumed: Int
    }

    /// Samples quieter than this on average (about −50 dBFS) are a pause, where any cut goes unheard.
    static let pauseLevel: Float = 100

    /// One period fewer: two periods become one that begins as the first and ends as the second.
    ///
    /// - Parameters:
    ///   - samples: what is to be played next, as much as is there.
    ///   - leastAlike: the normalised correlation that the two periods must have, unless they are a pause.
    static func shorten(_ samples: [Int16], sampleRate: Int, leastAlike: Float) -> Change? {
        guard let period = period(samples, sampleRate: sampleRate, leastAlike: leastAlike) else { return nil }
        return Change(output: CrossFade.mix(samples[0..<period], samples[period..<2 * period]), consumed: 2 * period)
    }

    /// One period more: the first period, then the second turning back into the first, after which the second follows.
    static func lengthen(_ samples: [Int16], sampleRate: Int, leastAlike: Float) -> Change? {
        guard let period = period(samples, sampleRate: sampleRate, leastAlike: leastAlike) else { return nil }
        let repeated = CrossFade.mix(samples[period..<2 * period], samples[0..<period])
        return Change(output: samples[0..<period] + repeated, consumed: period)
    }

    /// Whether the samples are so quiet that a cut in them goes unheard.
    static func isPause(_ samples: some Collection<Int16>) -> Bool {
        guard !samples.isEmpty else { return true }
        var energy: Float = 0
        for sample in samples { energy += Float(sample) * Float(sample) }
        return energy < pauseLevel * pauseLevel * Float(samples.count)
    }

    private static func period(_ samples: [Int16], sampleRate: Int, leastAlike: Float) -> Int? {
        let longest = min(PitchSearch.longestLag(sampleRate: sampleRate), samples.count / 2)
        if longest >= PitchSearch.shortestLag(sampleRate: sampleRate), isPause(samples[0..<2 * longest]) {
            return longest
        }
        guard let (lag, correlation) = PitchSearch.forward(samples, sampleRate: sampleRate),
            correlation >= leastAlike, 2 * lag <= samples.count
        else { return nil }
        return lag
    }
}
