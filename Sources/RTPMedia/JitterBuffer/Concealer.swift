/// Audio in place of packets that did not come and whose successor is not there either, in the manner of ITU-T G.711
/// Appendix I: the last pitch periods are repeated with overlap-add, with more of them the longer it lasts (one alone
/// would buzz), at full level for 40 ms, then fading into the background noise.
struct Concealer: Sendable {
    /// How long it goes on before only the background noise is left, in milliseconds.
    static let length = 160
    /// How long it keeps its level, in milliseconds.
    static let plateau = 40

    private let sampleRate: Int
    private var history: [Int16] = []
    private var period = 0
    private var search = PitchSearch()
    private var run: [Int16] = []
    private var runIndex = 0
    /// Samples made so far.
    private(set) var elapsed = 0
    /// Whether it stands in at present.
    private(set) var isActive = false
    /// The step from the last sample played to the first repeated one, faded out over the first quarter period.
    private var seam: Float = 0

    init(sampleRate: Int) {
        self.sampleRate = sampleRate
    }

    /// Begins.
    ///
    /// - Parameters:
    ///   - played: what was played last; at least 50 ms for full quality.
    ///   - elapsed: samples of it that were concealed already, by other means.
    mutating func begin(after played: some RandomAccessCollection<Int16>, elapsed: Int = 0) {
        history.removeAll(keepingCapacity: true)
        history.append(contentsOf: played)
        run.removeAll(keepingCapacity: true)
        runIndex = 0
        self.elapsed = elapsed
        isActive = true
        let found = search.backward(history[...], sampleRate: sampleRate)
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

    mutating func end() {
        isActive = false
    }

    /// Others conceal the next samples.
    mutating func pass(_ count: Int) {
        elapsed += count
    }

    /// How much audio it takes to fade into good audio again: a quarter period, and 4 ms for each 10 ms that were
    /// concealed beyond the first, 10 ms at most.
    var overlap: Int {
        let tenMilliseconds = sampleRate / 100
        let extra = max(0, elapsed - tenMilliseconds) * 4 / 10
        return min(max(period / 4, sampleRate / 1000) + extra, tenMilliseconds)
    }

    /// Whether it has faded.
    var isSilent: Bool { elapsed >= sampleRate * Self.length / 1000 || period == 0 }

    /// Appends the next `count` samples, over the background noise.
    mutating func next(_ count: Int, over noise: inout BackgroundNoise, into samples: inout [Int16]) {
        let start = samples.count
        noise.make(count, into: &samples)
        let quarter = period / 4
        for index in start..<samples.count {
            guard !isSilent else { break }
            if runIndex >= run.count { makeRun() }
            guard runIndex < run.count else { break }
            var sample = Float(run[runIndex])
            if elapsed < quarter { sample += seam * Float(quarter - elapsed) / Float(quarter) }
            let gain = gain
            samples[index] = CrossFade.clamp(sample * gain + Float(samples[index]) * (1 - gain))
            runIndex += 1
            elapsed += 1
        }
        if isSilent { elapsed = max(elapsed, sampleRate * Self.length / 1000) }
    }

    private var gain: Float {
        let milliseconds = Float(elapsed) * 1000 / Float(sampleRate)
        return max(0, min(1, (Float(Self.length) - milliseconds) / Float(Self.length - Self.plateau)))
    }

    /// How many periods are repeated as one when `elapsed` samples have been made.
    private func periods(at elapsed: Int) -> Int {
        let wanted = 1 + min(2, elapsed * 100 / sampleRate)
        return max(1, min(wanted, (history.count - period / 4) / max(1, period)))
    }

    /// The next periods to repeat; their end is blended into what comes before the start of the run that follows.
    private mutating func makeRun() {
        runIndex = 0
        run.removeAll(keepingCapacity: true)
        let length = min(periods(at: elapsed) * period, history.count)
        guard length > 0 else { return }
        run.append(contentsOf: history.suffix(length))
        let following = periods(at: elapsed + length) * period
        let quarter = period / 4
        let leadEnd = history.count - following
        guard quarter > 0, leadEnd >= quarter, run.count >= quarter else { return }
        CrossFade.mix(into: &run, at: run.count - quarter, history[leadEnd - quarter..<leadEnd])
    }
}
