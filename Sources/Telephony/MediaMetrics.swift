internal import Metrics
package import RTPMedia
internal import TelephonyPrimitives

/// What the sound of all calls tells the metrics system of its host (swift-metrics), once a second for each call.
package struct MediaMetrics: Sendable {
    private let received = Counter(label: "trunkline_media_packets_received_total")
    private let lost = Counter(label: "trunkline_media_packets_lost_total")
    private let late = Counter(label: "trunkline_media_packets_late_total")
    private let concealed = Counter(label: "trunkline_media_concealed_milliseconds_total")
    private let stretched = Counter(label: "trunkline_media_stretched_milliseconds_total")
    private let jitter = Recorder(label: "trunkline_media_jitter_milliseconds")
    private let delay = Recorder(label: "trunkline_media_delay_milliseconds")
    private let heard = Recorder(label: "trunkline_media_mos", dimensions: [("direction", "heard")])
    private let sent = Recorder(label: "trunkline_media_mos", dimensions: [("direction", "sent")])

    package func take(_ report: QualityReport) {
        received.increment(by: Int64(report.packetsReceived))
        lost.increment(by: Int64(max(0, report.packetsLost)))
        late.increment(by: Int64(report.packetsLate))
        concealed.increment(by: report.concealed.inMilliseconds)
        stretched.increment(by: report.stretched.inMilliseconds)
        if let score = report.heardMOS {
            heard.record(score)
            jitter.record(report.jitter.inSeconds * 1000)
            delay.record(report.delay.inSeconds * 1000)
        }
        if let score = report.remoteMOS { sent.record(score) }
    }
}
