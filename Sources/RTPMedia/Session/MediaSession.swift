public import TelephonyPrimitives

/// The sound of one call, from datagrams to PCM and back: RTP, RTCP, codec, jitter buffer and keys.
///
/// Sans-IO and in virtual time. It is told what arrives; every 20 ms it is asked for a frame (``pull(now:)``) and given
/// one (``push(_:now:)``), and after each call what it wants done is taken from ``nextOutput()``. It runs at 8 kHz.
public struct MediaSession: Sendable {
    /// The longest datagram that is looked at: what an Ethernet frame carries.
    public static let maximumDatagram = 1500
    static let sampleRate = 8000
    static let frameLength = 160

    /// A packet that may be the first of a new source or SSRC; the next one tells.
    struct Held {
        var packet: RTPPacket
        var address: TransportAddress
        var arrival: Instant
    }

    /// What the last sender report said, for LSR and DLSR.
    struct ReceivedReport {
        var time: UInt32
        var arrival: Instant
    }

    private(set) var configuration: MediaSessionConfiguration
    var random: any RandomNumberGenerator & Sendable
    var outputs: [MediaOutput] = []
    var isClosed = false
    /// The latest instant that was told: calls without a time of their own happen then.
    var clock: Instant?
    var counters = MediaStatistics()

    // What comes in.
    var latch: SourceLatch
    var held: Held?
    var remoteSSRC: UInt32?
    var reception: ReceptionStatistics?
    /// What was lost of streams before the present one.
    var lostBefore: Int64 = 0
    var decoders: [AudioCodecKind: any AudioCodec] = [:]
    var jitterBuffer: JitterBuffer
    var keysReceived: TelephoneEventReceiver
    var silence = SilenceWatch()

    // What goes out.
    var stream: SendStream
    var encoder: any AudioCodec
    var keysSent: TelephoneEventSender
    /// The next audio packet follows a gap (RFC 3551 §4.1).
    var needsMarker = true

    // RTCP.
    var interval = ReportInterval()
    var reportDue: Instant?
    var hasReported = false
    /// What had been sent at the last report, and at the one before.
    var packetsAtReports = (last: 0, before: 0)
    var receivedReport: ReceivedReport?
    var saidGoodbye: UInt32?

    /// - Parameters:
    ///   - configuration: what was agreed on.
    ///   - random: for the beginning of numbers and timestamps (RFC 3550 §5.1) and for the times of reports.
    public init(configuration: MediaSessionConfiguration, random: any RandomNumberGenerator & Sendable) {
        var random = random
        let start: UInt64 = random.next()
        self.configuration = configuration
        self.random = random
        latch = SourceLatch(expected: configuration.reachableRemote)
        jitterBuffer = JitterBuffer(configuration: JitterBufferConfiguration(sampleRate: Self.sampleRate))
        keysReceived = TelephoneEventReceiver(clockRate: Self.sampleRate)
        stream = SendStream(
            ssrc: configuration.ssrc, sequence: UInt16(truncatingIfNeeded: start),
            timestamp: UInt32(truncatingIfNeeded: start >> 16))
        encoder = configuration.codec.makeCodec()
        keysSent = TelephoneEventSender(clockRate: Self.sampleRate)
    }

    /// Takes what a new offer and answer agreed on. A new remote address is where RTP goes from now on, and whence it is
    /// expected; the old source is not heard any more.
    public mutating func update(_ configuration: MediaSessionConfiguration) {
        let before = self.configuration
        self.configuration = configuration
        if configuration.codec != before.codec { encoder = configuration.codec.makeCodec() }
        if let remote = configuration.reachableRemote { latch.expect(remote, now: now) }
        // Keys that the other side takes no longer would wait for ever.
        if configuration.telephoneEventSend == nil { keysSent = TelephoneEventSender(clockRate: Self.sampleRate) }
        if before.direction.receives, !configuration.direction.receives { jitterBuffer.reset() }
        held = nil
    }

    /// What is to be done next; to be called until it returns `nil`.
    public mutating func nextOutput() -> MediaOutput? {
        outputs.isEmpty ? nil : outputs.removeFirst()
    }

    /// Says goodbye by RTCP (RFC 3550 §6.6). Nothing is sent or received from then on.
    public mutating func close(now: Instant) {
        guard !isClosed else { return }
        advanceClock(now)
        if let press = keysReceived.reset() { tell(press) }
        // Who has sent nothing must not say goodbye (RFC 3550 §6.3.7).
        if stream.packets > 0 || hasReported { sendReport(now: now, isGoodbye: true) }
        isClosed = true
    }

    /// Does what is due by time: reports, the end of a key whose end was lost, the notice of silence. To be called at
    /// least once per 100 ms.
    public mutating func wake(now: Instant) {
        guard !isClosed else { return }
        advanceClock(now)
        if let press = keysReceived.expire(now: now) { tell(press) }
        if let duration = silence.check(now, isExpecting: configuration.direction.receives) {
            outputs.append(.event(.silent(duration)))
        }
        guard let due = reportDue else {
            reportDue = now + interval.next(random: random.next())
            return
        }
        guard now >= due else { return }
        sendReport(now: now, isGoodbye: false)
        reportDue = now + interval.next(random: random.next())
    }

    // MARK: Time

    var now: Instant { clock ?? .zero }

    mutating func advanceClock(_ now: Instant) {
        clock = max(clock ?? now, now)
    }

    // MARK: Places

    /// Where RTP goes: whence it comes, else where the session description says; nowhere while that names no place.
    var destination: TransportAddress? {
        configuration.reachableRemote.map { latch.source ?? $0 }
    }

    mutating func tell(_ press: TelephoneEventReceiver.Press) {
        outputs.append(.event(.dtmf(digit: press.key, duration: press.duration)))
    }
}
