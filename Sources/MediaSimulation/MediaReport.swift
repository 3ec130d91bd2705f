/// What came of ``MediaCalls``.
public struct MediaReport: Sendable, Hashable, CustomStringConvertible {
    public private(set) var calls = 0
    /// Those that were played twice and compared.
    public private(set) var repeated = 0
    /// Frames of 20 ms that were pulled, on both sides.
    public private(set) var frames = 0
    /// Keys that were heard.
    public private(set) var digits = 0
    /// Windows of 40 ms in which the sound was compared with what was said.
    public private(set) var windows = 0
    /// What did not hold, by seed.
    public private(set) var failures: [MediaFailure] = []

    public init() {}

    /// Takes what is wrong with a call that is over.
    public init(of call: MediaCall) {
        calls = 1
        failures = call.failures
        (frames, digits, windows) = call.counts
    }

    /// The seeds of the calls in which something is wrong, each once, in order.
    public var failedSeeds: [UInt64] { Set(failures.map(\.seed)).sorted() }

    /// Plays a call once more.
    mutating func compare(_ call: MediaCall, with again: MediaCall) {
        again.run()
        repeated += 1
        guard again.digest != call.digest else { return }
        failures.append(MediaFailure(seed: call.seed, invariant: .sameAgain, problem: "it differs when played again"))
    }

    public mutating func add(_ other: MediaReport) {
        calls += other.calls
        repeated += other.repeated
        frames += other.frames
        digits += other.digits
        windows += other.windows
        failures += other.failures
        failures.sort { $0.seed < $1.seed }
    }

    /// Every failure in a line of its own, and in the last line how much was done.
    public var description: String {
        let summary =
            "media: \(calls) calls, \(repeated) of them twice, \(frames) frames, \(digits) keys, "
            + "\(windows) windows of sound compared, \(failedSeeds.count) failed"
        return (failures.map(\.description) + [summary]).joined(separator: "\n")
    }
}
