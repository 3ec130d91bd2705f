/// Lowers the rate of a stream by a whole factor, a frame at a time. The filter comes from outside.
struct BlockDecimator: Sendable {
    /// Taps for each phase; a multiple of four.
    private static let depth = 12

    private let factor: Int
    private let length: Int
    /// The filter, all taps of the first phase first.
    private let taps: [Float]
    /// The samples of each phase: the end of the frames before, then the new ones.
    private var phases: [Float]
    private var output: [Float]

    /// - Parameters:
    ///   - length: samples that come out of a frame.
    ///   - response: the filter's value at a time in samples from its middle; 12 × `factor` samples of it are used.
    init(factor: Int, length: Int, response: (Double) -> Double) {
        self.factor = factor
        self.length = length
        let count = Self.depth * factor
        let all = (0..<count).map { index in
            let window = 0.54 - 0.46 * Circle.cosine(turns: Double(index) / Double(count - 1))
            return Float(response(Double(index) - Double(count - 1) / 2) * window)
        }
        taps = (0..<count).map { all[$0 % Self.depth * factor + $0 / Self.depth] }
        phases = Array(repeating: 0, count: factor * (Self.depth + length))
        output = Array(repeating: 0, count: length)
    }

    /// Takes a frame of `factor` × `length` samples and puts `length` into `result`, from `place` on.
    mutating func reduce(_ frame: [Float], into result: inout [Float], at place: Int) {
        guard frame.count == factor * length, place >= 0, place + length <= result.count else { return }
        sort(frame)
        Self.filter(phases, taps, factor: factor, into: &output)
        let source = output.span
        var target = result.mutableSpan
        for index in source.indices { target[place + index] = source[index] }
    }

    private mutating func sort(_ new: [Float]) {
        let frame = new.span
        let (factor, length, depth) = (factor, length, Self.depth)
        var all = phases.mutableSpan
        for phase in 0..<factor {
            let row = phase * (depth + length)
            for index in 0..<depth { unsafe all[unchecked: row + index] = all[unchecked: row + index + length] }
            for index in 0..<length {
                unsafe all[unchecked: row + depth + index] = frame[unchecked: index * factor + phase]
            }
        }
    }

    private static func filter(
        _ phases: [Float], _ taps: [Float], factor: Int, into output: inout [Float]
    ) {
        let (samples, taps) = (phases.span, taps.span)
        var sums = output.mutableSpan
        let length = sums.count
        for index in 0..<length { sums[index] = 0 }
        for phase in 0..<factor {
            for tap in stride(from: 0, to: depth, by: 4) {
                let first = phase * (depth + length) + tap + 1
                let row = samples.extracting(first..<min(samples.count, first + length + 3))
                let at = phase * depth + tap
                let (a, b, c, d) = (taps[at], taps[at + 1], taps[at + 2], taps[at + 3])
                for index in 0..<length {
                    unsafe sums[unchecked: index] +=
                        (a * row[unchecked: index] + b * row[unchecked: index + 1])
                        + (c * row[unchecked: index + 2] + d * row[unchecked: index + 3])
                }
            }
        }
    }

    /// The response of an ideal low-pass, its edge as a part of the sample rate.
    static func lowPass(_ edge: Double, _ time: Double) -> Double {
        time == 0 ? 2 * edge : Circle.sine(turns: edge * time) / (.pi * time)
    }
}
