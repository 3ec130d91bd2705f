public import TelephonyPrimitives

/// How one second of a call sounded, told when it is over (``MediaEvent/quality(_:)``).
///
/// Counts are those of the second alone; they say what became known in it: a packet that is missed counts as lost when
/// its successors come.
public struct QualityReport: Sendable, Equatable {
    /// When the second was over.
    public var end: Instant
    /// One second, unless the clock of the caller made a jump.
    public var duration: Duration
    /// RTP packets of ours.
    public var packetsSent = 0
    /// From the right source, duplicates included.
    public var packetsReceived = 0
    /// Negative when packets that counted as lost came after all, or came twice (RFC 3550 §A.3).
    public var packetsLost = 0
    /// Packets that came too late to be played.
    public var packetsLate = 0
    /// The interarrival jitter at the end (RFC 3550 §6.4.1).
    public var jitter = Duration.zero
    /// How long sound waits in the jitter buffer at the end.
    public var bufferDelay = Duration.zero
    /// By RTCP, when known.
    public var roundTripTime: Duration?
    /// An estimate of the time from the other side's mouth to our ear: half the round trip, the packet and the buffer.
    public var delay = Duration.zero
    /// Sound that was invented because of loss.
    public var concealed = Duration.zero
    /// Sound that was taken out or put in to change the delay.
    public var stretched = Duration.zero
    /// How loud what was heard is, in dBov, −127 to 0.
    public var level = LevelMeter.floor
    /// Estimated score of what was heard in the second, 1 to 4.5, on the E-model's scale of the codec's band; `nil` when
    /// nothing was to be heard.
    public var heardMOS: Double?
    /// Estimated score of what the other side hears of us, by its last report; `nil` before there was one.
    public var remoteMOS: Double?

    /// A report in which nothing is known but its time.
    public init(end: Instant, duration: Duration) {
        self.end = end
        self.duration = duration
    }
}
