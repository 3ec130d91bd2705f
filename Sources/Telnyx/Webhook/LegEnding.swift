internal import TelephonyPrimitives

/// Why a call ended.
public struct HangupCause: OpenName {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let callRejected: HangupCause = "call_rejected"
    public static let normalClearing: HangupCause = "normal_clearing"
    public static let originatorCancel: HangupCause = "originator_cancel"
    public static let timeout: HangupCause = "timeout"
    public static let timeLimit: HangupCause = "time_limit"
    public static let userBusy: HangupCause = "user_busy"
    public static let notFound: HangupCause = "not_found"
    public static let noAnswer: HangupCause = "no_answer"
    public static let unspecified: HangupCause = "unspecified"
}

/// `call.hangup`.
public struct LegEnding: Sendable, Hashable {
    /// Who hung up.
    public enum Source: Sendable, Hashable {
        case caller, callee, unknown
    }

    public var parties: LegParties
    public var cause: HangupCause
    public var source: Source
    /// The SIP status that ended it; `nil` when there was none.
    public var sipStatus: Int?
    public var customHeaders: [SIPHeader]
    public var sipHeaders: [SIPHeader]
    /// Microseconds since 1970.
    public var startedAt: Int64?
    public var endedAt: Int64?
    public var quality: LegQuality?

    init(_ payload: JSONValue) {
        parties = LegParties(payload)
        cause = HangupCause(rawValue: payload["hangup_cause"]?.filledText ?? "unspecified")
        source =
            switch payload["hangup_source"]?.string {
            case "caller": .caller
            case "callee": .callee
            default: .unknown
            }
        sipStatus = payload["sip_hangup_cause"]?.looseInteger.flatMap { (100...699).contains($0) ? $0 : nil }
        customHeaders = SIPHeader.all(payload["custom_headers"])
        sipHeaders = SIPHeader.all(payload["sip_headers"])
        startedAt = payload["start_time"]?.string.flatMap(ISOTime.microseconds)
        endedAt = payload["end_time"]?.string.flatMap(ISOTime.microseconds)
        quality = payload["call_quality_stats"].flatMap(LegQuality.init)
    }
}

/// What Telnyx measured of a leg's sound.
public struct LegQuality: Sendable, Hashable {
    /// Of what came from the leg: 1 to 4.5.
    public var meanOpinionScore: Double?
    /// The greatest variance of the jitter, as Telnyx reckons it.
    public var jitterMaximumVariance: Double?
    public var packetsFromLeg: Int?
    /// Packets that came too late or not at all.
    public var packetsFromLegSkipped: Int?
    public var packetsToLeg: Int?
    public var packetsToLegSkipped: Int?

    init?(_ json: JSONValue) {
        guard json.object != nil else { return nil }
        let (inbound, outbound) = (json["inbound"], json["outbound"])
        meanOpinionScore = inbound?["mos"]?.looseNumber
        jitterMaximumVariance = inbound?["jitter_max_variance"]?.looseNumber
        packetsFromLeg = inbound?["packet_count"]?.looseInteger
        packetsFromLegSkipped = inbound?["skip_packet_count"]?.looseInteger
        packetsToLeg = outbound?["packet_count"]?.looseInteger
        packetsToLegSkipped = outbound?["skip_packet_count"]?.looseInteger
    }
}
