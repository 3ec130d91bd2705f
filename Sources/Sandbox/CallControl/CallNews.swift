import TelephonyPrimitives

/// What the switch tells Call Control of a call.
struct ArrivedCall: Sendable {
    let number: UInt64
    let sessionID: String
    let legID: String
    let application: String
    let from: String
    let to: String
    let codecs: [String]
    let headers: [(name: String, value: String)]
}

/// How a leg came to its end (reference B4).
struct LegEnding: Sendable, Hashable {
    var cause: String
    var source: String
    /// The SIP status, or `unspecified`.
    var sipCause: String

    static let timeLimit = LegEnding(cause: "time_limit", source: "unknown", sipCause: "200")
    static let unknown = LegEnding(cause: "unspecified", source: "unknown", sipCause: "unspecified")

    static func cleared(by source: String) -> LegEnding {
        LegEnding(cause: "normal_clearing", source: source, sipCause: "200")
    }
}

/// How the sound of a leg is packed.
struct LegSoundFormat: Sendable, Hashable {
    /// 0 for PCMU, 8 for PCMA.
    var payloadType: UInt8
    /// That of keys; `nil`: they can't be sent.
    var keyType: UInt8?
}

/// What Call Control wants of the switch.
enum SwitchOrder: Sendable {
    case answer(UInt64)
    case refuse(UInt64, status: Int, LegEnding)
    case hangUp(UInt64, LegEnding)
    case dial(UInt64, DialOrder)
    case transfer(UInt64, to: String, from: String, ringing: Duration)
    /// A packet of RTP to the leg.
    case say(UInt64, [UInt8])
}

/// A call that Call Control makes.
struct DialOrder: Sendable {
    var sessionID: String
    var legID: String
    var from: String
    var to: String
    var ringing: Duration
    var isPrivate: Bool
    var headers: [(name: String, value: String)]
}
