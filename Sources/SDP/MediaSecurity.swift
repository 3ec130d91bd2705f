/// What is said to the keys of a stream that could be taken (RFC 4568 §5.1.2).
///
/// Keys are texts here: what they mean is for who encrypts.
public enum SecurityChoice: Sendable, Hashable {
    /// The stream is taken unencrypted.
    case plain
    /// The stream is taken with this behind our `a=crypto:`.
    case secured(String)
    /// The stream is not taken.
    case refused
}

/// The part of a stream of the peer that is about encryption.
public struct OfferedSecurity: Sendable, Hashable {
    /// What stands behind each `a=crypto:`.
    public var lines: [String]
    /// Whether the profile is `RTP/SAVP` or `RTP/SAVPF`: the stream is to be encrypted and nothing else.
    public var isSecureProfile: Bool

    public init(lines: [String], isSecureProfile: Bool) {
        self.lines = lines
        self.isSecureProfile = isSecureProfile
    }

    /// The choice of those who can't encrypt.
    public static func withoutEncryption(_ offered: OfferedSecurity) -> SecurityChoice {
        offered.isSecureProfile ? .refused : .plain
    }
}
