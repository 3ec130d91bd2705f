/// The noise behind the voice: how loud it is and how it is coloured, and more of it.
///
/// Learned from the quietest stretches of what is played, or told by comfort noise payloads (RFC 3389). What is played
/// where nothing is sent then sounds like what was heard in the pauses before.
struct BackgroundNoise: Sendable {
    /// RMS above which a stretch is no background (about −42 dBov): a voice that never paused is not repeated as noise.
    static let loudest: Float = 260
    /// The estimate may rise by this factor each 20 ms, about 1.5 dB in a second, and falls at once.
    static let rise: Float = 1.0035
    static let order = 8

    /// The RMS of the noise; 0 while none is known.
    private(set) var level: Float = 0
    private var filter = LinearPrediction()
    private var state: [Float] = []
    private var generator: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var scratch: [Float] = []
    /// The sender says what its background is like: nothing is learned then.
    private var isTold = false

    init() {}

    /// Learns from 20 ms, or so, of what was sent.
    mutating func hear(_ samples: ArraySlice<Int16>) {
        guard !isTold, !samples.isEmpty else { return }
        let rms = (samples.energy / Float(samples.count)).squareRoot()
        guard rms <= max(level * 1.2, 1), level > 0 || rms > 0 else {
            if level == 0, rms <= Self.loudest {
                learn(samples, rms)
            } else {
                level = min(level * Self.rise, Self.loudest)
            }
            return
        }
        learn(samples, rms)
    }

    private mutating func learn(_ samples: ArraySlice<Int16>, _ rms: Float) {
        level = level == 0 || rms < level ? rms : level + (rms - level) / 8
        scratch.removeAll(keepingCapacity: true)
        for sample in samples { scratch.append(Float(sample)) }
        filter.begin(order: Self.order)
        filter.add(scratch)
        filter.solve()
    }

    /// Takes the level and colour that the sender describes.
    mutating func set(_ noise: ComfortNoise) {
        level = Float(noise.amplitude)
        isTold = true
        filter.set(reflections: noise.reflections.map { Float($0) })
    }

    /// Appends `count` samples of the noise.
    mutating func make(_ count: Int, into samples: inout [Int16]) {
        guard level >= 1 else {
            samples.append(contentsOf: repeatElement(0, count: count))
            return
        }
        let order = filter.order
        while state.count < order { state.append(0) }
        // White noise whose level after the filter is that of the background; uniform on ±√3 has RMS 1.
        let gain = level * filter.residual.squareRoot() * 1.732_05
        for _ in 0..<count {
            generator = generator &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let white = Float(Int32(truncatingIfNeeded: generator >> 32)) / 2_147_483_648
            var value = gain * white
            for lag in 0..<order { value -= filter.coefficients[lag + 1] * state[lag] }
            if !(value.magnitude < 32_768) { value = 0 }
            for lag in stride(from: order - 1, to: 0, by: -1) { state[lag] = state[lag - 1] }
            if order > 0 { state[0] = value }
            samples.append(CrossFade.clamp(value))
        }
    }

    /// The noise of another stream is not this one's.
    mutating func forget() {
        level = 0
        isTold = false
    }
}
