import TelephonyTesting
import Testing

/// The line of a test, and the seed of its chances.
struct Line: Sendable, CustomTestStringConvertible {
    var seed: UInt64
    var conditions: LinkConditions

    var testDescription: String { conditions == .perfect ? "a perfect line" : "a rough line, seed \(seed)" }

    /// A perfect line and five bad ones.
    static let all = [Line(seed: 1, conditions: .perfect)] + (2...6).map { Line(seed: $0, conditions: .rough) }

    /// Up to 40 ms of jitter, which swaps packets, but nothing is lost.
    static let jittery: Line = {
        var conditions = LinkConditions()
        conditions.delay = .milliseconds(30)
        conditions.jitter = .milliseconds(40)
        return Line(seed: 11, conditions: conditions)
    }()
}
