/// Fills a gap whose both sides are known, by least-squares autoregressive interpolation (Janssen, Veldhuis, Vries:
/// "Adaptive interpolation of discrete-time signals that can be modeled as autoregressive processes", 1986).
///
/// The signal is taken to follow a predictor that is longer than a pitch period, so that it knows the voice's formants
/// and its pitch at once. The samples in the gap are those for which the prediction fails least over the gap and what
/// follows it; the predictor is then estimated anew with the gap filled, twice. The seams need no fading.
struct GapInterpolation: Sendable {
    /// The predictor's length: 20 ms, longer than the pitch period of all but the deepest voices.
    static func order(sampleRate: Int) -> Int { sampleRate / 50 }
    /// How much of each side the predictor is estimated from: 20 ms, for the voice changes.
    static func memory(sampleRate: Int) -> Int { sampleRate / 50 }
    /// The longest gap that is worth it: 40 ms.
    static func longest(sampleRate: Int) -> Int { sampleRate / 25 }
    /// Beyond this rate it costs more than it is worth; what is sent at more has a codec with a concealment of its own.
    static let highestSampleRate = 16_000
    static let rounds = 3

    private var prediction = LinearPrediction()
    private var recent: [Float] = []
    private var coming: [Float] = []
    private var known: [Float] = []
    private var signal: [Float] = []
    private var errors: [Float] = []
    private var diagonals: [Double] = []
    private var right: [Double] = []
    private var forward: [Double] = []
    private var unknowns: [Double] = []
    private var solution: [Float] = []

    init() {}

    /// Appends the `count` samples between two stretches of audio.
    ///
    /// - Returns: `false`, and nothing appended, where it has too little on either side.
    mutating func fill(
        _ count: Int, after history: [Float], before future: [Float], sampleRate: Int,
        into samples: inout [Int16]
    ) -> Bool {
        let order = min(Self.order(sampleRate: sampleRate), future.count)
        let memory = Self.memory(sampleRate: sampleRate)
        guard sampleRate <= Self.highestSampleRate, count > 0, count <= Self.longest(sampleRate: sampleRate),
            history.count >= max(memory, order), future.count >= sampleRate / 100
        else { return false }
        recent.removeAll(keepingCapacity: true)
        recent.append(contentsOf: history.suffix(memory))
        coming.removeAll(keepingCapacity: true)
        coming.append(contentsOf: future.prefix(memory))
        for round in 0..<Self.rounds {
            prediction.begin(order: order)
            if round == 0 {
                prediction.add(recent)
                prediction.add(coming)
            } else {
                signal.removeAll(keepingCapacity: true)
                signal.append(contentsOf: recent)
                signal.append(contentsOf: solution)
                signal.append(contentsOf: coming)
                prediction.add(signal)
            }
            prediction.solve()
            solve(count, order: order)
        }
        for value in solution { samples.append(CrossFade.clamp(value)) }
        return true
    }

    /// The samples for which the squared error of the present predictor is least.
    ///
    /// As many samples are known behind the gap as the predictor is long, so every sample in the gap is part of equally
    /// many equations: their matrix is a Toeplitz matrix of the predictor's own autocorrelation.
    private mutating func solve(_ count: Int, order: Int) {
        let coefficients = prediction.coefficients
        known.removeAll(keepingCapacity: true)
        known.append(contentsOf: recent.suffix(order))
        known.append(contentsOf: repeatElement(0, count: count))
        known.append(contentsOf: coming.prefix(order))
        // The errors with zeros in the gap, for each sample in the gap and after it.
        errors.removeAll(keepingCapacity: true)
        for place in order..<known.count {
            errors.append(Self.product(coefficients, reversing: known, endingAt: place, count: order + 1))
        }
        right.removeAll(keepingCapacity: true)
        for column in 0..<count {
            right.append(-Double(Self.product(coefficients, errors, at: column, count: order + 1)))
        }
        diagonals.removeAll(keepingCapacity: true)
        for lag in 0..<count {
            let sum =
                lag > order ? 0 : Double(Self.product(coefficients, coefficients, at: lag, count: order + 1 - lag))
            diagonals.append(lag == 0 ? sum * 1.000_001 + 1e-9 : sum)
        }
        solveToeplitz(count)
    }

    /// Levinson's recursion for a symmetric, positive definite Toeplitz matrix.
    private mutating func solveToeplitz(_ count: Int) {
        forward.removeAll(keepingCapacity: true)
        unknowns.removeAll(keepingCapacity: true)
        solution.removeAll(keepingCapacity: true)
        defer {
            for unknown in unknowns {
                solution.append(unknown.isFinite ? Float(max(-32_768, min(32_767, unknown))) : 0)
            }
            solution.append(contentsOf: repeatElement(0, count: max(0, count - unknowns.count)))
        }
        guard let first = diagonals.first, let value = right.first, first > 0 else { return }
        forward.append(1)
        unknowns.append(value / first)
        var error = first
        for step in 1..<max(1, count) {
            var reflection = 0.0
            var rest = right[step]
            for index in 0..<step {
                reflection += forward[index] * diagonals[step - index]
                rest -= unknowns[index] * diagonals[step - index]
            }
            reflection = -reflection / error
            // forward becomes (forward, 0) + reflection · (0, reversed forward), from both ends at once.
            forward.append(0)
            var low = 0
            var high = step
            while low < high {
                let (one, other) = (forward[low], forward[high])
                forward[low] = one + reflection * other
                forward[high] = other + reflection * one
                low += 1
                high -= 1
            }
            if low == high { forward[low] *= 1 + reflection }
            error *= 1 - reflection * reflection
            guard error > 0 else { break }
            let scale = rest / error
            unknowns.append(0)
            for index in 0...step { unknowns[index] += scale * forward[step - index] }
        }
    }

    /// Σ one[n] · other[at + n].
    private static func product(_ one: [Float], _ other: [Float], at: Int, count: Int) -> Float {
        let first = one.span
        let second = other.span
        var even: Float = 0
        var odd: Float = 0
        let length = min(count, first.count, second.count - at)
        var index = 0
        while index + 1 < length {
            even += first[index] * second[at + index]
            odd += first[index + 1] * second[at + index + 1]
            index += 2
        }
        if index < length { even += first[index] * second[at + index] }
        return even + odd
    }

    /// Σ one[n] · other[endingAt − n].
    private static func product(_ one: [Float], reversing other: [Float], endingAt: Int, count: Int) -> Float {
        let first = one.span
        let second = other.span
        var even: Float = 0
        var odd: Float = 0
        var index = 0
        while index + 1 < count {
            even += first[index] * second[endingAt - index]
            odd += first[index + 1] * second[endingAt - index - 1]
            index += 2
        }
        if index < count { even += first[index] * second[endingAt - index] }
        return even + odd
    }
}
