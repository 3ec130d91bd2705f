internal import TelephonyPrimitives

/// Turns packets that arrive when they please into exactly 10 or 20 ms of audio for each pull.
///
/// Sans-IO and in virtual time: what it yields follows from the packets, their arrival times and the times of the
/// pulls. Packets wait as they came and are decoded when their time comes: a codec with a memory then hears them in
/// order, and what a later packet says of a lost one can be used. The parts: `DelayStatistics` chooses the delay to aim
/// at, `TimeStretch` moves toward it without a change of pitch, `GapInterpolation` fills a loss whose successor is
/// there, `Concealer` stands in for what did not come, `BackgroundNoise` is what remains in a pause.
///
/// Audio is placed by its timestamp, loss is told from a pause of the sender by the sequence number. While nothing is
/// there to be played, the place in the stream stands still: a stall delays the audio rather than lose it, and the
/// delay is then worked off by playing faster. On a line without jitter the audio passes unchanged.
public struct JitterBuffer: Sendable {
    /// What the buffer was made for.
    public let configuration: JitterBufferConfiguration

    /// Where playout stands.
    enum Phase {
        /// Nothing is due: before the first packet, or in a pause. Playout begins once the first packet has waited.
        case waiting
        case playing
    }

    /// A packet far from the stream's numbers, kept until the next one confirms that the stream has jumped.
    struct Stranger {
        let payload: [UInt8]
        let payloadType: UInt8
        let sequence: UInt16
        let timestamp: UInt32
        let marker: Bool
        let arrival: Instant
    }

    /// How numbers and timestamps of the present stream are unwrapped.
    struct Numbering {
        var window: SequenceWindow
        /// The wrapped and the unwrapped timestamp of the latest packet.
        var timestamp: UInt32
        var unwrapped: Int64 = 0
        /// RTP timestamp units per second.
        var clockRate: Int
        var packetLength: Int
        /// The unwrapped number of the packet whose audio was played last, if any was.
        var lastPlayed: Int64?
    }

    /// At most this many packets wait, however short they are.
    static let maximumPackets = 512
    /// Longer payloads than this are no audio of a call, in octets.
    static let maximumPayload = 4096
    /// RFC 3550 §A.1: numbers further ahead than this are another stream's.
    static let maximumDropout: Int64 = 3000
    /// Numbers further behind than this are another stream's.
    static let maximumMisorder: Int64 = 1000
    /// A timestamp this much before its time is another stream's, in milliseconds.
    static let earliestTransit = -1000.0
    /// A timestamp this much after its time is another stream's, in milliseconds.
    static let latestTransit = 10_000.0

    /// The configuration in the units of the work, worked out once.
    struct Limits {
        /// In milliseconds.
        let minimumDelay: Double
        let maximumDelay: Double
        let frameDuration: Double
        /// In samples.
        let longestOmission: Int
        let capacity: Int
        let frameLength: Int

        init(_ configuration: JitterBufferConfiguration) {
            func samples(_ duration: Duration) -> Int { Int(duration.inSeconds * Double(configuration.sampleRate)) }
            minimumDelay = configuration.minimumDelay.inSeconds * 1000
            maximumDelay = configuration.maximumDelay.inSeconds * 1000
            frameDuration = configuration.frameDuration.inSeconds * 1000
            longestOmission = samples(configuration.longestOmission)
            capacity = samples(configuration.capacity)
            frameLength = configuration.frameLength
        }
    }

