internal import TelephonyPrimitives

/// What was sent and received in a ``MediaSession``, and how well. Counters only grow.
public struct MediaStatistics: Sendable, Equatable {
    /// The RTP name of the codec that we send.
    public var codec = ""
    /// RTP packets of ours, of sound and of keys.
    public var packetsSent = 0
    /// Payload octets, as in sender reports.
    public var octetsSent = 0
    /// Packets from the right source, duplicates included.
    public var packetsReceived = 0
    /// Payload octets of ``packetsReceived``.
    public var octetsReceived = 0
    /// Packets that never came; negative when duplicates outweigh them (RFC 3550 §A.3).
    public var packetsLost = 0
    /// ``packetsLost`` of what should have come, 0 to 1.
    public var lossFraction = 0.0
    /// Interarrival jitter of what comes (RFC 3550 §6.4.1).
    public var jitter = Duration.zero
    /// By RTCP, when known.
    public var roundTripTime: Duration?
    /// Packets of ours that the other side has missed, as it reports.
    public var remotePacketsLost = 0
    /// The fraction of our packets that was lost before the other side's last report, 0 to 1.
    public var remoteLossFraction = 0.0
    /// The jitter of our packets as the other side reports it.
    public var remoteJitter = Duration.zero
    /// Reports of the other side on what we send.
    public var remoteReports = 0
    /// How the other side says that we sound (RFC 3611 §4.7), by its last extended report.
    public var remoteMetrics: VoIPMetrics?
    /// How loud the other side's last packet is, as it says (RFC 6464).
    public var remoteAudioLevel: AudioLevel?
    /// Packets that came too late to be played.
    public var late = 0
    /// Packets whose number had come before.
    public var duplicate = 0
    /// Packets that came after one with a higher number.
    public var reordered = 0
    /// 20 ms frames invented because of loss.
    public var concealedFrames = 0
    /// Sound that was invented because of loss.
    public var concealed = Duration.zero
    /// 20 ms frames that were taken out or put in to change the delay, in sum.
    public var stretched = 0
    /// How the packets that were lost or late lie together.
    public var bursts = BurstStatistics()
    /// How long sound waited in the jitter buffer, on average.
    public var jitterBufferDelay = Duration.zero
    /// Packets from an address or of an SSRC that is not the call's.
    public var discardedFromWrongSource = 0
    /// Whether the sound is encrypted at present.
    public var isEncrypted = false
    /// Packets of an encrypted call that were not authentic, were not new, or came in the clear.
    public var unauthenticated = 0
    /// Packets that could not be encrypted and were therefore not sent.
    public var unprotectable = 0
    /// RTP, RTCP or telephone-events that break their format.
    public var malformed = 0
    /// Datagrams that are neither RTP nor RTCP: STUN, DTLS, keep-alives.
    public var notMedia = 0
    /// RTP packets of a payload type that was not agreed on.
    public var unknownPayload = 0
    /// Datagrams of more than 1500 octets.
    public var oversized = 0
    /// Times that the source of the other side changed its SSRC.
    public var ssrcChanges = 0
    /// Times that the other side used our SSRC and we took another (RFC 3550 §8.2).
    public var ssrcCollisions = 0
    /// Packets of ours that the other side sent back.
    public var loops = 0
    /// Times that the numbers of a stream began anew under the same SSRC (RFC 3550 §A.1).
    public var streamRestarts = 0
    /// Datagrams that came faster than any call sends them, and were not looked at.
    public var rateLimited = 0
    /// Feedback messages (RFC 4585), which are counted alone.
    public var feedback = 0
    /// Frames to be sent that were of another sample rate; silence was sent instead.
    public var framesRefused = 0
    /// Estimated mean opinion score of what was heard, 1 to 4.5 (ITU-T G.107, of wideband codecs G.107.1, simplified); 0
    /// when nothing was.
    public var estimatedMOS = 0.0
    /// The least score of what was heard over 5 s; `nil` in calls shorter than that.
    public var lowestMOS: Double?
    /// Estimated score of what the other side heard of us, by its reports; `nil` before there was one.
    public var remoteMOS: Double?

    /// Of G.711 sound: how many times as rough it is by the law that was agreed on as by the other. Over 1.5 it is of the other.
    /// `nil` for other codecs, and before there was enough of it.
    public var lawMismatch: Double?

    /// Nothing yet.
    public init() {}
}

extension MediaSession {
    /// The figures up to now.
    public var statistics: MediaStatistics {
        var result = counters
        result.codec = configuration.codec.name
        result.isEncrypted = protection != nil
        result.packetsSent = stream.packets
        result.octetsSent = stream.octets
        let lost = lostBefore &+ (reception?.totalLost ?? 0)
        result.packetsLost = Int(clamping: lost)
        let due = Int64(result.packetsReceived) &+ lost
        result.lossFraction = due > 0 ? max(0, min(1, Double(lost) / Double(due))) : 0
        result.jitter = reception?.jitter ?? .zero
        let buffer = jitterBuffer.statistics
        let frame = jitterBuffer.configuration.frameLength
        result.late = buffer.packetsLate
        result.concealedFrames = buffer.samplesConcealed / frame
        result.concealed = soundHeard.concealed
        result.bursts = fates.settled
        result.lowestMOS = meter.lowestMOS
        result.lawMismatch = lawCheck.mismatch
        result.remoteMOS = remoteMOS(
            lossFraction: Double(result.remotePacketsLost) / Double(max(1, result.packetsSent)))
        result.stretched = (buffer.samplesRemoved + buffer.samplesAdded) / frame
        result.jitterBufferDelay = buffer.meanDelay
        if buffer.samplesPlayed > 0 {
            let path = (result.roundTripTime?.inSeconds ?? 0) * 500
            result.estimatedMOS = Quality.estimatedMOS(
                lossFraction: buffer.concealedFraction, burstRatio: buffer.burstRatio(packetLength: frame),
                // The packet time is a part of the delay: the first sample waits for the last.
                delayMilliseconds: path + buffer.meanDelay.inSeconds * 1000 + 20,
                codec: codecHeard.impairment)
        }
        return result
    }
}
