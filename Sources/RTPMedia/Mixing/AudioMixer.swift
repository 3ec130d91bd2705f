/// Adds sounds of one rate, a frame of 20 ms at a time.
///
/// A sum that is too loud is turned down, at once and only as far as it must be, and comes up again within 300 ms: nothing
/// wraps around, and nothing is bent that would have fitted. One sound alone at a gain of 1 comes out as it went in, bit
/// by bit. No frame allocates once the target has room.
public struct AudioMixer: Sendable {
    /// Samples per second, 8 000 to 48 000.
    public let sampleRate: Int
    /// Samples of a frame of 20 ms.
    public let frameLength: Int
    private var sum: [Float]
    private var limiter = PeakLimiter()

    /// - Parameter sampleRate: samples per second, 8 000 to 48 000; clamped.
    public init(sampleRate: Int) {
        self.sampleRate = min(max(sampleRate, 8000), 48_000)
        frameLength = self.sampleRate / 50
        sum = [Float](repeating: 0, count: frameLength)
    }

    /// Adds one sound to the frame.
    ///
    /// - Parameters:
    ///   - samples: a frame; what is beyond its length is passed over, what is short of it is silent.
    ///   - start: the factor in front of the frame's first sample, from -100 to 100; clamped.
    ///   - end: the factor at its last one; between them it moves evenly, so that what comes and goes doesn't click.
    public mutating func add(_ samples: Span<Int16>, from start: Float = 1, to end: Float = 1) {
        let (count, frameLength) = (min(samples.count, frameLength), frameLength)
        let (start, end) = (Self.clamped(start), Self.clamped(end))
        var target = sum.mutableSpan
        if start == end {
            guard end != 0 else { return }
            for index in 0..<count { target[index] += Float(samples[index]) * end }
        } else {
            let step = (end - start) / Float(frameLength)
            for index in 0..<count { target[index] += Float(samples[index]) * (start + step * Float(index + 1)) }
        }
    }

    private static func clamped(_ gain: Float) -> Float { gain.isNaN ? 0 : min(max(gain, -100), 100) }

    /// The same for an array.
    mutating func add(_ samples: [Int16], from start: Float, to end: Float) {
        add(samples.span, from: start, to: end)
    }

    /// Appends the frame to `samples`, and begins the next one.
    public mutating func mix(into samples: inout [Int16]) {
        limiter.limit(&sum, into: &samples, sampleRate: sampleRate)
        var target = sum.mutableSpan
        for index in 0..<target.count { target[index] = 0 }
    }
}

/// Turns a frame down whose peaks are beyond what 16 bits hold.
private struct PeakLimiter: Sendable {
    private static let ceiling: Float = 32_767
    /// How far the gain comes up again in a frame of 20 ms.
    private static let release: Float = 1 / 15

    private var gain: Float = 1

    mutating func limit(_ sum: inout [Float], into samples: inout [Int16], sampleRate: Int) {
        let source = sum.span
        var peak: Float = 0
        for index in 0..<source.count { peak = max(peak, abs(source[index])) }
        if gain == 1, peak <= Self.ceiling + 1 {
            samples.append(addingCapacity: source.count) { output in
                for index in 0..<source.count { output.append(Self.rounded(source[index])) }
            }
            return
        }
        let needed = peak > Self.ceiling ? Self.ceiling / peak : 1
        let start = gain
        let ramp: Int
        if needed < start {
            // Down before the first sample that is too loud; within a millisecond where that is at the very beginning.
            var first = 0
            while first < source.count, abs(source[first]) * start <= Self.ceiling { first += 1 }
            ramp = max(first, sampleRate / 1000)
            gain = needed
        } else {
            ramp = source.count
            gain = min(needed, start + Self.release)
        }
        let end = gain
        let step = (end - start) / Float(max(1, ramp))
        samples.append(addingCapacity: source.count) { output in
            for index in 0..<source.count {
                let factor = index < ramp ? start + step * Float(index + 1) : end
                output.append(Self.rounded(source[index] * factor))
            }
        }
    }

    private static func rounded(_ value: Float) -> Int16 {
        Int16(min(max(value, -32_768), ceiling).rounded(.toNearestOrEven))
    }
}
