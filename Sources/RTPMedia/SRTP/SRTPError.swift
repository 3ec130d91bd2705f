/// Why a packet was not protected, or what came was not what it should be.
public enum SRTPError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Too short, or its header is longer than itself.
    case malformed
    /// Its tag is wrong: forged, damaged, or of another key.
    case authenticationFailed
    /// It came before.
    case replayed
    /// It is so old that nobody can tell whether it came before.
    case tooOld
    /// It names a key that was not agreed on.
    case unknownKey
    /// The key was used for as many packets as was agreed on.
    case keyExpired
    /// A key of another length than the suite has, several of them without identifiers of the same length, or none.
    case unusableKeys
    /// The library refused; its error code.
    case library(code: Int)

    public var description: String {
        switch self {
        case .malformed: "This is no SRTP packet: drop it (RFC 3711 §3.1)."
        case .authenticationFailed: "The packet's authentication tag is wrong: drop it (RFC 3711 §3.3)."
        case .replayed: "The packet came before: drop it (RFC 3711 §3.3.2)."
        case .tooOld: "The packet is older than the replay window: drop it (RFC 3711 §3.3.2)."
        case .unknownKey: "The packet's key identifier is none that was agreed on: drop it (RFC 3711 §3.2.2)."
        case .keyExpired: "The key was used for as many packets as was agreed on: agree on a new one (RFC 3711 §9.2)."
        case .unusableKeys: "The keys don't fit the suite: their length or their identifiers are wrong (RFC 4568 §6.1)."
        case .library(let code): "libsrtp2 refused (error \(code))."
        }
    }
}

/// What went through an ``SRTPSession`` and what did not.
public struct SRTPStatistics: Sendable, Equatable {
    /// RTP and RTCP packets that were encrypted.
    public var protected = 0
    /// RTP and RTCP packets that were let in.
    public var accepted = 0
    /// Packets that are too short, or whose header is longer than themselves.
    public var malformed = 0
    /// Packets whose tag is wrong.
    public var authenticationFailures = 0
    /// Packets that came before, or are too old to tell.
    public var replays = 0
    /// Packets of keys that were not agreed on, and those that the library refused for other reasons.
    public var refused = 0

    /// Nothing yet.
    public init() {}

    mutating func count(_ error: SRTPError) {
        switch error {
        case .malformed: malformed += 1
        case .authenticationFailed: authenticationFailures += 1
        case .replayed, .tooOld: replays += 1
        case .unknownKey, .keyExpired, .unusableKeys, .library: refused += 1
        }
    }
}
