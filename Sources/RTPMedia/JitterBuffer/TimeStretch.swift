/// Makes speech shorter or longer by one pitch period, by overlap-add of two alike periods, so that its pitch stays.
struct TimeStretch: Sendable {
    /// Samples quieter than this on average (about −50 dBFS) are a pause, where any cut goes unheard.
    static let pauseLevel: Float = 100

    /// What to play in place of the samples that the last change consumed.
    private(set) var output: [Int16] = []
    private var search = PitchSearch()

    init() {}

    /// One period fewer: two periods become one that begins as the first and ends as the second, in ``output``.
    ///
    /// - Parameters:
    ///   - samples: what is to be played next, as much as is there.
    ///   - wanted: by how much a pause is to change, where any change will do.
    ///   - leastAlike: the normalised correlation that the two periods must have, unless they are a pause.
    /// - Returns: how many samples the output replaces; `nil` when no periods are alike enough.
    mutating func shorten(
        _ samples: ArraySlice<Int16>, by wanted: Int? = nil, sampleRate: Int, leastAlike: Float
    ) -> Int? {
        guard let period = period(samples, wanted, sampleRate: sampleRate, leastAlike: leastAlike) else { return nil }
        output.removeAll(keepingCapacity: true)
        CrossFade.mix(samples.prefix(period), samples.dropFirst(period).prefix(period), into: &output)
        return 2 * period
    }

    /// One period more: the first period, then the second turning back into the first, after which the second follows.
    mutating func lengthen(
        _ samples: ArraySlice<Int16>, by wanted: Int? = nil, sampleRate: Int, leastAlike: Float
    ) -> Int? {
        guard let period = period(samples, wanted, sampleRate: sampleRate, leastAlike: leastAlike) else { return nil }
        output.removeAll(keepingCapacity: true)
        output.append(contentsOf: samples.prefix(period))
        CrossFade.mix(samples.dropFirst(period).prefix(period), samples.prefix(period), into: &output)
        return period
    }

    /// Whether the samples are so quiet that a cut in them goes unheard.
    static func isPause(_ samples: ArraySlice<Int16>) -> Bool {
        guard !samples.isEmpty else { return true }
        return samples.energy < pauseLevel * pauseLevel * Float(samples.count)
    }

    private mutating func period(
        _ samples: ArraySlice<Int16>, _ wanted: Int?, sampleRate: Int, leastAlike: Float
    ) -> Int? {
        let longest = min(PitchSearch.longestLag(sampleRate: sampleRate), samples.count / 2)
        if longest >= PitchSearch.shortestLag(sampleRate: sampleRate), Self.isPause(samples.prefix(2 * longest)) {
            return max(1, min(longest, wanted ?? longest))
        }
        guard let (lag, correlation) = search.forward(samples, sampleRate: sampleRate), correlation >= leastAlike,
            2 * lag <= samples.count
        else { return nil }
        return lag
    }
}
