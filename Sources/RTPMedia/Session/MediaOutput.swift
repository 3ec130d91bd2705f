public import TelephonyPrimitives

/// What a ``MediaSession`` wants done.
public enum MediaOutput: Sendable, Equatable {
    /// To be sent from the RTP port. It is RTCP when both share a port (RFC 5761).
    case rtp([UInt8], to: TransportAddress)
    /// To be sent from the RTCP port.
    case rtcp([UInt8], to: TransportAddress)
    /// Nothing to be done: it happened.
    case event(MediaEvent)
}

/// What happened to the sound of a call.
public enum MediaEvent: Sendable, Equatable {
    /// The other side pressed a key: told once, when it is released.
    case dtmf(digit: Character, duration: Duration)
    /// All keys that were to be sent have been.
    case dtmfSent
    /// RTP comes from here, and goes here from now on.
    case sourceLatched(TransportAddress)
    /// No RTP has come for this long though it should: told after 5 s, 10 s, 20 s and so on.
    case silent(Duration)
    /// RTP comes again after ``silent(_:)``.
    case flows
    /// The other side has said by RTCP that it leaves (RFC 3550 §6.6). The signalling decides what that means.
    case goodbye
    /// The other side has sent a packet of an application's own by RTCP (RFC 3550 §6.7); at most 10 a second are told.
    case application(RTCPApplication)
    /// How the last second sounded; told every second.
    // Elsewhere, so that it doesn't make every packet's output as long as itself.
    indirect case quality(QualityReport)
    /// The keys that were agreed on can't be used: nothing is sent or heard until there are others.
    case keysUnusable
}
