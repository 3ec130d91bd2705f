/// The powers of 256 samples at 8 kHz in steps of 31.25 Hz, weighted by a raised cosine.
struct Spectrum256: Sendable {
    static let length = 256
    /// Hertz from one to the next.
    static let step: Float = 8000 / 256

    private(set) var powers = [Float](repeating: 0, count: length / 2)
    private var real = [Float](repeating: 0, count: length)
    private var imaginary = [Float](repeating: 0, count: length)

    /// - Parameter samples: as many as ``length``; fewer stand for silence.
    mutating func take(_ samples: [Float]) {
        guard samples.count >= Self.length else {
            for index in powers.indices { powers[index] = 0 }
            return
        }
        for index in 0..<Self.length {
            real[index] = samples[Self.order[index]] * Self.weights[Self.order[index]]
            imaginary[index] = 0
        }
        var half = 1
        while half < Self.length {
            let stride = Self.length / 2 / half
            for first in Swift.stride(from: 0, to: Self.length, by: half * 2) {
                for place in 0..<half {
                    let (cosine, sine) = (Self.cosines[place * stride], Self.sines[place * stride])
                    let (low, high) = (first + place, first + place + half)
                    let turnedReal = real[high] * cosine + imaginary[high] * sine
                    let turnedImaginary = imaginary[high] * cosine - real[high] * sine
                    (real[high], imaginary[high]) = (real[low] - turnedReal, imaginary[low] - turnedImaginary)
                    (real[low], imaginary[low]) = (real[low] + turnedReal, imaginary[low] + turnedImaginary)
                }
            }
            half *= 2
        }
        for index in powers.indices {
            powers[index] = real[index] * real[index] + imaginary[index] * imaginary[index]
        }
    }

    /// The frequency of the tone whose power is highest at `index`, hertz.
    func frequency(near index: Int) -> Float {
        guard index > 0, index + 1 < powers.count, powers[index] > 0 else { return Float(index) * Self.step }
        // Of this window the ratio of two neighbours tells where between them the tone is.
        let (below, above) = (powers[index - 1], powers[index + 1])
        let ratio = (max(below, above) / powers[index]).squareRoot()
        let offset = (2 * ratio - 1) / (ratio + 1)
        return (Float(index) + (above > below ? offset : -offset)) * Self.step
    }

    private static let order: [Int] = (0..<length).map { index in
        (0..<8).reduce(0) { $0 << 1 | (index >> $1) & 1 }
    }
    private static let weights: [Float] = (0..<length).map { index in
        Float((1 - Circle.cosine(turns: (Double(index) + 0.5) / Double(length))) / 2)
    }
    private static let cosines: [Float] = (0..<length / 2).map { Float(Circle.cosine(turns: Double($0) / 256)) }
    private static let sines: [Float] = (0..<length / 2).map { Float(Circle.sine(turns: Double($0) / 256)) }
}
