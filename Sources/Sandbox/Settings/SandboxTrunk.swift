public import TelephonyPrimitives

/// The connection that the agent uses, as the portal of the carrier would have it (reference A2).
public struct SandboxTrunk: Sendable {
    /// Where calls to its number go.
    public enum Inbound: Sendable, Hashable {
        /// To the Contact that was registered last.
        case registered
        /// To these addresses over UDP, one after the other while they fail: an IP connection, or an FQDN that led there.
        case addresses([TransportAddress])
    }

    /// How it is known when it calls.
    public enum Outbound: Sendable, Hashable {
        /// By the digest of each INVITE.
        case credentials
        /// By where the INVITE comes from, and by something in it where several connections share an address.
        case source([IPAddress], SourceMark?)
    }

    /// What tells connections apart that share an address.
    public enum SourceMark: Sendable, Hashable {
        /// Four digits in front of the number, which then has no `+`.
        case techPrefix(String)
        /// X-Telnyx-Token.
        case token(String)
        /// P-Charge-Info with the number of the connection.
        case chargedNumber
    }

    /// Its number, E.164 with `+`.
    public var number = "+12025550131"
    public var username = "agent"
    public var password = "sandbox-agent"
    public var inbound = Inbound.registered
    public var outbound = Outbound.credentials
    /// How callers' numbers are written in calls to it.
    public var callerFormat = TrunkNumberFormat.e164
    /// How its own number is written in calls to it.
    public var calledFormat = TrunkNumberFormat.e164
    /// The country whose national numbers it may dial and show; only the United States are known. `nil`: numbers
    /// have to be whole.
    public var isLocalised = true
    /// Whether an outbound voice profile is attached; without one it can't call (D38).
    public var hasOutboundProfile = true
    /// Whether it may call users by their SIP address (else D30).
    public var allowsSIPURICalling = false
    /// Whether its sound is encrypted (`encrypted_media`); who does not do so then, and who does without it, gets B3.
    public var encryptsMedia = false
    /// Whether it may hand a call over by REFER (else D42).
    public var allowsTransfer = true

    /// One that registers as `agent` and is +12025550131.
    public init() {}
}

/// How a number is written in a request to us (`ani_number_format`, `dnis_number_format`).
public enum TrunkNumberFormat: String, Sendable, CaseIterable {
    /// `+12025550131`
    case plusE164 = "+e164"
    /// `12025550131`
    case e164
    /// `2025550131`; a number of another country keeps its country code.
    case national
    /// The name of the SIP user, in place of a number. Of the called number only.
    case sipUsername = "sip_username"

    func text(_ number: String, username: String) -> String {
        switch self {
        case .plusE164: number
        case .e164: String(number.drop { $0 == "+" })
        case .national: number.hasPrefix("+1") ? String(number.dropFirst(2)) : String(number.drop { $0 == "+" })
        case .sipUsername: username
        }
    }
}
