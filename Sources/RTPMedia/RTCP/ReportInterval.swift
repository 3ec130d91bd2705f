/// When the next RTCP report is due (RFC 3550 §6.2, §6.3) on a call of two parties.
///
/// 5 % of the session's bandwidth are for RTCP, shared by both. With a voice codec that is far more than a report every
/// 5 s takes, so the minimum of §6.2 rules; it is halved before the first report. Timer reconsideration (§6.3.3) changes
/// nothing while the number of members doesn't.
public struct ReportInterval: Sendable {
    /// Tmin of §6.2, in seconds.
    static let minimum = 5.0
    /// e − 3/2: makes good that reconsideration lengthens the intervals (§6.3.1).
    static let compensation = 1.21828
    /// UDP and IPv4 headers, which count as part of a report (§6.2).
    static let overhead = 28.0
    /// Whatever a peer says of the bandwidth, a report comes at least so often, in seconds.
    static let maximum = 60.0

    private var isFirst = true
    /// avg_rtcp_size of §6.3.3, in octets.
    private var averageSize: Double?
    private let bandwidth: Double?
    private let isReduced: Bool

    /// - Parameters:
    ///   - bandwidth: of the session, in bit/s; `nil` where the minimum rules anyway.
    ///   - isReduced: whether the minimum is that of 360 s over the kbit/s where that is less (§6.2).
    public init(bandwidth: Int? = nil, isReduced: Bool = false) {
        self.bandwidth = bandwidth.map { Double(max(1, $0)) }
        self.isReduced = isReduced
    }

    /// A report was sent or came.
    ///
    /// - Parameter octets: of the datagram, without the headers of IP and UDP.
    public mutating func note(octets: Int) {
        let size = Double(max(0, octets)) + Self.overhead
        averageSize = averageSize.map { $0 + (size - $0) / 16 } ?? size
    }

    /// The time between reports before chance moves it, in seconds.
    private var base: Double {
        var minimum = Self.minimum
        if let bandwidth, isReduced { minimum = min(minimum, 360_000 / bandwidth) }
        if isFirst { minimum /= 2 }
        guard let bandwidth, let averageSize else { return minimum }
        return min(max(minimum, averageSize * 8 * 2 / (bandwidth * 0.05)), Self.maximum)
    }

    /// The time to the next report: 0.5 to 1.5 times the interval, so that parties don't fall into step.
    ///
    /// - Parameter random: a uniform number.
    public mutating func next(random: UInt64) -> Duration {
        let base = base
        isFirst = false
        let factor = 0.5 + Double(random >> 11) / Double(1 << 53)
        return .nanoseconds(Int64(base * factor / Self.compensation * 1e9))
    }
}
