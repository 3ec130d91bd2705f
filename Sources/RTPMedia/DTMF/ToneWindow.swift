extension ToneDetector {
    /// What the eight frequencies of the keys, or their overtones, have of a window, as complex amplitudes.
    struct Spectrum: Sendable {
        var real = SIMD8<Float>()
        var imaginary = SIMD8<Float>()

        /// The mean square of a sine of each amplitude.
        var powers: SIMD8<Float> { (real * real + imaginary * imaginary) * 0.5 }
    }

    /// What one look saw.
    struct Look: Sendable {
        var spectrum: Spectrum
        /// The mean square of the window, without its mean.
        var power: Float

        /// Whether two tones can be what is heard: what costs more is asked only then.
        var mayBeKey: Bool {
            let (low, high) = loudest
            return spectrum.powers[low] + spectrum.powers[high] > power * 0.3
        }

        /// The loudest of each group.
        var loudest: (low: Int, high: Int) {
            let powers = spectrum.powers
            func loudest(_ group: Range<Int>) -> Int {
                group.dropFirst().reduce(group.lowerBound) { powers[$1] > powers[$0] ? $1 : $0 }
            }
            return (loudest(0..<4), loudest(4..<8))
        }
    }

    /// The last 25 ms at 8 kHz, weighted by a raised cosine; and those that ended up to three steps before.
    struct Window: Sendable {
        static let length = 200
        static let step = 40
        /// How many steps back one can look.
        static let farthest = 3
        private static let rate = 8000.0

        private static let frequencies: [Double] = [697, 770, 852, 941, 1209, 1336, 1477, 1633]
        private static let keys = Array("123A456B789C*0#D")

        // Limits, as ratios of power.
        /// -38 dBm0 for the weaker tone; a sine of full scale has 3.14 dBm0.
        private static let quietest: Float = 32_768 * 32_768 / 2 * 7.7e-5
        /// 9.5 dB between the two.
        private static let twist: Float = 9
        /// What the two make up of the whole: noise may be 7 dB below them.
        private static let share: Float = 0.83
        /// How far a frequency may be off: between the 1.5 % that must be taken and the 3.5 % that must not.
        private static let tolerance = 0.025
        /// The overtone of a tone, against the tone.
        private static let overtone: Float = 0.02

        private static let kept = length + step * farthest

        /// What is kept ends at `end`; what goes before it is moved to the front once in a while.
        private var samples = [Float](repeating: 0, count: 3 * kept)
        private var end = kept
        private var fresh = 0

        /// - Returns: whether it's time to look.
        mutating func take(_ sample: Float) -> Bool {
            if end == samples.count {
                for index in 0..<Self.kept { samples[index] = samples[end - Self.kept + index] }
                end = Self.kept
            }
            samples[end] = sample
            end += 1
            fresh += 1
            guard fresh == Self.step else { return false }
            fresh = 0
            return true
        }

        /// - Parameter steps: how many steps ago, at most ``farthest``.
        /// - Returns: `nil` when it is too quiet to be looked at.
        func look(back steps: Int) -> Look? {
            let begin = begin(back: steps)
            var sum: Float = 0
            var squares: Float = 0
            for index in 0..<Self.length {
                let sample = samples[begin + index]
                let weighted = sample * Self.weights[index]
                sum += weighted
                squares += weighted * sample
            }
            let power = squares - sum * sum
            guard power > Self.quietest * 2 else { return nil }
            return Look(spectrum: spectrum(Self.tones, from: begin), power: power)
        }

        private func begin(back steps: Int) -> Int {
            end - Self.length - min(max(0, steps), Self.farthest) * Self.step
        }

        /// The key whose tones two looks in a row found.
        ///
        /// - Parameter steps: how many steps ago the later look was.
        func key(_ now: Look, after before: Look, back steps: Int) -> Character? {
            let (low, high) = now.loudest
            guard now.mayBeKey, let lower = Self.power(low, now.spectrum, before.spectrum),
                let upper = Self.power(high, now.spectrum, before.spectrum)
            else { return nil }
            guard min(lower, upper) > Self.quietest, lower < upper * Self.twist, upper < lower * Self.twist,
                lower + upper > now.power * Self.share
            else { return nil }
            let overtones = spectrum(Self.overtones, from: begin(back: steps)).powers
            // With these pairs the window doesn't tell the overtone of the lower from the higher.
            let isHidden = high - low == 5 || high - low == 6
            guard isHidden || overtones[low] < lower * Self.overtone, overtones[high] < upper * Self.overtone else {
                return nil
            }
            return Self.keys[low * 4 + high - 4]
        }

        /// The power of a tone that is near one of the frequencies; `nil` when it is not near enough.
        ///
        /// By how much its phase runs ahead from one look to the next tells how far it is off, and that tells what the
        /// window took of it.
        private static func power(_ index: Int, _ now: Spectrum, _ before: Spectrum) -> Float? {
            let turn = turns[index]
            // What came before, turned by what a tone of the right frequency turns in 5 ms.
            let real = before.real[index] * turn.cosine - before.imaginary[index] * turn.sine
            let imaginary = before.real[index] * turn.sine + before.imaginary[index] * turn.cosine
            let along = now.real[index] * real + now.imaginary[index] * imaginary
            let across = now.imaginary[index] * real - now.real[index] * imaginary
            guard along > 0 || abs(across) > abs(along) else { return nil }
            let offset = arcTangent(across, along) / (2 * .pi) * Float(rate) / Float(step)
            guard abs(offset) <= limits[index] else { return nil }
            let bins = offset * Float(length) / Float(rate)
            let square = bins * bins
            let seen = 1 + square * (-0.644934 + square * (0.166808 + square * (-0.023943 + square * 0.002205)))
            return now.powers[index] / (seen * seen)
        }

        private func spectrum(_ waves: [(cosine: SIMD8<Float>, sine: SIMD8<Float>)], from begin: Int) -> Spectrum {
            var spectrum = Spectrum()
            for index in 0..<Self.length {
                spectrum.real += waves[index].cosine * samples[begin + index]
                spectrum.imaginary -= waves[index].sine * samples[begin + index]
            }
            return spectrum
        }

        /// To half a hundredth, from -3/4 π to 3/4 π.
        private static func arcTangent(_ y: Float, _ x: Float) -> Float {
            if abs(y) <= abs(x) {
                let ratio = y / x
                return ratio / (1 + 0.28 * ratio * ratio)
            }
            let ratio = x / y
            let angle = ratio / (1 + 0.28 * ratio * ratio)
            return (y > 0 ? Float.pi / 2 : -Float.pi / 2) - angle
        }

        // MARK: Tables

        private static let weights: [Float] = (0..<length).map { index in
            Float((1 - Circle.cosine(turns: (Double(index) + 0.5) / Double(length))) / Double(length))
        }
        private static let tones = waves(1)
        private static let overtones = waves(2)
        private static let turns: [(cosine: Float, sine: Float)] = frequencies.map { frequency in
            let turns = frequency * Double(step) / rate
            return (Float(Circle.cosine(turns: turns)), Float(Circle.sine(turns: turns)))
        }
        private static let limits = frequencies.map { Float($0 * tolerance) }

        private static func waves(_ multiple: Double) -> [(cosine: SIMD8<Float>, sine: SIMD8<Float>)] {
            (0..<length).map { index in
                var wave = (cosine: SIMD8<Float>(), sine: SIMD8<Float>())
                for (lane, frequency) in frequencies.enumerated() {
                    let turns = frequency * multiple * Double(index) / rate
                    // Twice the weight: half of a sine's amplitude is at its negative frequency.
                    wave.cosine[lane] = Float(Circle.cosine(turns: turns)) * weights[index] * 2
                    wave.sine[lane] = Float(Circle.sine(turns: turns)) * weights[index] * 2
                }
                return wave
            }
        }
    }
}
