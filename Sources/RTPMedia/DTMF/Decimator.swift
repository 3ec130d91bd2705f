extension ToneDetector {
    /// Brings sound down to 8 kHz, below 3.6 kHz as it is.
    struct Decimator: Sendable {
        private let factor: Int
        private let taps: [Float]
        private var past: [Float]
        private var place = 0
        private var waiting = 0

        /// - Returns: `nil` when the rate is no multiple of 8 000 up to 48 000.
        init?(from sampleRate: Int) {
            guard sampleRate > 0, sampleRate <= 48_000, sampleRate % 8000 == 0 else { return nil }
            factor = sampleRate / 8000
            taps = Self.lowPass(factor)
            past = [Float](repeating: 0, count: taps.count)
        }

        mutating func reset() {
            for index in past.indices { past[index] = 0 }
            waiting = 0
        }

        /// - Returns: a sample at 8 kHz, each time one is due.
        mutating func take(_ sample: Float) -> Float? {
            guard factor > 1 else { return sample }
            past[place] = sample
            place = place + 1 == past.count ? 0 : place + 1
            waiting += 1
            guard waiting == factor else { return nil }
            waiting = 0
            // The filter is the same from both ends, so that it doesn't matter in which direction it runs.
            var sum: Float = 0
            let split = taps.count - place
            for index in 0..<split { sum += past[place + index] * taps[index] }
            for index in split..<taps.count { sum += past[index - split] * taps[index] }
            return sum
        }

        private static func lowPass(_ factor: Int) -> [Float] {
            let count = 12 * factor + 1
            let middle = Double(count - 1) / 2
            let cutoff = 0.45 / Double(factor)
            let taps = (0..<count).map { index in
                let time = Double(index) - middle
                let ideal = time == 0 ? 2 * cutoff : Circle.sine(turns: cutoff * time) / (.pi * time)
                return ideal * (0.54 - 0.46 * Circle.cosine(turns: Double(index) / Double(count - 1)))
            }
            let sum = taps.reduce(0, +)
            return taps.map { Float($0 / sum) }
        }
    }
}
