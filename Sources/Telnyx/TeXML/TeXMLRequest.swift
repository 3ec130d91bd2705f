internal import TelephonyPrimitives

/// A request of a TeXML application: it asks what is to be done with a call, or tells how the call or its stream fares.
///
/// Its parameters are those of Call Control by other names; they are read as what they are there.
public struct TeXMLRequest: Sendable, Hashable {
    /// Parameters that are kept.
    static let maximumParameters = 100

    /// By their names, such as `CallSid`.
    public let parameters: [String: String]

    init(_ parameters: [String: String]) {
        self.parameters = parameters
    }

    /// The call: `CallSid` is its `call_control_id`.
    public var call: LegReference { LegReference(payload) }

    /// `nil` when it is not told.
    public var direction: LegDirection? {
        switch parameters["Direction"]?.lowercased() {
        case let text? where text.hasPrefix("inbound") || text.hasPrefix("incoming"): .incoming
        case let text? where text.hasPrefix("outbound") || text.hasPrefix("outgoing"): .outgoing
        default: nil
        }
    }

    /// Who calls whom.
    public var beginning: LegBeginning { LegBeginning(payload) }

    /// What has happened, as a webhook of Call Control would tell it; `nil` when there is nothing of that kind.
    public var event: LegEvent? {
        switch parameters["StreamEvent"]?.lowercased() {
        case "stream-started": return LegEvent(type: "streaming.started", payload: payload)
        case "stream-stopped": return LegEvent(type: "streaming.stopped", payload: payload)
        case "stream-failed", "stream-error": return LegEvent(type: "streaming.failed", payload: payload)
        default: break
        }
        switch parameters["CallStatus"]?.lowercased() {
        case "in-progress", "answered": return LegEvent(type: "call.answered", payload: payload)
        case "completed", "busy", "failed", "no-answer", "canceled", "cancelled":
            return LegEvent(type: "call.hangup", payload: payload)
        default: return nil
        }
    }

    /// Why the call is over, where that is not told.
    private var impliedCause: String? {
        switch parameters["CallStatus"]?.lowercased() {
        case "completed": "normal_clearing"
        case "busy": "user_busy"
        case "no-answer": "no_answer"
        case "canceled", "cancelled": "originator_cancel"
        default: nil
        }
    }

    private var payload: JSONValue {
        var members: [String: JSONValue] = [:]
        for (name, member) in Self.names {
            if let value = parameters[name], !value.isEmpty { members[member] = .string(value) }
        }
        if members["hangup_cause"] == nil { members["hangup_cause"] = impliedCause.map { .string($0) } }
        if members["caller_id_name"] == members["from"] { members["caller_id_name"] = nil }
        return .object(members)
    }

    private static let names = [
        ("CallSid", "call_control_id"), ("CallSessionId", "call_session_id"), ("CallLegId", "call_leg_id"),
        ("ConnectionId", "connection_id"), ("From", "from"), ("To", "to"), ("CallerId", "caller_id_name"),
        ("CallerName", "caller_id_name"), ("ShakenStirAttestation", "shaken_stir_attestation"),
        ("ShakenStirValidated", "shaken_stir_validated"), ("HangupCause", "hangup_cause"),
        ("HangupSource", "hangup_source"), ("SipHangupCause", "sip_hangup_cause"),
        ("StreamError", "failure_reason"), ("StreamSid", "stream_id"),
    ]
}

extension WebhookVerifier {
    /// Checks the signature of a request of a TeXML application, then reads it.
    ///
    /// With POST the body is signed. What is signed of a GET is not documented: the query, the path with it and the whole
    /// URL are tried; a signature of anything less would let the parameters be changed.
    ///
    /// - Parameters:
    ///   - method: `GET`, or `POST` whose body is a form.
    ///   - target: path and query as they came.
    ///   - origin: scheme and host by which Telnyx reaches us, e.g. `https://agent.example`.
    ///   - body: the octets as they came.
    ///   - headers: of the request; names in any case.
    ///   - now: seconds since 1970 by our clock.
    /// - Throws: ``WebhookRefusal``.
    public func texml(
        method: String, target: String, origin: String, body: [UInt8],
        headers: some Sequence<(name: String, value: String)>, now: Int64
    ) throws(WebhookRefusal) -> TeXMLRequest {
        let text: String
        if method == "GET" {
            guard target.utf8.count <= Self.maximumOctets else { throw .tooLong(target.utf8.count) }
            let query = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).dropFirst().first
            text = query.map(String.init) ?? ""
            guard !text.isEmpty else { throw .unreadableEvent("it has no parameters") }
            try verify(anyOf: [text, target, origin + target], headers: headers, now: now)
        } else {
            try verify(body: body, headers: headers, now: now)
            text = String(decoding: body, as: UTF8.self)
        }
        var parameters: [String: String] = [:]
        for (name, value) in URLText.members(of: text, atMost: TeXMLRequest.maximumParameters)
        where parameters[name] == nil {
            parameters[name] = value
        }
        let request = TeXMLRequest(parameters)
        guard request.call.control != nil else { throw .unreadableEvent("it has no CallSid") }
        return request
    }

    /// - Throws: what is wrong with the last of them.
    private func verify(
        anyOf texts: [String], headers: some Sequence<(name: String, value: String)>, now: Int64
    ) throws(WebhookRefusal) {
        var refusal = WebhookRefusal.wrongSignature
        for text in texts {
            do throws(WebhookRefusal) {
                return try verify(body: Array(text.utf8), headers: headers, now: now)
            } catch {
                guard error == .wrongSignature else { throw error }
                refusal = error
            }
        }
        throw refusal
    }
}
