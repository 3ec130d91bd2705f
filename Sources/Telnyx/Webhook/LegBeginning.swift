internal import TelephonyPrimitives

/// Who calls whom.
public struct LegParties: Sendable, Hashable {
    /// A number in E.164, or a SIP URI.
    public var from: String
    public var to: String

    init(_ payload: JSONValue) {
        from = payload["from"]?.looseText ?? ""
        to = payload["to"]?.looseText ?? ""
    }
}

/// Which way a call goes.
public enum LegDirection: Sendable, Hashable {
    /// Towards us: Telnyx writes `incoming`.
    case incoming
    /// Placed by us, or by a transfer.
    case outgoing

    init?(_ text: String?) {
        switch text {
        case "incoming", "inbound": self = .incoming
        case "outgoing", "outbound": self = .outgoing
        default: return nil
        }
    }
}

/// `call.initiated` and `call.answered`.
public struct LegBeginning: Sendable, Hashable {
    public var parties: LegParties
    /// `nil` when it isn't told, as with `call.answered`.
    public var direction: LegDirection?
    /// `parked`: it waits for commands. `bridging`, `answered`.
    public var state: String?
    public var callerName: String?
    /// Headers `X-…` of the INVITE.
    public var customHeaders: [SIPHeader]
    /// `User-to-User` and `Diversion`.
    public var sipHeaders: [SIPHeader]
    /// `A`, `B` or `C` (SHAKEN).
    public var attestation: String?
    /// Whether Telnyx found the caller's identity to be true.
    public var isIdentityValid: Bool?
    /// What the caller's number is thought of, e.g. `flagged`.
    public var screening: String?
    /// Of the other side's offer, in its order, e.g. `PCMU`.
    public var offeredCodecs: [String]
    public var tags: [String]
    /// Microseconds since 1970.
    public var startedAt: Int64?

    init(_ payload: JSONValue) {
        parties = LegParties(payload)
        direction = LegDirection(payload["direction"]?.string)
        state = payload["state"]?.filledText
        callerName = payload["caller_id_name"]?.filledText
        customHeaders = SIPHeader.all(payload["custom_headers"])
        sipHeaders = SIPHeader.all(payload["sip_headers"])
        attestation = payload["shaken_stir_attestation"]?.filledText
        isIdentityValid = payload["shaken_stir_validated"]?.looseBool
        screening = payload["call_screening_result"]?.filledText
        // A text with commas, or an array.
        let codecs = payload["offered_codecs"]
        offeredCodecs =
            codecs?.string.map { text in
                text.split(separator: ",").prefix(50).map { $0.filter { !$0.isWhitespace } }
            } ?? Array((codecs?.texts ?? []).prefix(50))
        tags = Array((payload["tags"]?.texts ?? []).prefix(100))
        startedAt = payload["start_time"]?.string.flatMap(ISOTime.microseconds)
    }
}
