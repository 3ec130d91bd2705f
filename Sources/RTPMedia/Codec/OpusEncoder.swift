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
        /// The packets in a hundred that libopus is told are lost on the way. It is a measure of how much error
        /// correction is to take from the sound itself rather than of the loss; see ``OpusEncoder/adapt(lossFraction:availableBitRate:)``.
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
    /// The fraction of the packets that is lost by the reports so far.
    private var believedLoss = 0.0

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

    /// Has the encoder correct errors when there are any, and keeps within the bit rate.
    ///
    /// More loss is believed at once, less by and by. But libopus is told as little of it as makes it correct errors:
    /// redundancy is taken from the bits of the sound itself, and what it makes of an honest figure costs more than it
    /// saves. With 10 % of loss at 24 kbit/s PESQ is 3.16 when it is told 1 %, 3.03 with 10 % and 2.70 with 15 %; without
    /// correction it is 2.00 (docs/media.md).
    public mutating func adapt(lossFraction: Double, availableBitRate: Int?) {
        let reported = lossFraction.isFinite ? min(max(lossFraction, 0), 1) : 0
        believedLoss = max(reported, believedLoss * 0.75)
        var next = settings
        next.bitRate = min(wanted.bitRate, max(availableBitRate ?? wanted.bitRate, 6000))
        next.expectedLoss = Self.expectedLoss(believedLoss, next, rate)
        guard next != settings else { return }
        settings = next
        own()
        state.apply(next)
    }

    /// What makes libopus correct errors at the least cost to the sound, if that pays.
    private static func expectedLoss(_ loss: Double, _ settings: Settings, _ rate: OpusSampleRate) -> Int {
        // One packet in a hundred is where correction begins to gain more than it takes.
        guard loss >= 0.01 else { return 0 }
        // Where there are bits for both, any loss will do.
        if correctionRate(settings) > leastCorrectionRate(settings, rate) { return 1 }
        // From 6 on it narrows the bandwidth until there are.
        return loss >= 0.04 ? 6 : 0
    }

    /// The bit rate as libopus counts it when it decides on correction, for 1 % of loss and packets of 20 ms.
    private static func correctionRate(_ settings: Settings) -> Int {
        let rate = min(max(settings.bitRate, 6000), 510_000)
        let steady = settings.isConstant ? rate - rate / 12 : rate
        let counted = steady * (90 + min(max(settings.complexity, 0), 10)) / 100 * 15 / 16
        return settings.complexity < 2 ? counted * 4 / 5 : counted
    }

    /// The rate above which it corrects without narrowing the bandwidth.
    private static func leastCorrectionRate(_ settings: Settings, _ rate: OpusSampleRate) -> Int {
        switch min(rate.rawValue, settings.audibleRate) {
        case ..<12_000: 16_120
        case ..<16_000: 18_600
        case ..<24_000: 21_080
        case ..<48_000: 26_040
        default: 28_520
        }
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
