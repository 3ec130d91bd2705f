public import TelephonyPrimitives

/// The sound of one call, from datagrams to PCM and back: RTP, RTCP, codec, jitter buffer and keys.
///
/// Sans-IO and in virtual time. It is told what arrives; every 20 ms it is asked for a frame (``pull(now:)``) and given
/// one (``push(_:now:)``), and after each call what it wants done is taken from ``nextOutput()``.
///
/// It runs at the sample rate of the codec: ``sampleRate`` is that of the frames to be pushed, and a pulled frame says
/// its own, which follows what the other side sends.
public struct MediaSession: Sendable {
    /// The longest datagram that is looked at, in octets: what an Ethernet frame carries.
    public static let maximumDatagram = 1500

    /// What is known of a packet besides its payload.
    struct Arrival {
        var header: RTPHeader
        /// As its sender says.
        var level: AudioLevel?
        var address: TransportAddress
        var time: Instant
    }

    /// A packet that may be the first of a new source or SSRC; the next one tells.
    struct Held {
        var arrival: Arrival
        var payload: [UInt8]
    }

    /// What the last sender report said, for LSR and DLSR.
    struct ReceivedReport {
        var time: UInt32
        var arrival: Instant
    }

    private(set) var configuration: MediaSessionConfiguration
    var random: any RandomNumberGenerator & Sendable
    var outputs: [MediaOutput] = []
    /// Storage of packets that were sent, for the next ones.
    var spare: [[UInt8]] = []
    /// At most this many are kept.
    private static let maximumSpare = 4
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
    var jitterBuffer: JitterBuffer
    /// The payload types that the jitter buffer has a decoder for, and what they were when it got it.
    var playable: [UInt8: AudioCodecKind] = [:]
    var keysReceived: TelephoneEventReceiver
    /// Hears keys in the sound, where no telephone-events were agreed on; made when there is sound.
    var tonesReceived: ToneDetector?
    var silence = SilenceWatch()

    /// Storage for a packet while it is decrypted.
    var decrypted: [UInt8] = []
    /// What was inside of encrypted packets, while ``keepsClear``.
    var clear = ClearPackets()

    // What goes out.
    var stream: SendStream
    var encoder: any AudioEncoder
    var keysSent: TelephoneEventSender
    /// Plays keys into the sound, where the other side takes no telephone-events.
    var tonesSent: ToneGenerator
    /// The header extension of the packet that is being made.
    var extensionSent: [UInt8] = []
    /// 20 ms of silence.
    var quiet: [Int16]
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
    /// The sender reports that may be answered.
    var reportsSent = ReportMemory()
    /// The receiver reference times that may be.
    var referencesSent = ReportMemory()
    var receivedReference: ReceivedReference?
    /// Where reports of the call's source come from, when that is not the port of its sound (RFC 4961).
    var controlSource: TransportAddress?
    /// When a packet under our SSRC came last.
    var collided: Instant?
    /// Packets of ours that the other side has missed: of the present SSRC, and before.
    var remoteLost: Int64 = 0
    var remoteLostBefore: Int64 = 0

    // Quality.
    var meter = QualityMeter()
    var fates = PacketFates()
    /// Of what was heard in the present second.
    var levelHeard = LevelMeter()
    var admission = Admission()
    var lawCheck = LawCheck()

    // SRTP.
    /// Protects what is sent and lets in what comes; `nil` while the sound goes in the clear.
    var protection: SRTPSession?

    /// - Parameters:
    ///   - configuration: what was agreed on.
    ///   - random: for the beginning of numbers and timestamps (RFC 3550 §5.1) and for the times of reports.
    public init(configuration: MediaSessionConfiguration, random: any RandomNumberGenerator & Sendable) {
        var random = random
        let start: UInt64 = random.next()
        self.configuration = configuration
        self.random = random
        latch = SourceLatch(expected: configuration.reachableRemote, hosts: configuration.hosts)
        jitterBuffer = JitterBuffer(
            configuration: JitterBufferConfiguration(sampleRate: configuration.codec.sampleRate))
        keysReceived = TelephoneEventReceiver(clockRate: configuration.codec.clockRate)
        stream = SendStream(
            ssrc: configuration.ssrc, sequence: UInt16(truncatingIfNeeded: start),
            timestamp: UInt32(truncatingIfNeeded: start >> 16))
        encoder = configuration.codec.makeEncoder()
        keysSent = TelephoneEventSender(clockRate: configuration.codec.clockRate)
        tonesSent = ToneGenerator(sampleRate: configuration.codec.sampleRate)
        quiet = Array(repeating: 0, count: configuration.codec.sampleRate / 50)
        interval = ReportInterval(
            bandwidth: configuration.bandwidth, isReduced: configuration.reducesReportInterval)
        protect(configuration.keying)
    }

