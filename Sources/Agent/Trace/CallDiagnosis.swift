internal import Telephony
internal import TelephonyPrimitives

/// What a call's timeline shows of what went wrong: rules that look at facts, none of them a guess. Of a good call there is
/// nothing but a summary.
public struct CallDiagnosis: Sendable, Equatable {
    /// How the call went, in a sentence or two.
    public private(set) var summary: String
    /// The worst first.
    public private(set) var findings: [CallFinding] = []

    public init(_ timeline: CallTimeline) {
        summary = Self.summary(of: timeline.call)
        let facts = DiagnosisFacts(timeline)
        findings = (facts.ofSetup + facts.ofSound + facts.ofEnd + facts.ofAgent).compactMap(\.self)
    }

    private static func summary(of call: StoredCall) -> String {
        var sentence: String
        if let answered = call.answeredMs {
            sentence = "Answered after \(Clock.length(answered))"
            if let ended = call.endedMs { sentence += ", lasted \(Clock.length(max(0, ended - answered)))" }
            let turns = call.turns.filter { !$0.text.isEmpty }.count
            if turns > 0 { sentence += ", \(turns) \(turns == 1 ? "turn" : "turns")" }
            sentence += "."
        } else {
            sentence = call.endedMs == nil ? "It rings." : "Not answered."
        }
        if let explanation = call.explanation, !explanation.isEmpty {
            sentence += " \(explanation)\(explanation.hasSuffix(".") ? "" : ".")"
        }
        return PrintableText.of(sentence)
    }
}

/// What the rules look at, found once.
struct DiagnosisFacts {
    let timeline: CallTimeline
    let messages: [CallTimeline.Message]

    var call: StoredCall { timeline.call }
    var isOutgoing: Bool { call.direction == .outgoing }

    init(_ timeline: CallTimeline) {
        self.timeline = timeline
        messages = timeline.ownMessages
    }

    /// How long the call was up, milliseconds.
    var length: Int {
        guard let answered = call.answeredMs, let ended = call.endedMs else { return 0 }
        return max(0, ended - answered)
    }

    /// Final answers to an INVITE of ours that began the call.
    var refusals: [MessageOutline] {
        messages.filter { $0.record.isReceived && !$0.isRepeated }.compactMap(\.outline).filter {
            $0.method == "INVITE" && ($0.status ?? 0) >= 300
        }
    }

    /// The status by which an outgoing call was refused.
    var refusal: Int? {
        guard isOutgoing, call.answeredMs == nil else { return nil }
        return call.endStatus ?? refusals.last?.status
    }

    /// The refusal as the other side put it, e.g. `403 Forbidden`.
    var refusalText: String {
        let line = refusals.last { $0.status == refusal }?.startLine ?? refusal.map(String.init) ?? ""
        let warning = refusals.last?.fields.first { $0.name == "Warning" || $0.name == "Reason" }
        return line + (warning.map { " (\($0.name): \($0.value))" } ?? "")
    }

    /// What one side announced for its sound, the latest.
    func sound(ofOurs: Bool) -> MessageOutline.Sound? {
        messages.last { $0.record.isReceived != ofOurs && $0.outline?.sound != nil }?.outline?.sound
    }

    /// The address from which the other side's messages came.
    var remoteHost: String? { timeline.addresses.map { Self.host(of: $0.remote) } }

    static func host(of address: String) -> String {
        guard let colon = address.lastIndex(of: ":") else { return address }
        return String(address[..<colon]).filter { $0 != "[" && $0 != "]" }
    }

    /// Whether an address is of use in its own network alone.
    static func isLocal(_ host: String) -> Bool {
        guard let address = IPAddress(host) else { return false }
        return address.isPrivate || address.isLoopback || address.isUnspecified
    }

    func events(_ kinds: String...) -> [(at: Int, kind: String, detail: String)] {
        timeline.entries.compactMap { entry in
            guard case .event(let kind, let detail) = entry.what, kinds.contains(kind) else { return nil }
            return (entry.at, kind, detail)
        }
    }

    /// The name of who is called, e.g. `+4930123`.
    var number: String {
        let address = call.remote.drop { $0 != ":" }.dropFirst()
        return String((address.isEmpty ? call.remote[...] : address).prefix { $0 != "@" && $0 != ";" })
    }
}
