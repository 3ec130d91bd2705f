/// Brings 20 ms at 8 kHz down to 2 kHz: 200 to 900 Hz, where a voice has most of its energy on a telephone line.
struct LowBand: Sendable {
    private static let factor = 4
    private static let length = 160
    private static let taps = bandPass()
    /// The end of the frames before, then the new one.
    private var samples = [Float](repeating: 0, count: taps.count + length)

    init() {}

    /// - Parameters:
    ///   - new: 160 samples; others are not taken.
    ///   - result: where 40 are put, from `place` on.
    mutating func reduce(_ new: Span<Float>, into result: inout [Float], at place: Int) {
        let count = Self.taps.count
        guard new.count == Self.length, place >= 0, place + Self.length / Self.factor <= result.count else { return }
        var all = samples.mutableSpan
        for index in 0..<count { all[index] = all[index + Self.length] }
        for index in 0..<Self.length { all[count + index] = new[index] }
        let taps = Self.taps.span
        let source = samples.span
        for index in 0..<Self.length / Self.factor {
            let window = source.extracting((index + 1) * Self.factor..<(index + 1) * Self.factor + count)
            var sums = SIMD4<Float>.zero
            for tap in stride(from: 0, to: count, by: 4) {
                unsafe sums +=
                    SIMD4(
                        window[unchecked: tap], window[unchecked: tap + 1], window[unchecked: tap + 2],
                        window[unchecked: tap + 3])
                    * SIMD4(
                        taps[unchecked: tap], taps[unchecked: tap + 1], taps[unchecked: tap + 2],
                        taps[unchecked: tap + 3])
            }
            result[place + index] = sums.sum()
        }
    }

    /// A windowed sinc of 48 taps: a low-pass at 900 Hz less one at 200 Hz.
    private static func bandPass() -> [Float] {
        let count = 48
        let middle = Double(count - 1) / 2
        return (0..<count).map { index in
            let time = Double(index) - middle
            func lowPass(_ frequency: Double) -> Double { Circle.sine(turns: frequency / 8000 * time) / (.pi * time) }
            let window = 0.54 - 0.46 * Circle.cosine(turns: Double(index) / Double(count - 1))
            return Float((lowPass(900) - lowPass(200)) * window)
        }
    }
}
