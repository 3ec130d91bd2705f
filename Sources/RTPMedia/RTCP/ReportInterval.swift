/// When the next RTCP report is due (RFC 3550 §6.2, §6.3) on a call of two parties.
///
/// With two parties and a voice codec 5 % of the bandwidth is far more than a report every 5 s takes, so the minimum
/// of §6.2 rules; it is halved before the first report.
public struct ReportInterval: Sendable {
    /// Tmin of §6.2.
    static let minimum = 5.0
    /// e − 3/2: makes good that reconsideration lengthens the intervals (§6.3.1).
    static let compensation = 1.21828

    private var isFirst = true

    public init() {}

    /// The time to the next report: 0.5 to 1.5 times the interval, so that parties don't fall into step.
    ///
    /// - Parameter random: a uniform number.
    public mutating func next(random: UInt64) -> Duration {
        let base = isFirst ? Self.minimum / 2 : Self.minimum
        isFirst = false
        let factor = 0.5 + Double(random >> 11) / Double(1 << 53)
        return .nanoseconds(Int64(base * factor / Self.compensation * 1e9))
    }
}
