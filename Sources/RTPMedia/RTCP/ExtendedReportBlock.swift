/// One block of an extended report (RFC 3611 §4).
///
/// A block whose length is not that of its type counts as unknown: it is kept as it came.
public enum ExtendedReportBlock: Sendable, Equatable {
    /// Which packets came and which did not (§4.1).
    case lossRuns(SequenceRuns)
    /// Which packets came once and which more often (§4.2).
    case duplicateRuns(SequenceRuns)
    /// When packets came, in units of the RTP clock (§4.3).
    case receiptTimes(PacketReceiptTimes)
    /// The time of a receiver, by which it learns the round trip (§4.4).
    case receiverReferenceTime(NTPTimestamp)
    /// The answers to receiver reference times (§4.5).
    case receiverReportDelays([ReceiverReportDelay])
    /// Loss, duplicates, jitter and TTL in sum (§4.6).
    case statisticsSummary(StatisticsSummary)
    /// How a call sounds (§4.7).
    case voipMetrics(VoIPMetrics)
    /// A block that isn't read: its type, the octet after it, and its content in whole words.
    case other(type: UInt8, specific: UInt8, content: [UInt8])

    /// Reads the content of a block, of whole words.
    init(type: UInt8, specific: UInt8, _ content: ArraySlice<UInt8>) {
        let start = content.startIndex
        self = .other(type: type, specific: specific, content: [])
        switch type {
        case 1 where content.count >= SequenceRuns.headerLength:
            self = .lossRuns(SequenceRuns(specific: specific, content))
        case 2 where content.count >= SequenceRuns.headerLength:
            self = .duplicateRuns(SequenceRuns(specific: specific, content))
        case 3 where content.count >= PacketReceiptTimes.headerLength:
            self = .receiptTimes(PacketReceiptTimes(specific: specific, content))
        case 4 where content.count == 8:
            let time = UInt64(content.bigEndian32(at: start)) << 32 | UInt64(content.bigEndian32(at: start + 4))
            self = .receiverReferenceTime(NTPTimestamp(bits: time))
        case 5 where content.count % ReceiverReportDelay.length == 0:
            self = .receiverReportDelays(
                stride(from: start, to: content.endIndex, by: ReceiverReportDelay.length).map {
                    ReceiverReportDelay(content[$0...])
                })
        case 6 where content.count == StatisticsSummary.length:
            self = .statisticsSummary(StatisticsSummary(specific: specific, content))
        case 7 where content.count == VoIPMetrics.length:
            self = .voipMetrics(VoIPMetrics(content))
        default:
            self = .other(type: type, specific: specific, content: Array(content))
        }
    }

    /// Writes the block; lists that don't fit in its length are cut.
    func append(to octets: inout [UInt8]) {
        let start = octets.count
        octets += [0, 0, 0, 0]
        let type: UInt8
        var specific: UInt8 = 0
        switch self {
        case .lossRuns(let runs):
            type = 1
            specific = runs.thinning & 0x0F
            runs.append(to: &octets)
        case .duplicateRuns(let runs):
            type = 2
            specific = runs.thinning & 0x0F
            runs.append(to: &octets)
        case .receiptTimes(let times):
            type = 3
            specific = times.thinning & 0x0F
            times.append(to: &octets)
        case .receiverReferenceTime(let time):
            type = 4
            octets.append(bigEndian: UInt32(truncatingIfNeeded: time.bits >> 32))
            octets.append(bigEndian: UInt32(truncatingIfNeeded: time.bits))
        case .receiverReportDelays(let delays):
            type = 5
            for delay in delays.prefix(Int(UInt16.max) / 3) { delay.append(to: &octets) }
        case .statisticsSummary(let summary):
            type = 6
            specific = summary.flags
            summary.append(to: &octets)
        case .voipMetrics(let metrics):
            type = 7
            metrics.append(to: &octets)
        case .other(let other, let octet, let content):
            type = other
            specific = octet
            octets.append(contentsOf: content.prefix(Int(UInt16.max) * 4))
        }
        while octets.count % 4 != 0 { octets.append(0) }
        let words = UInt16(clamping: (octets.count - start) / 4 - 1)
        octets[start] = type
        octets[start + 1] = specific
        octets[start + 2] = UInt8(words >> 8)
        octets[start + 3] = UInt8(words & 0xFF)
    }
}

/// The answer to a receiver reference time, by which its sender learns the round trip (RFC 3611 §4.5).
public struct ReceiverReportDelay: Sendable, Hashable {
    static let length = 12

    /// The receiver that is answered.
    public var ssrc: UInt32
    /// LRR: the middle bits of its last reference time, 0 if none came.
    public var lastReport: UInt32
    /// DLRR: how long ago that came, in 2⁻¹⁶ seconds.
    public var delay: UInt32

    /// - Parameters:
    ///   - ssrc: the receiver that is answered.
    ///   - lastReport: LRR, the middle bits of its reference time.
    ///   - delay: DLRR, in 2⁻¹⁶ seconds.
    public init(ssrc: UInt32, lastReport: UInt32, delay: UInt32) {
        self.ssrc = ssrc
        self.lastReport = lastReport
        self.delay = delay
    }

    /// Reads it at the start of `octets`, of which there are at least ``length``.
    init(_ octets: ArraySlice<UInt8>) {
        let start = octets.startIndex
        self.init(
            ssrc: octets.bigEndian32(at: start), lastReport: octets.bigEndian32(at: start + 4),
            delay: octets.bigEndian32(at: start + 8))
    }

    func append(to octets: inout [UInt8]) {
        octets.append(bigEndian: ssrc)
        octets.append(bigEndian: lastReport)
        octets.append(bigEndian: delay)
    }
}
