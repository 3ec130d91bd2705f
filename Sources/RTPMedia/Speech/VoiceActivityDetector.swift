/// Tells speech from the background at telephone bandwidth.
///
/// Eight bands of a frame of 20 ms are held against the noise floor of each (the likelihood ratio of Sohn, Kim and Sung,
/// 1999), and a voice's pitch counts for it: a vowel is periodic, the noise of a car or a room is not.
struct VoiceActivityDetector: Sendable {
    private static let length = 160
    /// Frames that speech goes on for after the last one that was loud enough.
    private static let hangover = 8

    private var bank = FilterBank()
    private var low = LowBand()
    /// 120 samples at 2 kHz: what pitch is sought in.
    private var past = [Float](repeating: 0, count: 120)
    private var products = [Float](repeating: 0, count: 40)
    private var noise = NoiseFloor()
    private var evidence: Float = 0
    private var run = 0
    private var remaining = 0

    /// How likely the last frame is to have a voice in it, 0 to 1.
    private(set) var probability: Float = 0
    /// Whether somebody speaks, short gaps bridged.
    private(set) var isSpeech = false

    init() {}

    /// Takes 20 ms at 8 kHz.
    mutating func add(_ frame: TelephoneBand) {
        let samples = frame.samples.span
        guard samples.count == Self.length else { return }
        let powers = bank.powers(of: samples)
        let ratio = noise.likelihood(of: powers)
        let pitch = periodicity(frame.samples)
        // The scale is that of a logarithm: a little over the floor says little, a hundred times as much isn't surer.
        let loudness = Decibels.naturalLogarithm(1 + ratio)
        evidence = loudness * (0.55 + 0.9 * max(0, pitch - 0.3))
        probability = 1 / (1 + Decibels.exponential(-(evidence - 0.55) * 8))
        noise.learn(powers, isSpeech: probability > 0.3)
        if probability > (isSpeech ? 0.2 : 0.5) {
            run += 1
            if run >= 2 {
                isSpeech = true
                remaining = Self.hangover
            }
        } else {
            run = 0
            if remaining > 0 { remaining -= 1 } else { isSpeech = false }
        }
    }

    /// The highest normalised autocorrelation of the last 40 ms at lags of 2.5 to 16 ms.
    private mutating func periodicity(_ samples: [Float]) -> Float {
        for index in 0..<80 { past[index] = past[index + 40] }
        low.reduce(samples, into: &past, at: 80)
        Self.multiply(past, into: &products)
        let signal = past.span
        var energy: Float = 1
        for index in 40..<120 { energy += signal[index] * signal[index] }
        var highest: Float = 0
        var shifted: Float = 1
        for index in 36..<116 { shifted += signal[index] * signal[index] }
        for lag in 5...33 {
            let (gone, come) = (signal[120 - lag], signal[40 - lag])
            shifted += come * come - gone * gone
            let product = products[40 - lag]
            if product > 0 { highest = max(highest, product * product / (energy * max(1, shifted))) }
        }
        return min(1, highest.squareRoot())
    }

    /// For each start up to 40 the product of the 80 samples from there with the last 80.
    private static func multiply(_ past: [Float], into products: inout [Float]) {
        let signal = past.span
        var sums = products.mutableSpan
        guard signal.count == 120, sums.count == 40 else { return }
        for index in 0..<40 { sums[index] = 0 }
        for place in stride(from: 0, to: 80, by: 4) {
            let (a, b) = (signal[40 + place], signal[41 + place])
            let (c, d) = (signal[42 + place], signal[43 + place])
            for index in 0..<36 {
                let at = place + index
                unsafe sums[unchecked: index] +=
                    (a * signal[unchecked: at] + b * signal[unchecked: at + 1])
                    + (c * signal[unchecked: at + 2] + d * signal[unchecked: at + 3])
            }
        }
    }
}

extension VoiceActivityDetector {
    /// Eight band-passes from 250 to 3200 Hz, each in a lane.
    struct FilterBank: Sendable {
        private static let centres: [Double] = [250, 420, 640, 920, 1280, 1740, 2350, 3100]
        private let input: SIMD8<Float>
        private let first: SIMD8<Float>
        private let second: SIMD8<Float>
        private var one = SIMD8<Float>.zero
        private var two = SIMD8<Float>.zero

        init() {
            var (input, first, second) = (SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>())
            for (lane, centre) in Self.centres.enumerated() {
                // The band-pass with a gain of 1 at its centre, Q = 2.5.
                let alpha = Circle.sine(turns: centre / 8000) / 5
                input[lane] = Float(alpha / (1 + alpha))
                first[lane] = Float(-2 * Circle.cosine(turns: centre / 8000) / (1 + alpha))
                second[lane] = Float((1 - alpha) / (1 + alpha))
            }
            (self.input, self.first, self.second) = (input, first, second)
        }

        /// The mean power in each band.
        mutating func powers(of samples: Span<Float>) -> SIMD8<Float> {
            var (one, two) = (one, two)
            var sum = SIMD8<Float>.zero
            for index in samples.indices {
                // Transposed direct form: the middle coefficient of the numerator is none.
                let scaled = input * samples[index]
                let output = scaled + one
                one = two - first * output
                two = -scaled - second * output
                sum += output * output
            }
            // Numbers that are too small to be anything are slow to count with.
            let tiny = SIMD8<Float>(repeating: 1e-12)
            one.replace(with: 0, where: one * one .< tiny)
            two.replace(with: 0, where: two * two .< tiny)
            (self.one, self.two) = (one, two)
            return sum / Float(max(1, samples.count))
        }
    }

    /// The power of the background in each band: what is there between words, and at least the least of the last
    /// seconds.
    struct NoiseFloor: Sendable {
        /// About −66 dBov over all bands: no line is much quieter, and a voice is louder.
        private static let least = SIMD8<Float>(repeating: 30)
        private var level = SIMD8<Float>(repeating: 60)
        private var smoothed = SIMD8<Float>.zero
        private var lowest = SIMD8<Float>(repeating: .infinity)
        private var lowestBefore = SIMD8<Float>(repeating: .infinity)
        private var frames = 0
        /// A call's first look at its background comes sooner.
        private var window = 25

        init() {}

        /// By how much a frame is more likely with a voice than without, per band, in nats.
        func likelihood(of powers: SIMD8<Float>) -> Float {
            let ratio = powers / level
            var sum: Float = 0
            for lane in 0..<8 {
                let value = min(ratio[lane], 1000)
                if value > 1 { sum += value - 1 - Decibels.naturalLogarithm(value) }
            }
            return sum / 8
        }

        mutating func learn(_ powers: SIMD8<Float>, isSpeech: Bool) {
            smoothed += (powers - smoothed) * 0.3
            lowest = pointwiseMin(lowest, smoothed)
            if !isSpeech { level += (powers - level) * 0.06 }
            frames += 1
            if frames == window {
                // What never went below this in 0.8 to 1.6 s is no voice.
                level = pointwiseMax(level, pointwiseMin(lowest, lowestBefore) * 1.4)
                lowestBefore = lowest
                lowest = smoothed
                frames = 0
                window = 40
            }
            level = pointwiseMax(level, Self.least)
        }
    }
}
