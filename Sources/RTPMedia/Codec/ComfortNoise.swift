/// What the line sounds like while nobody speaks (RFC 3389): a loudness, and the shape of the spectrum.
public struct ComfortNoise: Sendable, Hashable {
    /// The payload type that RFC 3551 §6 fixes for it, at 8 kHz.
    public static let staticPayloadType: UInt8 = 13
    /// Coefficients beyond this many are not taken.
    public static let maximumOrder = 16

    /// In dB below overload, 0 to 127; 0 is a square wave of full scale.
    public var level: UInt8
    /// Reflection coefficients as they are sent: 127 is none, 0 is -1 and 254 is 1, nearly. Without any the noise is
    /// white.
    public var coefficients: [UInt8]

    /// - Parameters:
    ///   - level: clamped to 127.
    ///   - coefficients: at most ``maximumOrder`` of them count; 255 is clamped to 254.
    public init(level: UInt8, coefficients: [UInt8] = []) {
        self.level = min(level, 127)
        self.coefficients = coefficients.prefix(Self.maximumOrder).map { min($0, 254) }
    }

    /// Reads a payload.
    ///
    /// - Returns: `nil` for an empty one.
    public init?(parsing payload: Span<UInt8>) {
        guard !payload.isEmpty else { return nil }
        self.init(
            level: payload[0] & 0x7F,
            coefficients: (1..<max(1, min(payload.count, 1 + Self.maximumOrder))).map { payload[$0] })
    }

    /// The payload.
    public var serialized: [UInt8] { [level] + coefficients }

    /// The square root of the mean square of the samples.
    var amplitude: Double {
        // 10^(-1/20) for each decibel.
        (0..<level).reduce(Self.overload) { amplitude, _ in amplitude * 0.891_250_938 }
    }

    /// The coefficients as numbers below 1 (§3.2).
    var reflections: [Double] { coefficients.map { 258 * (Double($0) - 127) / 32_768 } }

    /// RFC 3389 §3.1: the largest value of the µ-law, here in 16 bits.
    static let overload = 32_124.0

    init(amplitude: Double, reflections: [Double]) {
        var level: UInt8 = 0
        // Half a decibel beyond is nearer to the next.
        var limit = Self.overload * 0.944_060_876
        while amplitude < limit, level < 127 {
            limit *= 0.891_250_938
            level += 1
        }
        self.init(
            level: level,
            coefficients: reflections.map { UInt8(min(max(($0 * 32_768 / 258 + 127).rounded(), 0), 254)) })
    }
}

/// Makes noise as a ``ComfortNoise`` describes it (RFC 3389 §4), without seams when another comes.
public struct ComfortNoiseGenerator: Sendable {
    private var random: UInt64
    private var gain = 0.0
    private var wantedGain = 0.0
    private var reflections: [Double] = []
    private var backward = [Double](repeating: 0, count: ComfortNoise.maximumOrder + 1)

    /// - Parameter seed: the noise follows from it.
    public init(seed: UInt64) {
        random = seed
    }

    /// Takes what the noise is like from now on; the loudness glides there within about 10 ms.
    public mutating func update(_ noise: ComfortNoise) {
        reflections = noise.reflections
        // What the filter adds to the power is taken off before.
        let power = reflections.reduce(1) { $0 * (1 - $1 * $1) }
        wantedGain = noise.amplitude * power.squareRoot()
    }

    /// Appends `count` samples.
    public mutating func render(_ count: Int, into samples: inout [Int16]) {
        for _ in 0..<max(0, count) {
            gain += (wantedGain - gain) / 64
            let value = next()
            samples.append(value.isFinite ? Int16(min(max(value, -32_768), 32_767).rounded()) : 0)
        }
    }

    /// One sample out of the lattice filter.
    private mutating func next() -> Double {
        var forward = gain * normal()
        for index in reflections.indices.reversed() {
            forward -= reflections[index] * backward[index]
            backward[index + 1] = backward[index] + reflections[index] * forward
        }
        backward[0] = forward
        return forward
    }

    /// A number of about a normal distribution: four even ones added.
    private mutating func normal() -> Double {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let mixed = (random ^ random &>> 33) &* 0xFF51_AFD7_ED55_8CCD
        let sum = (0..<4).reduce(UInt64(0)) { $0 &+ (mixed &>> (UInt64($1) &* 16)) & 0xFFFF }
        return (Double(sum) / 65_536 - 2) * 1.732_050_808
    }
}

/// Tells what the noise of a line is like (RFC 3389 §3), to be sent in its place.
public struct ComfortNoiseAnalysis: Sendable {
    private let order: Int
    private var correlation: [Double]
    private var frames = 0

    /// - Parameter order: how many coefficients describe the spectrum, 0 to 16; clamped.
    public init(order: Int = 8) {
        self.order = min(max(order, 0), ComfortNoise.maximumOrder)
        correlation = [Double](repeating: 0, count: self.order + 1)
    }

    /// Takes a frame in which nobody speaks; the last ones count most.
    public mutating func add(_ samples: Span<Int16>) {
        guard samples.count > order else { return }
        // A mean at first, then a memory of about sixteen frames.
        frames = min(frames + 1, 16)
        for lag in correlation.indices {
            var sum = 0.0
            for index in lag..<samples.count { sum += Double(samples[index]) * Double(samples[index - lag]) }
            correlation[lag] += (sum / Double(samples.count) - correlation[lag]) / Double(frames)
        }
    }

    /// What the noise has been like.
    public var noise: ComfortNoise {
        ComfortNoise(amplitude: correlation[0].squareRoot(), reflections: reflections)
    }

    /// By the recursion of Levinson and Durbin. A ten-thousandth of white noise keeps it stable.
    private var reflections: [Double] {
        guard correlation[0] > 1 else { return [] }
        var error = correlation[0] * 1.0001
        var predictor = [Double](repeating: 0, count: order + 1)
        predictor[0] = 1
        var reflections: [Double] = []
        for step in 1..<(order + 1) {
            let sum = (0..<step).reduce(0.0) { $0 + predictor[$1] * correlation[step - $1] }
            let reflection = min(max(-sum / error, -0.99), 0.99)
            let before = predictor
            for index in 1...step { predictor[index] = before[index] + reflection * before[step - index] }
            error *= 1 - reflection * reflection
            reflections.append(reflection)
        }
        return reflections
    }
}
