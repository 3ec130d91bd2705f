/// The power of the line's background: the least that was heard lately, rising slowly.
struct BackgroundLevel: Sendable {
    /// Power of a sample.
    private(set) var level: Float = 100
    private var least = Float.infinity
    private var frames = 0

    init() {}

    /// Takes the power of 20 ms.
    mutating func add(_ power: Float) {
        least = min(least, power)
        if power < level { level += (power - level) * 0.2 }
        frames += 1
        guard frames == 50 else { return }
        if least > level { level += (least - level) * 0.5 }
        (frames, least) = (0, .infinity)
    }
}
