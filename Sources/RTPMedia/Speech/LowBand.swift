/// Brings 20 ms at 8 kHz down to 2 kHz: 200 to 900 Hz, where a voice has most of its energy on a telephone line.
struct LowBand: Sendable {
    private var decimator = BlockDecimator(factor: 4, length: 40) { time in
        BlockDecimator.lowPass(900.0 / 8000, time) - BlockDecimator.lowPass(200.0 / 8000, time)
    }

    init() {}

    /// - Parameters:
    ///   - new: 160 samples; others are not taken.
    ///   - result: where 40 are put, from `place` on.
    mutating func reduce(_ new: [Float], into result: inout [Float], at place: Int) {
        decimator.reduce(new, into: &result, at: place)
    }
}
