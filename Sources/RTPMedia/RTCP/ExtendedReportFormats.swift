/// Which extended reports a party wants to get: the value of `a=rtcp-xr` (RFC 3611 §5).
public struct ExtendedReportFormats: Sendable, Hashable {
    /// Who answers receiver reference times (RFC 3611 §5.1).
    public enum RoundTrip: String, Sendable, Hashable {
        /// Everybody: `rcvr-rtt=all`.
        case all
        /// Who sends sound: `rcvr-rtt=sender`.
        case sender
    }

    /// `pkt-loss-rle`
    public var lossRuns = false
    /// `pkt-dup-rle`
    public var duplicateRuns = false
    /// `pkt-rcpt-times`
    public var receiptTimes = false
    /// `rcvr-rtt`
    public var receiverRoundTrip: RoundTrip?
    /// `stat-summary`, with whatever it asks for.
    public var statisticsSummary = false
    /// `voip-metrics`
    public var voipMetrics = false

    /// None.
    public init() {}

    /// Reads a value. Formats that are not known are passed over, and so are the sizes: what is sent is small.
    public init(parsing value: String) {
        for format in value.split(whereSeparator: { $0 == " " || $0 == "\t" }).prefix(32) {
            let parts = format.split(separator: "=", maxSplits: 1)
            switch parts.first?.lowercased() {
            case "pkt-loss-rle": lossRuns = true
            case "pkt-dup-rle": duplicateRuns = true
            case "pkt-rcpt-times": receiptTimes = true
            case "rcvr-rtt":
                let mode = parts.dropFirst().first?.split(separator: ":").first?.lowercased()
                receiverRoundTrip = mode.flatMap { RoundTrip(rawValue: $0) } ?? .all
            case "stat-summary": statisticsSummary = true
            case "voip-metrics": voipMetrics = true
            default: break
            }
        }
    }

    /// The value; empty when none is wanted, which asks for no extended reports at all.
    public var attributeValue: String {
        var formats: [String] = []
        if lossRuns { formats.append("pkt-loss-rle") }
        if duplicateRuns { formats.append("pkt-dup-rle") }
        if receiptTimes { formats.append("pkt-rcpt-times") }
        if let receiverRoundTrip { formats.append("rcvr-rtt=\(receiverRoundTrip.rawValue)") }
        if statisticsSummary { formats.append("stat-summary=loss,dup,jitt") }
        if voipMetrics { formats.append("voip-metrics") }
        return formats.joined(separator: " ")
    }
}
