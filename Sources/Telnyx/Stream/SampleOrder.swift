/// Which octet of a sample of L16 comes first: Telnyx does not say.
public enum SampleOrder: Sendable, Hashable, CaseIterable {
    /// The upper octet first, as RFC 3551 §4.5.11 has it.
    case bigEndian
    /// The lower octet first, as some report.
    case littleEndian

    var other: SampleOrder { self == .bigEndian ? .littleEndian : .bigEndian }

    func samples(of octets: [UInt8]) -> [Int16] {
        var samples: [Int16] = []
        samples.reserveCapacity(octets.count / 2)
        var first: UInt8?
        for octet in octets {
            guard let half = first else {
                first = octet
                continue
            }
            let (upper, lower) = self == .bigEndian ? (half, octet) : (octet, half)
            samples.append(Int16(bitPattern: UInt16(upper) << 8 | UInt16(lower)))
            first = nil
        }
        return samples
    }

    func octets(of samples: [Int16]) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(samples.count * 2)
        for sample in samples {
            let bits = UInt16(bitPattern: sample)
            let (upper, lower) = (UInt8(truncatingIfNeeded: bits >> 8), UInt8(truncatingIfNeeded: bits))
            octets += self == .bigEndian ? [upper, lower] : [lower, upper]
        }
        return octets
    }
}

/// Finds out which order the samples of a stream have: read the wrong way, sound is near to white noise, and its samples are
/// far from one another.
public struct SampleOrderFinder: Sendable, Hashable {
    /// Samples after which it makes up its mind: a second at 16 000 Hz.
    public static let wanted = 16_000
    /// Quieter sound, its mean step below this in both orders, tells nothing.
    private static let quiet = 8

    /// What was found; `nil` until there was enough sound.
    public private(set) var order: SampleOrder?
    private var count = 0
    private var big = 0
    private var little = 0

    public init() {}

    /// - Parameter payload: whole samples.
    public mutating func listen(to payload: [UInt8]) {
        guard order == nil else { return }
        let (bigSteps, pieces) = Self.steps(SampleOrder.bigEndian.samples(of: payload))
        let (littleSteps, _) = Self.steps(SampleOrder.littleEndian.samples(of: payload))
        // Silence, and what is nearly it, is left out.
        guard pieces > 0, max(bigSteps, littleSteps) / pieces >= Self.quiet else { return }
        big += bigSteps
        little += littleSteps
        count += pieces
        if count >= Self.wanted { order = big <= little ? .bigEndian : .littleEndian }
    }

    private static func steps(_ samples: [Int16]) -> (sum: Int, count: Int) {
        var sum = 0
        for (earlier, later) in zip(samples, samples.dropFirst()) { sum += abs(Int(later) - Int(earlier)) }
        return (sum, max(0, samples.count - 1))
    }
}
