/// A predictor of each sample from the ones before it, by the autocorrelation method.
struct LinearPrediction: Sendable {
    /// `1, a₁ … a_p` of the error filter: what is left of a sample when its prediction is taken away.
    private(set) var coefficients: [Float] = [1]
    /// The energy of the prediction's error over that of the signal, 0 to 1.
    private(set) var residual: Float = 1
    private var autocorrelation: [Float] = []
    private var previous: [Float] = []
    private var windowed: [Float] = []
    private var blocks = VectorBlocks()

    var order: Int { coefficients.count - 1 }

    init() {}

    /// Forgets what was added; what follows is analysed with `order` coefficients.
    mutating func begin(order: Int) {
        autocorrelation.removeAll(keepingCapacity: true)
        autocorrelation.append(contentsOf: repeatElement(0, count: order + 1))
    }

    /// Adds the autocorrelation of a stretch of signal under a Hann window.
    mutating func add(_ signal: [Float]) {
        let count = signal.count
        guard count > 1 else { return }
        windowed.removeAll(keepingCapacity: true)
        let step = 2 * Float.pi / Float(count + 1)
        // cos(n · step) by recurrence.
        var cosine = Double(Self.cosine(step))
        let factor = 2 * cosine
        var before = 1.0
        for index in 0..<count {
            windowed.append(signal[index] * Float(0.5 - 0.5 * cosine))
            (before, cosine) = (cosine, factor * cosine - before)
        }
        blocks.load(windowed)
        for lag in 0..<min(autocorrelation.count, count) { autocorrelation[lag] += blocks.product(lag: lag) }
    }

    /// Solves for the coefficients (Levinson-Durbin).
    mutating func solve() {
        let order = autocorrelation.count - 1
        coefficients.removeAll(keepingCapacity: true)
        coefficients.append(1)
        guard order > 0 else { return }
        // A floor 40 dB below the signal keeps the filter from ringing at what it knows too well.
        let energy = autocorrelation[0] * 1.0001 + 1
        var error = energy
        for step in 1...order {
            var sum = autocorrelation[step]
            for index in 1..<step { sum += coefficients[index] * autocorrelation[step - index] }
            let reflection = -sum / error
            guard reflection.magnitude < 1, error > 0 else { break }
            previous.removeAll(keepingCapacity: true)
            previous.append(contentsOf: coefficients)
            for index in 1..<step { coefficients[index] = previous[index] + reflection * previous[step - index] }
            coefficients.append(reflection)
            error *= 1 - reflection * reflection
        }
        while coefficients.count <= order { coefficients.append(0) }
        residual = max(0, error / energy)
    }

    /// Takes the predictor that reflection coefficients describe.
    mutating func set(reflections: [Float]) {
        coefficients.removeAll(keepingCapacity: true)
        coefficients.append(1)
        residual = 1
        for (step, reflection) in reflections.enumerated() {
            previous.removeAll(keepingCapacity: true)
            previous.append(contentsOf: coefficients)
            for index in 1..<max(1, step + 1) {
                coefficients[index] = previous[index] + reflection * previous[step + 1 - index]
            }
            coefficients.append(reflection)
            residual *= max(0, 1 - reflection * reflection)
        }
    }

    /// cos(x) for 0 ≤ x ≤ π/2 to single precision, without the C library.
    static func cosine(_ x: Float) -> Float {
        let square = Double(x) * Double(x)
        let terms = 1 - square / 2 * (1 - square / 12 * (1 - square / 30 * (1 - square / 56 * (1 - square / 90))))
        return Float(terms)
    }
}
