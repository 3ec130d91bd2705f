/// By how much an echo's delay grows steadily, where the clocks of a line differ.
///
/// One correlation tells a delay to about a sample of 8 kHz, and 50 ppm are 0.4 samples a second. So a line is laid through
/// what about fifteen seconds of our voice show, and believed only if it is steep and straight.
struct DriftEstimate: Sendable {
    private static let wanted: Float = 32
    /// Samples by which the delay must have grown meanwhile, and the ratio of that to how far the points lie off the line.
    private static let growth: Float = 2
    private static let straightness: Float = 2

    private var began = 0
    private var count: Float = 0
    private var time: Float = 0
    private var error: Float = 0
    private var timeSquared: Float = 0
    private var errorSquared: Float = 0
    private var product: Float = 0

    init() {}

    /// Takes how far the delay now is from the one in use.
    ///
    /// - Returns: by how much more the delay grows in each frame than is allowed for, when that is known.
    mutating func add(_ newError: Float, frame: Int) -> Float? {
        if count == 0 { began = frame }
        let newTime = Float(frame - began) / 1000
        count += 1
        time += newTime
        error += newError
        timeSquared += newTime * newTime
        errorSquared += newError * newError
        product += newTime * newError
        guard count >= Self.wanted else { return nil }
        defer { self = DriftEstimate() }
        let spread = timeSquared - time * time / count
        guard spread > 0 else { return nil }
        let slope = (product - time * error / count) / spread
        let off = errorSquared - error * error / count - slope * slope * spread
        let grown = abs(slope) * newTime
        guard grown > Self.growth, grown > Self.straightness * (max(0, off) / count).squareRoot() else { return nil }
        return max(-0.02, min(0.02, slope / 1000))
    }
}
