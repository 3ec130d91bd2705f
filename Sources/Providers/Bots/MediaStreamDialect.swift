/// Whose media streaming a bot speaks.
public enum MediaStreamDialect: String, Sendable, Hashable, CaseIterable {
    /// Twilio Media Streams, bidirectional: µ-law at 8 000 Hz.
    case twilio
    /// Telnyx media streaming, `rtp` in both directions: PCMU, or PCMA on a call in PCMA.
    case telnyx
}
