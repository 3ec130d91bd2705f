/// How alike stretches of a waveform are, at lags where a voice's pitch lies. Its storage is used again.
struct PitchSearch: Sendable {
    private var coarse: [Float] = []
    private var fine: [Float] = []

    init() {}

    /// The shortest pitch period looked for: 400 Hz.
    static func shortestLag(sampleRate: Int) -> Int { sampleRate / 400 }
    /// The longest pitch period looked for: 66 Hz.
    static func longestLag(sampleRate: Int) -> Int { sampleRate * 15 / 1000 }

    /// The lag at which the `lag` samples from the start are most like the `lag` samples after them.
    ///
    /// - Returns: the lag and the normalised correlation there, −1 to 1; `nil` if fewer than two of the shortest
    ///   periods are there.
    mutating func forward(_ samples: ArraySlice<Int16>, sampleRate: Int) -> (lag: Int, correlation: Float)? {
        let longest = min(Self.longestLag(sampleRate: sampleRate), samples.count / 2)
        return best(samples, sampleRate: sampleRate, longest: longest, advantage: 0.02) { count, lag in
            (first: 0, second: lag, length: min(lag, count - lag))
        }
    }

    /// The lag at which the last 20 ms are most like what came a lag before them.
    mutating func backward(_ samples: ArraySlice<Int16>, sampleRate: Int) -> (lag: Int, correlation: Float)? {
        let longest = min(Self.longestLag(sampleRate: sampleRate), samples.count / 2)
        let step = max(1, sampleRate / 8000)
        let window = min(sampleRate / 50, samples.count - longest) / step
        return best(samples, sampleRate: sampleRate, longest: longest, advantage: 0.004) { count, lag in
            let length = min(window, count - lag)
            return (first: count - length - lag, second: count - length, length: length)
        }
    }

    /// Searches at about 8 kHz, then refines at the full rate.
    ///
    /// - Parameter advantage: by how much a longer lag must be better than a shorter one. For repetition it is small:
    ///   where the period is no whole number of samples, a multiple of it that is one repeats without drifting.
    private mutating func best(
        _ samples: ArraySlice<Int16>, sampleRate: Int, longest: Int, advantage: Float,
        ranges: (Int, Int) -> (first: Int, second: Int, length: Int)
    ) -> (lag: Int, correlation: Float)? {
        let shortest = Self.shortestLag(sampleRate: sampleRate)
        guard longest >= shortest else { return nil }
        let step = max(1, sampleRate / 8000)
        decimate(samples, by: step)
        var bestLag = shortest / step
        var bestCorrelation: Float = -2
        for lag in (shortest / step)...max(shortest / step, longest / step) {
            let (first, second, length) = ranges(coarse.count, lag)
            let value = Self.normalisedCorrelation(coarse, first, second, length)
            // A multiple of the true period fits about as well; the shorter one is the period.
            if value > bestCorrelation + (lag > bestLag * 3 / 2 ? advantage : 0) {
                bestCorrelation = value
                bestLag = lag
            }
        }
        guard step > 1 else { return (bestLag, bestCorrelation) }
        fine.removeAll(keepingCapacity: true)
        for sample in samples { fine.append(Float(sample)) }
        let stretch = ranges(coarse.count, bestLag)
        var fineLag = bestLag * step
        bestCorrelation = -2
        for lag in max(shortest, (bestLag - 1) * step)...max(shortest, min(longest, (bestLag + 1) * step)) {
            let value = Self.normalisedCorrelation(fine, lag: lag, step: step, like: stretch)
            if value > bestCorrelation {
                bestCorrelation = value
                fineLag = lag
            }
        }
        return (fineLag, bestCorrelation)
    }

    /// The correlation at the full rate over the stretch that was compared at the low one.
    private static func normalisedCorrelation(
        _ signal: [Float], lag: Int, step: Int, like coarse: (first: Int, second: Int, length: Int)
    ) -> Float {
        let first = coarse.first * step
        let length = min(coarse.length * step, signal.count - first - lag)
        return normalisedCorrelation(signal, first, first + lag, length)
    }

    private static func normalisedCorrelation(
        _ samples: [Float], _ first: Int, _ second: Int, _ length: Int
    ) -> Float {
        let signal = samples.span
        guard length > 0, first >= 0, second >= 0, first + length <= signal.count, second + length <= signal.count
        else {
            return -1
        }
        var product: Float = 0
        var energyOfFirst: Float = 1
        var energyOfSecond: Float = 1
        for offset in 0..<length {
            let one = signal[first + offset]
            let other = signal[second + offset]
            product += one * other
            energyOfFirst += one * one
            energyOfSecond += other * other
        }
        return product / (energyOfFirst * energyOfSecond).squareRoot()
    }

    private mutating func decimate(_ samples: ArraySlice<Int16>, by step: Int) {
        coarse.removeAll(keepingCapacity: true)
        if step == 1 {
            for sample in samples { coarse.append(Float(sample)) }
            return
        }
        for block in 0..<samples.count / step {
            var sum: Float = 0
            for offset in 0..<step { sum += Float(samples[samples.startIndex + block * step + offset]) }
            coarse.append(sum / Float(step))
        }
    }
}
