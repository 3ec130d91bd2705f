public import TelephonyPrimitives

/// A rule that was broken, by whom and when.
public struct Violation: Sendable, Hashable {
    public let rule: AuditRule
    /// The side that is at fault.
    public let side: String
    public let time: Instant
    /// The Call-ID; empty for media that belongs to no call.
    public let callID: String
    /// What was seen.
    public let detail: String
}

extension Violation: CustomStringConvertible {
    public var description: String {
        "\(time) \(side) breaks \(rule.id) (\(rule.section)): \(rule.sentence) Seen: \(detail)"
            + (callID.isEmpty ? "" : " [Call-ID \(callID)]")
    }
}

/// Leave for one side to break one rule, and why.
public struct Waiver: Sendable, Hashable {
    public let rule: AuditRule
    public let side: String
    public let reason: String

    /// - Parameters:
    ///   - rule: The rule that may be broken.
    ///   - side: Who may break it: as a rule the scripted or foreign peer.
    ///   - reason: Why that is no fault of ours. An empty reason waives nothing.
    public init(_ rule: AuditRule, for side: String, because reason: String) {
        self.rule = rule
        self.side = side
        self.reason = reason
    }
}

/// What an audit found.
public struct AuditReport: Sendable {
    /// Broken rules that nobody waived.
    public internal(set) var violations: [Violation] = []
    /// Broken rules with the waiver that covers them.
    public internal(set) var waived: [Violation] = []
    /// Waivers that covered nothing: the peer behaves, or the waiver is wrong.
    public internal(set) var unusedWaivers: [Waiver] = []
    /// How much was judged.
    public internal(set) var messages = 0
    public internal(set) var mediaPackets = 0
    public internal(set) var controlPackets = 0
    public internal(set) var calls = 0
    /// Records that are neither SIP nor RTP nor RTCP: noise, STUN, keep-alives.
    public internal(set) var unreadable = 0

    /// Whether something was judged and nothing was found: an audit of an empty trace proves nothing.
    public var isClean: Bool { violations.isEmpty && messages + mediaPackets + controlPackets > 0 }

    /// The ids of broken rules, each once, in alphabetical order.
    public var brokenRules: [String] { Set(violations.map(\.rule.id)).sorted() }
}

extension AuditReport: CustomStringConvertible {
    public var description: String {
        let judged =
            "\(messages) SIP messages of \(calls) calls, \(mediaPackets) RTP and \(controlPackets) RTCP packets judged"
        if messages + mediaPackets + controlPackets == 0 {
            return "Nothing to audit: \(unreadable) unreadable records."
        }
        if violations.isEmpty { return "\(judged): nothing found, \(waived.count) waived." }
        let shown = violations.prefix(30).map { "  " + $0.description }.joined(separator: "\n")
        let more = violations.count > 30 ? "\n  … and \(violations.count - 30) more" : ""
        return "\(judged): \(violations.count) violations, \(waived.count) waived.\n\(shown)\(more)"
    }
}
