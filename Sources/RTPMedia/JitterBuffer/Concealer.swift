/// Audio in place of packets that did not come, in the manner of ITU-T G.711 Appendix I: the last pitch periods are
/// repeated with overlap-add, with more of them the longer it lasts (one alone would buzz), at full level for 10 ms,
/// then fading to silence at 60 ms.
struct Concealer: Sendable {
    private let sampleRate: Int
    private let history: [Int16]
    private let period: Int
    private var run: [Int16] = []
    private var runIndex = 0
    /// Samples made so far.
    private(set) var elapsed = 0
    /// The step from the last sample played to the first repeated one, faded out over the first quarter period.
    private let seam: Float

    /// - Parameter history: what was played last; at least 50 ms for full quality.
    init(history: [Int16], sampleRate: Int) {
        self.sampleRate = sampleRate
        self.history = history
        let found = PitchSearch.backward(history, sampleRate: sampleRate)
        let longest = min(PitchSearch.longestLag(sampleRate: sampleRate), history.count)
        if let found, found.correlation > 0.3 {
            period = found.lag
        } else {
            // Unvoiced: a long stretch, so that the repetition gives no tone.
            period = longest
        }
        if period > 0, history.count > period {
            seam = Float(history[history.count - 1]) - Float(history[history.count - 1 - period])
        } else {
            seam = 0
        }
    }

    /// How much audio it takes to fade into good audio again: a quarter period, and 4 ms for each 10 ms that were
    /// concealed beyond the first, 10 ms at most.
    var overlap: Int {
        let tenMilliseconds = sampleRate / 100
        let extra = max(0, elapsed - tenMilliseconds) * 4 / 10
        return min(max(period / 4, sampleRate / 1000) + extra, tenMilliseconds)
    }

    /// Whether it has faded to silence.
    var isSilent: Bool { elapsed >= sampleRate * 60 / 1000 || period == 0 }

    /// The next `count` samples.
    mutating func next(_ count: Int) -> [Int16] {
        var result: [Int16] = []
        result.reserveCapacity(count)
        while result.count < count, !isSilent {
            if runIndex >= run.count { makeRun() }
            guard runIndex < run.count else { break }
            var sample = Float(run[runIndex])
            let quarter = period / 4
            if elapsed < quarter { sample += seam * Float(quarter - elapsed) / Float(quarter) }
            result.append(CrossFade.clamp(sample * gain))
            runIndex += 1
            elapsed += 1
        }
        if result.count < count {
            elapsed += count - result.count
            result.append(contentsOf: repeatElement(0, count: count - result.count))
        }
        return result
    }

    private var gain: Float {
        let tenMilliseconds = Float(sampleRate) / 100
        return max(0, min(1, 1.2 - Float(elapsed) / tenMilliseconds / 5))
    }

    /// How many periods are repeated as one when `elapsed` samples have been made.
    private func periods(at elapsed: Int) -> Int {
        let wanted = 1 + min(2, elapsed * 100 / sampleRate)
        return max(1, min(wanted, (history.count - period / 4) / max(1, period)))
    }

    /// The next periods to repeat; their end is blended into what comes before the start of the run that follows.
    private mutating func makeRun() {
        runIndex = 0
        let length = min(periods(at: elapsed) * period, history.count)
        guard length > 0 else {
            run = []
            return
        }
        run = Array(history.suffix(length))
        let following = periods(at: elapsed + length) * period
        let quarter = period / 4
        let leadEnd = history.count - following
        guard quarter > 0, leadEnd >= quarter, run.count >= quarter else { return }
        run.replaceSubrange(
            run.count - quarter..<run.count,
            with: CrossFade.mix(run.suffix(quarter), history[leadEnd - quarter..<leadEnd]))
    }
}