    /// Samples per second of the frames to be pushed.
    public var sampleRate: Int { configuration.codec.sampleRate }

    var frameLength: Int { sampleRate / 50 }

    /// Takes what a new offer and answer agreed on. A new remote address is where RTP goes from now on, and whence it is
    /// expected; the old source is not heard any more.
    public mutating func update(_ configuration: MediaSessionConfiguration) {
        let before = self.configuration
        self.configuration = configuration
        if configuration.codec != before.codec { encoder = configuration.codec.makeEncoder() }
        if configuration.codec.clockRate != before.codec.clockRate { changeClock(configuration.codec.clockRate) }
        if configuration.codec.sampleRate != before.codec.sampleRate {
            tonesSent.changeSampleRate(to: configuration.codec.sampleRate)
            quiet = Array(repeating: 0, count: configuration.codec.sampleRate / 50)
        }
        if configuration.keying != before.keying { protect(configuration.keying) }
        if configuration.remote != before.remote { controlSource = nil }
        if let remote = configuration.reachableRemote { latch.expect(remote, hosts: configuration.hosts, now: now) }
        // Keys that the other side takes no longer would wait for ever.
        if configuration.telephoneEventSend == nil, keysSent.isSending {
            if !tonesSent.isPlaying { outputs.append(.event(.dtmfSent)) }
            keysSent = TelephoneEventSender(clockRate: configuration.codec.clockRate)
        }
        if before.direction.receives, !configuration.direction.receives { jitterBuffer.reset() }
        dropHeld()
    }

    /// What is to be done next; to be called until it returns `nil`.
    public mutating func nextOutput() -> MediaOutput? {
        outputs.isEmpty ? nil : outputs.removeFirst()
    }

    /// Takes back the octets of a packet that has been sent: its storage is used for the next one, so that in the long
    /// run none is allocated.
    public mutating func recycle(_ octets: consuming [UInt8]) {
        guard spare.count < Self.maximumSpare else { return }
        spare.append(octets)
    }

    /// Says goodbye by RTCP (RFC 3550 §6.6). Nothing is sent or received from then on.
    public mutating func close(now: Instant) {
        guard !isClosed else { return }
        advanceClock(now)
        if let press = keysReceived.reset() ?? tonesReceived?.reset() { tell(press) }
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
        measure(now)
        guard let due = reportDue else {
            reportDue = now + interval.next(random: random.next())
            return
        }
        guard now >= due else { return }
        sendReport(now: now, isGoodbye: false)
        reportDue = now + interval.next(random: random.next())
    }

    /// Keys are timed by the clock of the codec (RFC 4733 §2.1), and reports count by it.
    private mutating func changeClock(_ clockRate: Int) {
        keysReceived.changeClock(to: clockRate)
        keysSent.changeClock(to: clockRate)
        needsMarker = true
    }

    /// New keys begin a new session; keys that can't be used leave nothing that could be sent or heard.
    private mutating func protect(_ keying: MediaKeying?) {
        protection = nil
        guard let keying else { return }
        do {
            protection = try SRTPSession(sending: keying.sending, receiving: keying.receiving)
        } catch {
            outputs.append(.event(.keysUnusable))
        }
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

extension MediaSession {
    /// Before the first packet: another jitter buffer, to see what it would have made of a call.
    package mutating func replaceJitterBuffer(_ configuration: JitterBufferConfiguration) {
        jitterBuffer = JitterBuffer(configuration: configuration)
    }
}
