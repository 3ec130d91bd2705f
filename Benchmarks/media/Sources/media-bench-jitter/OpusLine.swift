import RTPMedia
import TelephonyPrimitives

/// Opus at 16 kHz over a line that loses packets and has no jitter, encoder and buffer as a call has them: the far end
/// reports its loss at the times of RTCP, and the encoder adapts to that alone.
struct OpusLine {
    static let frameLength = 320

    var encoder: OpusEncoder
    var buffer: JitterBuffer
    var played: [Int16] = []
    var octets = 0
    private var random = SeededGenerator(seed: 7)
    private var interval = ReportInterval()
    private var reportDue: Duration
    private var sinceReport = (sent: 0, lost: 0)

    /// - Parameter correctsErrors: whether in-band error correction was agreed on (RFC 7587, `useinbandfec`).
    init(correctsErrors: Bool, configuration: JitterBufferConfiguration) {
        var settings = OpusEncoder.Settings()
        settings.correctsErrors = correctsErrors
        encoder = OpusEncoder(settings: settings)
        var configuration = configuration
        configuration.sampleRate = encoder.sampleRate
        buffer = JitterBuffer(configuration: configuration)
        buffer.setDecoder(OpusDecoder(), for: 96)
        reportDue = interval.next(random: random.next())
    }

    /// Sends, loses and plays the speech. What is played comes one packet later, and by the look-ahead of the encoder.
    mutating func play(_ speech: [Int16], lost: [Bool]) {
        for (number, isLost) in lost.enumerated() {
            let now = Duration.milliseconds(20 * number)
            if now >= reportDue { report(at: now) }
            let start = number * Self.frameLength
            var payload: [UInt8] = []
            encoder.encode(Array(speech[start..<start + Self.frameLength]).span, into: &payload)
            octets += payload.count
            sinceReport.sent += 1
            if isLost {
                sinceReport.lost += 1
            } else if !payload.isEmpty {
                buffer.insert(
                    payload: payload.span, payloadType: 96, sequence: UInt16(truncatingIfNeeded: number),
                    timestamp: UInt32(truncatingIfNeeded: number * 960), arrival: Instant(nanoseconds: 0) + now)
            }
            pull(at: number)
        }
        for number in lost.count..<lost.count + 3 { pull(at: number) }
    }

    private mutating func pull(at number: Int) {
        _ = buffer.pull(now: Instant(nanoseconds: Int64(number) * 20_000_000), into: &played)
    }

    /// The fraction lost of a report block has eight bits (RFC 3550 §6.4.1); a session hands it on like this.
    private mutating func report(at now: Duration) {
        let fraction = sinceReport.lost * 256 / max(1, sinceReport.sent)
        encoder.adapt(lossFraction: Double(fraction) / 256, availableBitRate: nil)
        sinceReport = (0, 0)
        reportDue = now + interval.next(random: random.next())
    }
}
