/// One half of the spectrum in ITU-T G.722: an adaptive predictor with six zeros and two poles, and the step of its
/// quantizer. Coder and decoder keep the same, so that both predict the same.
///
/// The names of the steps are those of the recommendation (§3, §4, §6.2).
struct G722Band {
    /// The quantizer's step, 32 at rest of the lower band.
    private(set) var step: Int32
    /// What the next sample is expected to be.
    private(set) var prediction: Int32 = 0

    private var logarithm: Int32 = 0
    private var zeroPrediction: Int32 = 0
    private var firstPole: Int32 = 0
    private var secondPole: Int32 = 0
    /// The last two reconstructed samples, each twice itself.
    private var doubledBefore: Int32 = 0
    private var doubledTwoBefore: Int32 = 0
    /// The signs of the last two partly reconstructed samples: 0 or -1.
    private var signBefore: Int32 = 0
    private var signTwoBefore: Int32 = 0
    /// The last differences, twice, the newest in front.
    private var differences = SIMD8<Int16>()
    /// The coefficients of the zeros.
    private var zeros = SIMD8<Int16>()
    /// The lanes that count: six. As a value that the compiler doesn't know it leaves the vectors whole.
    private var taps = SIMD8<Int16>(-1, -1, -1, -1, -1, -1, 0, 0)

    init(step: Int32) {
        self.step = step
    }

    /// LOGSCL and SCALEL, LOGSCH and SCALEH: fits the step to what came.
    @inline(__always)
    mutating func adaptStep(by change: Int16, limit: Int32, steps: [Int16]) {
        let next = min(max(logarithm &- ((logarithm &+ 127) &>> 7) &+ Int32(change), 0), limit)
        logarithm = next
        step = Int32(steps[Int(truncatingIfNeeded: next &>> 6)])
    }

    /// Block 4L and 4H, the last steps: predicts the next sample. They come first here; at the end of the one before,
    /// the compiler would take the vectors apart.
    @inline(__always)
    mutating func predict() {
        // FILTEZ, FILTEP, PREDIC
        let products = Self.widened(zeros) &* Self.widened(differences)
        let sums = (products.lowHalf &>> 15) &+ (products.highHalf &>> 15)
        zeroPrediction = Self.saturated(sums.wrappedSum())
        let poles = ((firstPole &* doubledBefore) &>> 15) &+ ((secondPole &* doubledTwoBefore) &>> 15)
        prediction = Self.saturated(Self.saturated(poles) &+ zeroPrediction)
    }

    /// Block 4L and 4H, the first steps: fits the predictor to the quantized difference.
    ///
    /// No difference is beyond ±10 228, so that twice of it needs no saturation.
    @inline(__always)
    mutating func adapt(to difference: Int32) {
        let doubled = Self.saturated((prediction &+ difference) &* 2)
        let sign = (zeroPrediction &+ difference) &>> 31

        // UPPOL2. Masks are 0 where signs agree and -1 where they don't. Four times the first pole, saturated and
        // divided by 128, is a 32nd of it within bounds.
        let turned = sign ^ signBefore
        let agreed = ~turned
        let change = min(max(((firstPole ^ agreed) &- agreed) &>> 5, -256), 255)
        let push = 128 &- ((sign ^ signTwoBefore) & 256)
        let second = change &+ push &+ ((secondPole &* 32_512) &>> 15)
        secondPole = min(max(second, -12_288), 12_288)

        // UPPOL1
        let limit = 15_360 &- secondPole
        let first = 192 &- (turned & 384) &+ ((firstPole &* 32_640) &>> 15)
        firstPole = min(max(first, 0 &- limit), limit)
        signTwoBefore = signBefore
        signBefore = sign

        // UPZERO: each coefficient loses a 256th, rounded up, and gains 128 where the signs agree. None can overflow.
        let short = Int16(truncatingIfNeeded: difference)
        let opposed = (differences ^ short) &>> 15
        let gain = SIMD8(repeating: difference == 0 ? 0 : Int16(128))
        let loss = (zeros &>> 8) &+ (((zeros & 255) &+ 255) &>> 8)
        zeros = (zeros &- loss &+ ((gain ^ opposed) &- opposed)) & taps
        differences = SIMD8(
            short &* 2, differences[0], differences[1], differences[2], differences[3], differences[4], differences[5],
            differences[6])
        doubledTwoBefore = doubledBefore
        doubledBefore = doubled
    }

    /// Written out, as the standard library's own is not always inlined.
    @inline(__always)
    private static func widened(_ short: SIMD8<Int16>) -> SIMD8<Int32> {
        SIMD8(
            Int32(short[0]), Int32(short[1]), Int32(short[2]), Int32(short[3]), Int32(short[4]), Int32(short[5]),
            Int32(short[6]), Int32(short[7]))
    }

    @inline(__always)
    static func saturated(_ value: Int32) -> Int32 { min(max(value, -32_768), 32_767) }
}