    let limits: Limits
    var counters = JitterBufferStatistics()
    var phase = Phase.waiting
    var decoders = DecoderSet()
    /// The payload type that was decoded last.
    var playing: UInt8?
    var numbering: Numbering?
    var delays: DelayStatistics?
    var store = PacketStore()
    /// What was decoded and is not in the output yet: the audio at `head`.
    var ahead = SampleQueue()
    /// What was made and waits for the next pulls.
    var output: SampleQueue
    var concealer: Concealer
    /// The decoder's own concealment is at work in place of `concealer`, which counts along.
    var isConcealingByCodec = false
    var interpolation = GapInterpolation()
    var stretcher = TimeStretch()
    var noise = BackgroundNoise()
    /// Scratch for what is needed on either side of a gap.
    var before: [Float] = []
    var after: [Float] = []
    var fading: [Int16] = []
    /// The place in the stream of the next sample to be made; audio that ends before it is late.
    var head = Int64.min
    /// Samples of concealment since `head` stood still, of which it isn't known yet what they stand for.
    var pending = 0
    /// Samples of late audio that the present concealment has stood in for already.
    var stoodIn = 0
    /// The time of the present pull, smoothed: the pulls come from a timer.
    var clock: Instant?
    /// How far the pulls are from the smoothed clock, in milliseconds, on average.
    var pullJitter = 0.0
    /// Samples that may be added or removed at present without exceeding the greatest change of speed.
    var stretchCredit = 0
    /// Pulls for which no similar enough periods were found.
    var refusals = 0
    var stranger: Stranger?
    /// The sum of the waiting times of the packets played, in milliseconds, and their number.
    var waited = 0.0
    var packetsPlayed = 0
    /// How long the fastest packet waited when audio was last played, in milliseconds.
    var lastDelay = 0.0
    /// A moving average of the loss, for the choice of the delay.
    var lossFraction = 0.0

    /// A buffer without decoders, before its first packet.
    public init(configuration: JitterBufferConfiguration) {
        self.configuration = configuration
        limits = Limits(configuration)
        output = SampleQueue(memory: configuration.sampleRate * 60 / 1000)
        concealer = Concealer(sampleRate: configuration.sampleRate)
    }

    /// Says how the payloads of a type are decoded; those of types without a decoder are ``InsertOutcome/unusable``.
    /// A decoder of another sample rate than the buffer's is not used.
    public mutating func setDecoder(_ decoder: any AudioDecoder, for payloadType: UInt8) {
        guard decoder.sampleRate == configuration.sampleRate else {
            decoders.remove(payloadType)
            return
        }
        decoders.set(decoder, for: payloadType)
    }

    /// Takes the payload type's decoder away: such payloads are not agreed on any more.
    public mutating func removeDecoder(for payloadType: UInt8) {
        decoders.remove(payloadType)
    }

    /// What it did so far, and the delays at present.
    public var statistics: JitterBufferStatistics {
        var result = counters
        result.targetDelay = .nanoseconds(Int64(max(delays?.required ?? 0, minimumDelay) * 1e6))
        result.currentDelay = .nanoseconds(Int64(max(0, lastDelay) * 1e6))
        if packetsPlayed > 0 { result.meanDelay = .nanoseconds(Int64(max(0, waited / Double(packetsPlayed)) * 1e6)) }
        return result
    }

    /// Forgets the stream (its source has changed, or the call was put on hold) but not the counters and decoders. The
    /// next packet starts anew, with the audio joined smoothly to what was played last.
    public mutating func reset() {
        takeOverFromCodec()
        if phase == .playing, !concealer.isActive { beginConcealment() }
        store.removeAll()
        ahead.removeAll()
        decoders.reset()
        playing = nil
        numbering = nil
        delays = nil
        stranger = nil
        phase = .waiting
        head = Int64.min
        pending = 0
        stoodIn = 0
        stretchCredit = 0
        refusals = 0
        lossFraction = 0
    }

    // MARK: Units

    var minimumDelay: Double { limits.minimumDelay }

    func milliseconds(_ instant: Instant) -> Double { Double(instant.nanoseconds) / 1e6 }

    func milliseconds(samples: Int64) -> Double { Double(samples) * 1000 / Double(configuration.sampleRate) }

    func samples(_ milliseconds: Double) -> Int {
        Int(max(-1e9, min(1e9, milliseconds * Double(configuration.sampleRate) / 1000)))
    }
}
