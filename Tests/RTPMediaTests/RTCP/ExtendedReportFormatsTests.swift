import RTPMedia
import Testing

@Suite("a=rtcp-xr")
struct ExtendedReportFormatsTests {
    @Test("A value is read whatever else is in it, and written in the order of the RFC")
    func values() {
        let all = ExtendedReportFormats(
            parsing:
                "pkt-loss-rle=1500 pkt-dup-rle  pkt-rcpt-times rcvr-rtt=sender:10 x=1 stat-summary=loss,TTL VOIP-metrics"
        )
        #expect(all.lossRuns && all.duplicateRuns && all.receiptTimes && all.statisticsSummary && all.voipMetrics)
        #expect(all.receiverRoundTrip == .sender)
        #expect(
            all.attributeValue
                == "pkt-loss-rle pkt-dup-rle pkt-rcpt-times rcvr-rtt=sender stat-summary=loss,dup,jitt voip-metrics")
        #expect(ExtendedReportFormats(parsing: all.attributeValue) == all)
        #expect(ExtendedReportFormats(parsing: "") == ExtendedReportFormats())
        #expect(ExtendedReportFormats(parsing: "rcvr-rtt").receiverRoundTrip == .all)
        #expect(ExtendedReportFormats(parsing: "voip-metric = =").attributeValue.isEmpty)
    }
}
