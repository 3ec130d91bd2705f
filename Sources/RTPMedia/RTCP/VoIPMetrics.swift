/// How a call sounds to the party that reports (RFC 3611 §4.7), in the coding of the wire. What is `nil` is not known.
public struct VoIPMetrics: Sendable, Hashable {
    static let length = 32
    /// Says of a level, a rating or a score that it isn't known.
    private static let unavailable: UInt8 = 127

    /// What is done about packets that don't come (§4.7.6).
    public enum Concealment: UInt8, Sendable, Hashable {
        /// Not told.
        case unspecified = 0
        /// Silence takes their place.
        case disabled = 1
        /// Sound that follows from what was heard.
        case enhanced = 2
        /// The last packet again, or the like.
        case standard = 3
    }

    /// How the jitter buffer chooses its delay (§4.7.6).
    public enum JitterBufferKind: UInt8, Sendable, Hashable {
        /// Not told.
        case unknown = 0
        /// A value that RFC 3611 does not give a meaning.
        case reserved = 1
        /// It stays as it is.
        case fixed = 2
        /// It follows the jitter.
        case adaptive = 3
    }

    /// The stream that it is about.
    public var ssrc: UInt32
    /// Packets that never came, in 1/256, since the beginning.
    public var lossRate: UInt8
    /// Packets that came too late to be heard, in 1/256, since the beginning.
    public var discardRate: UInt8
    /// Packets lost or discarded in bursts, in 1/256.
    public var burstDensity: UInt8
    /// Packets lost or discarded in gaps, in 1/256.
    public var gapDensity: UInt8
    /// The mean length of a burst, in milliseconds.
    public var burstDuration: UInt16
    /// The mean length of a gap, in milliseconds.
    public var gapDuration: UInt16
    /// The latest, in milliseconds; 0 when none is known.
    public var roundTripDelay: UInt16
    /// From the network to the ear and from the mouth to the network, in milliseconds.
    public var endSystemDelay: UInt16
    /// Of the voice, in dBm0.
    public var signalLevel: Int8?
    /// Of the background while nobody speaks, in dBm0.
    public var noiseLevel: Int8?
    /// Residual echo return loss, in dB.
    public var residualEchoReturnLoss: UInt8?
    /// Gmin: packets in succession that end a burst; 16 is recommended.
    public var gapThreshold: UInt8
    /// R of the E-model, 0 to 100.
    public var rating: UInt8?
    /// R of another part of the way, e.g. a mobile network, 0 to 100.
    public var externalRating: UInt8?
    /// MOS-LQ in tenths, 10 to 50.
    public var listeningScore: UInt8?
    /// MOS-CQ in tenths, 10 to 50.
    public var conversationalScore: UInt8?
    /// RX config: concealment, kind of jitter buffer, and how fast that adapts, 0 to 15.
    public var receiverConfiguration: UInt8
    /// The present delay of the jitter buffer, in milliseconds.
    public var jitterBufferNominal: UInt16
    /// The greatest delay that it would have at present, in milliseconds.
    public var jitterBufferMaximum: UInt16
    /// The greatest delay that it could ever have, in milliseconds.
    public var jitterBufferAbsoluteMaximum: UInt16

    /// Metrics in which nothing but the stream is known.
    public init(ssrc: UInt32) {
        self.ssrc = ssrc
        (lossRate, discardRate, burstDensity, gapDensity) = (0, 0, 0, 0)
        (burstDuration, gapDuration, roundTripDelay, endSystemDelay) = (0, 0, 0, 0)
        gapThreshold = UInt8(BurstStatistics.recommendedGapThreshold)
        receiverConfiguration = 0
        (jitterBufferNominal, jitterBufferMaximum, jitterBufferAbsoluteMaximum) = (0, 0, 0)
    }

    /// PLC of ``receiverConfiguration``: what is done about packets that don't come.
    public var concealment: Concealment {
        get { Concealment(rawValue: receiverConfiguration >> 6) ?? .unspecified }
        set { receiverConfiguration = receiverConfiguration & 0x3F | newValue.rawValue << 6 }
    }

    /// JBA of ``receiverConfiguration``: how the jitter buffer chooses its delay.
    public var jitterBufferKind: JitterBufferKind {
        get { JitterBufferKind(rawValue: receiverConfiguration >> 4 & 3) ?? .unknown }
        set { receiverConfiguration = receiverConfiguration & 0xCF | newValue.rawValue << 4 }
    }

    /// The mean opinion score of listening, 1 to 5; `nil` when it isn't known or is out of its range.
    public var meanOpinionScore: Double? {
        (listeningScore ?? conversationalScore).flatMap { (10...50).contains($0) ? Double($0) / 10 : nil }
    }

    /// Reads a block's content of ``length`` octets.
    init(_ content: ArraySlice<UInt8>) {
        let octets = Array(content.prefix(Self.length))
        func known(_ index: Int) -> UInt8? { octets[index] == Self.unavailable ? nil : octets[index] }
        self.init(ssrc: octets.bigEndian32(at: 0))
        lossRate = octets[4]
        discardRate = octets[5]
        burstDensity = octets[6]
        gapDensity = octets[7]
        burstDuration = octets.bigEndian16(at: 8)
        gapDuration = octets.bigEndian16(at: 10)
        roundTripDelay = octets.bigEndian16(at: 12)
        endSystemDelay = octets.bigEndian16(at: 14)
        signalLevel = known(16).map { Int8(bitPattern: $0) }
        noiseLevel = known(17).map { Int8(bitPattern: $0) }
        residualEchoReturnLoss = known(18)
        gapThreshold = octets[19]
        rating = known(20)
        externalRating = known(21)
        listeningScore = known(22)
        conversationalScore = known(23)
        receiverConfiguration = octets[24]
        // Octet 25 is reserved.
        jitterBufferNominal = octets.bigEndian16(at: 26)
        jitterBufferMaximum = octets.bigEndian16(at: 28)
        jitterBufferAbsoluteMaximum = octets.bigEndian16(at: 30)
    }

    func append(to octets: inout [UInt8]) {
        octets.append(bigEndian: ssrc)
        octets += [lossRate, discardRate, burstDensity, gapDensity]
        for value in [burstDuration, gapDuration, roundTripDelay, endSystemDelay] { octets.append(bigEndian: value) }
        octets.append(signalLevel.map { UInt8(bitPattern: $0) } ?? Self.unavailable)
        octets.append(noiseLevel.map { UInt8(bitPattern: $0) } ?? Self.unavailable)
        octets += [residualEchoReturnLoss ?? Self.unavailable, gapThreshold]
        octets += [rating, externalRating, listeningScore, conversationalScore].map { $0 ?? Self.unavailable }
        octets += [receiverConfiguration, 0]
        for value in [jitterBufferNominal, jitterBufferMaximum, jitterBufferAbsoluteMaximum] {
            octets.append(bigEndian: value)
        }
    }
}
