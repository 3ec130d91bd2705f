/// The encoder of Opus for speech (RFC 6716, RFC 7587), by libopus. It makes mono.
public struct OpusEncoder: AudioEncoder {
    /// How it encodes.
    public struct Settings: Sendable, Hashable {
        /// Bits per second on average, 6 000 to 510 000.
        public var bitRate = 24_000
        /// 0 to 10. From 5 on speech over a telephone gains little, and 10 costs twice as much.
        public var complexity = 5
        /// Each packet is of the same length.
        public var isConstant = false
        /// Silence is left out, but for a packet every 400 ms.
        public var isDiscontinuous = false
        /// When packets are lost, the next ones tell about the one before them.
        public var correctsErrors = true
        /// How many packets in a hundred are lost on the way. The more, the more bits go to error correction.
        public var expectedLoss = 0
        /// The sample rate that the receiver can make use of, 8 000 to 48 000 Hz.
        public var audibleRate = 48_000

        /// 24 kbit/s with error correction, as for speech.
        public init() {}

        /// What the other side's `a=fmtp` asks for.
        public init(_ parameters: OpusParameters) {
            bitRate = min(bitRate, parameters.maxAverageBitRate ?? bitRate)
            isConstant = parameters.constantBitRate
            isDiscontinuous = parameters.discontinuous
            correctsErrors = parameters.inBandFEC
            audibleRate = parameters.maxPlaybackRate ?? audibleRate
        }
    }

    /// The longest payload that is made: with the headers of RTP, UDP and IP it stays within what any path takes.
    static let maximumLength = 1200

    /// How it encodes at present: what was asked for, fitted to the path by ``adapt(lossFraction:availableBitRate:)``.
    public private(set) var settings: Settings
    private let wanted: Settings
    private let rate: OpusSampleRate
    private var state: OpusState

    /// Samples per second of the sound that goes in.
    public var sampleRate: Int { rate.rawValue }
    /// 48 000 Hz, whatever the sample rate is (RFC 7587 §4.1).
    public var clockRate: Int { 48_000 }
    /// By how many samples, at ``sampleRate``, the decoded sound comes later than it went in.
    public var lookahead: Int { state.lookahead }

    /// - Parameters:
    ///   - sampleRate: of the sound that goes in.
    ///   - settings: how it encodes.
    public init(sampleRate: OpusSampleRate = .wideband, settings: Settings = Settings()) {
        rate = sampleRate
        self.settings = settings
        wanted = settings
        state = .encoder(sampleRate: sampleRate)
        state.apply(settings)
    }

    /// Appends one packet for 2.5, 5, 10, 20, 40 or 60 ms of sound; nothing for any other number of samples, and
    /// nothing while silence is left out.
    public mutating func encode(_ samples: Span<Int16>, into payload: inout [UInt8]) {
        guard Self.isPacket(samples.count, rate) else { return }
        own()
        // A packet of one or two octets is the encoder's word for nothing to send.
        _ = state.encode(samples, minimum: 3, maximum: Self.maximumLength, into: &payload)
    }

    /// Tells the encoder which loss to expect, and keeps within the bit rate.
    ///
    /// More loss is believed at once, with a half on top: correction reaches one packet back, so that of two in a row one
    /// is lost all the same. Less is believed by and by.
    public mutating func adapt(lossFraction: Double, availableBitRate: Int?) {
        var next = settings
        let loss = lossFraction.isFinite ? min(max(lossFraction, 0), 1) : 0
        let reported = min(Int((loss * 150).rounded(.up)), 40)
        next.expectedLoss = max(reported, settings.expectedLoss * 3 / 4)
        next.bitRate = min(wanted.bitRate, max(availableBitRate ?? wanted.bitRate, 6000))
        guard next != settings else { return }
        settings = next
        own()
        state.apply(next)
    }

    public mutating func reset() {
        own()
        state.resetEncoder()
    }

    /// Whether so many samples are 2.5, 5, 10, 20, 40 or 60 ms.
    static func isPacket(_ count: Int, _ rate: OpusSampleRate) -> Bool {
        let unit = rate.rawValue / 400
        guard count > 0, count % unit == 0 else { return false }
        let units = count / unit
        return units <= 16 && units.nonzeroBitCount == 1 || units == 24
    }

    private mutating func own() {
        if !isKnownUniquelyReferenced(&state) { state = state.copy() }
    }
}
