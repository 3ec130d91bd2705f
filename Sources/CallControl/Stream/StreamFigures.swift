internal import RTPMedia
internal import Telephony
internal import TelephonyPrimitives

/// What is counted of the sound of a stream.
struct StreamFigures: Sendable {
    private static let second = Duration.seconds(1)

    /// When there was a stream for the first time.
    var began: Instant?
    /// Pieces of sound.
    var received = 0
    var sent = 0
    var lost = 0
    var late = 0
    /// As they were when the last report was made.
    private var reported: (received: Int, sent: Int, lost: Int, holes: Int) = (0, 0, 0, 0)
    private var nextReport: Instant?

    /// The report of the second that is over; `nil` while it is not.
    mutating func report(cushion: SoundCushion, now: Instant) -> QualityReport? {
        guard let due = nextReport else {
            nextReport = now + Self.second
            return nil
        }
        guard due <= now else { return nil }
        nextReport = due + Self.second <= now ? now + Self.second : due + Self.second
        var report = QualityReport(end: now, duration: Self.second)
        report.packetsSent = sent - reported.sent
        report.packetsReceived = received - reported.received
        report.packetsLost = lost - reported.lost
        report.bufferDelay = .milliseconds(20 * cushion.waiting)
        report.delay = report.bufferDelay
        report.concealed = .milliseconds(20 * (cushion.holes - reported.holes))
        reported = (received, sent, lost, cushion.holes)
        return report
    }

    /// - Parameters:
    ///   - codec: by its name in session descriptions.
    ///   - born: when the call began.
    func statistics(cushion: SoundCushion, codec: String, born: Instant) -> CallStatistics {
        var statistics = CallStatistics()
        statistics.codec = codec
        statistics.setupMilliseconds = began.map { ($0 - born).inSeconds * 1_000 }
        if received > 0 {
            statistics.estimatedMOS = Quality.estimatedMOS(
                lossFraction: Double(cushion.holes) / Double(received + cushion.holes),
                delayMilliseconds: Double(SoundCushion.depth) * 20 + 100, codec: .named(codec) ?? .g711)
        }
        statistics.packetsSent = sent
        statistics.packetsReceived = received
        statistics.packetsLost = lost
        statistics.packetsLate = late
        statistics.framesConcealed = cushion.holes
        statistics.concealedMilliseconds = Double(cushion.holes) * 20
        statistics.stretchedMilliseconds = Double(cushion.leftOut) * 20
        statistics.bufferDelayMilliseconds = Double(cushion.waiting) * 20
        return statistics
    }
}
