/// What a call's media and signalling cost and how well it went.
public struct CallStatistics: Sendable, Equatable, Codable {
    /// The codec's RTP name, e.g. `PCMU`.
    public var codec = ""
    public var packetsSent = 0
    public var packetsReceived = 0
    /// Packets of the other side that never came (RFC 3550 §A.3).
    public var packetsLost = 0
    /// Late, duplicate, foreign-source, or no RTP at all: each is counted, none is played.
    public var packetsLate = 0
    public var packetsDuplicate = 0
    public var packetsForeign = 0
    public var packetsMalformed = 0
    /// Whether the sound was encrypted (SRTP), and packets that were then not authentic or not new. `nil` in records of
    /// calls from before this was told.
    public var isEncrypted: Bool?
    public var packetsUnauthenticated: Int?
    /// Interarrival jitter (RFC 3550 §6.4.1), milliseconds.
    public var jitterMilliseconds = 0.0
    /// Loss that the other side reported of our stream, 0…1.
    public var remoteFractionLost = 0.0
    /// Round trip by RTCP, milliseconds, when known.
    public var roundTripMilliseconds: Double?
    /// 20 ms frames invented because of loss.
    public var framesConcealed = 0
    /// Frames that the application was too slow to read.
    public var framesDropped = 0
    /// Mean delay of the jitter buffer, milliseconds.
    public var bufferDelayMilliseconds = 0.0
    /// Sound that was invented because of loss, milliseconds. It and what follows up to `remoteMOS` is `nil` in records
    /// of calls from before it was told.
    public var concealedMilliseconds: Double?
    /// Sound that was taken out or put in to change the delay, milliseconds.
    public var stretchedMilliseconds: Double?
    /// Runs of loss (RFC 3611 §4.7.2), the part of the packets lost in them, 0…1, and their mean length in packets.
    public var lossBursts: Int?
    public var burstDensity: Double?
    public var burstPackets: Double?
    /// The part of the packets lost between bursts, 0…1.
    public var gapDensity: Double?
    /// Estimated mean opinion score of what was heard, 1…4.5 (ITU-T G.107 E-model, of wideband codecs G.107.1, simplified).
    public var estimatedMOS = 0.0
    /// The least score over five seconds; `nil` in shorter calls.
    public var lowestMOS: Double?
    /// Estimated score of what the other side heard of us, by its reports.
    public var remoteMOS: Double?
    /// Of G.711 sound: how many times as rough it was by the law that was agreed on as by the other; over 1.5 it was of the
    /// other, and heard as static. `nil` for other codecs, in short calls and in records of earlier versions.
    public var lawMismatch: Double?
    /// From INVITE to the first ringing, and to the 200, milliseconds.
    public var ringMilliseconds: Double?
    public var setupMilliseconds: Double?

    public init() {}
}
