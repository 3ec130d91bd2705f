import TelephonyPrimitives

// Applications that ask for a document when they are called, and do what it says (reference E).

extension SandboxCallControl {
    /// Somebody calls a number of such an application.
    mutating func askForDocument(_ leg: ControlledLeg, now: Instant) {
        let application = account.documentApplication(leg.application) ?? [:]
        var leg = leg
        leg.document = DocumentRun(
            urls: ["voice_url", "voice_fallback_url"].compactMap { application[$0]?.string }.filter { !$0.isEmpty },
            method: application["voice_method"]?.string == "post" ? "POST" : "GET",
            statusURL: application["status_callback"]?.string.flatMap { $0.isEmpty ? nil : $0 })
        keep(leg)
        tell("call.initiated", leg.number, now: now)
        fetch(leg.number, now: now)
    }

    private mutating func fetch(_ number: UInt64, now: Instant) {
        guard let leg = legs[number], let run = leg.document, let url = run.urls.first else {
            remarks.append("nobody has given a document for the call")
            return orders.append(.hangUp(number, .cleared(by: "callee")))
        }
        legs[number]?.document?.urls.removeFirst()
        let form = Self.form(
            parties(leg) + [
                ("CallerId", leg.from), ("CallingPartyType", "pstn"), ("CallStatus", "ringing"),
                ("Direction", "inbound"), ("FromSipUri", "\(leg.from)@192.0.2.10"),
                ("ToSipUri", "\(leg.to)@sip.telnyx.com"),
            ])
        var headers = signature(of: Array(form.utf8), now: now)
        headers["User-Agent"] = "telnyx-webhooks"
        if run.method == "POST" {
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            actions.append(
                .fetch(number, DocumentFetch(method: "POST", url: url, headers: headers, body: Array(form.utf8))))
        } else {
            let mark = url.contains("?") ? "&" : "?"
            actions.append(
                .fetch(number, DocumentFetch(method: "GET", url: url + mark + form, headers: headers, body: [])))
        }
    }

    mutating func fetched(_ number: UInt64, _ status: Int?, _ octets: [UInt8], now: Instant) {
        guard legs[number]?.document?.isOver == false else { return }
        guard status == 200 else {
            remarks.append("the document can't be had: \(status.map { "status \($0)" } ?? "no answer")")
            return fetch(number, now: now)
        }
        do throws(TeXMLElement.Fault) {
            let root = try TeXMLElement.parse(octets)
            guard root.name == "Response" else { throw TeXMLElement.Fault(reason: "it is no <Response>") }
            legs[number]?.document?.verbs = root.children
        } catch {
            remarks.append("the document can't be read: \(error.reason)")
            return fetch(number, now: now)
        }
        goOn(number, now: now)
    }

    /// Does what comes next in the document of a call, if it has one.
    mutating func goOn(_ number: UInt64, now: Instant) {
        guard let leg = legs[number], let run = leg.document, !run.isOver, leg.stream == nil else { return }
        legs[number]?.document?.stream = nil
        guard let verb = run.verbs.first else {
            orders.append(.hangUp(number, .cleared(by: "callee")))
            return
        }
        legs[number]?.document?.verbs.removeFirst()
        switch verb.name {
        case "Connect": connect(verb, leg, now: now)
        case "Reject":
            let isBusy = verb.attributes["reason"] == "busy"
            guard leg.state == .parked else { return orders.append(.hangUp(number, .cleared(by: "callee"))) }
            orders.append(
                .refuse(
                    number, status: isBusy ? 486 : 603,
                    LegEnding(
                        cause: isBusy ? "user_busy" : "call_rejected", source: "callee",
                        sipCause: isBusy ? "486" : "603")))
        case "Hangup": orders.append(.hangUp(number, .cleared(by: "callee")))
        default:
            remarks.append("the sandbox does not do <\(Self.shown(verb.name))>; the carrier may")
            goOn(number, now: now)
        }
    }

    private mutating func connect(_ verb: TeXMLElement, _ leg: ControlledLeg, now: Instant) {
        let wish: StreamWish?
        do throws(APIFault) {
            wish = try verb.children.first { $0.name == "Stream" }.flatMap { (stream) throws(APIFault) in
                try StreamWish.read(stream)
            }
        } catch {
            remarks.append("<Stream> is not as it should be: \(error.detail)")
            return goOn(leg.number, now: now)
        }
        guard let wish else {
            remarks.append("<Connect> has no <Stream> with a url")
            return goOn(leg.number, now: now)
        }
        let stream = verb.children.first { $0.name == "Stream" }
        legs[leg.number]?.document?.streamStatusURL = stream?.attributes["statusCallback"]
        if stream?.attributes["enableReconnect"] != "false" { legs[leg.number]?.document?.stream = wish }
        guard leg.state == .parked else { return openStream(leg.number, wish) }
        legs[leg.number]?.wish = wish
        legs[leg.number]?.isBeingAnswered = true
        orders.append(.answer(leg.number))
    }

    /// The stream that broke is opened again, with all that was said of it.
    mutating func reopenStream(_ number: UInt64) {
        legs[number]?.document?.reopens()
        guard let wish = legs[number]?.document?.stream else { return }
        openStream(number, wish)
    }

    // MARK: Callbacks

    /// Tells what Call Control would tell by a webhook.
    mutating func tellStatus(
        _ event: String, _ leg: ControlledLeg, _ more: [String: JSONValue], now: Instant
    ) {
        guard let run = leg.document else { return }
        func text(_ name: String) -> String { more[name]?.string ?? "" }
        let own: [(String, String)]
        var url = run.statusURL
        switch event {
        case "call.initiated": own = [("CallStatus", "initiated")]
        case "call.answered": own = [("CallStatus", "in-progress")]
        case "call.hangup":
            let status =
                switch (leg.answeredAt, text("hangup_cause")) {
                case (.some, _): "completed"
                case (nil, "user_busy"): "busy"
                case (nil, "originator_cancel"): "canceled"
                case (nil, "timeout"), (nil, "no_answer"): "no-answer"
                default: "failed"
                }
            own = [
                ("CallStatus", status), ("CallSessionId", leg.sessionID), ("CallLegId", leg.legID),
                ("HangupCause", text("hangup_cause")), ("HangupSource", text("hangup_source")),
                ("SipHangupCause", text("sip_hangup_cause")),
            ]
        case "streaming.started", "streaming.stopped", "streaming.failed":
            url = run.streamStatusURL
            let error = event == "streaming.failed" ? [("StreamError", text("failure_reason"))] : []
            own = [("StreamEvent", "stream-" + event.dropFirst(10)), ("StreamSid", leg.stream?.id ?? "")] + error
        default: return
        }
        legs[leg.number]?.document?.callbacks += 1
        let form = Self.form(
            parties(leg) + [
                ("CallbackSource", "call-progress-events"), ("Timestamp", time(now)),
                ("SequenceNumber", String(run.callbacks)),
            ] + own)
        send(event, leg.number, .form(form), to: [url].compactMap(\.self), now: now)
    }

    private func parties(_ leg: ControlledLeg) -> [(String, String)] {
        [
            ("AccountSid", Self.userID), ("CallSid", leg.controlID), ("CallSidLegacy", leg.controlID),
            ("ConnectionId", leg.application), ("From", leg.from), ("To", leg.to),
        ]
    }

    /// As forms are sent: what is no letter, digit, `-`, `.`, `_` or `*` is escaped.
    static func form(_ parameters: [(name: String, value: String)]) -> String {
        func escaped(_ text: String) -> String {
            text.utf8.map { octet in
                let scalar = Unicode.Scalar(octet)
                if scalar.properties.isAlphabetic && octet < 0x80 || (0x30...0x39).contains(octet)
                    || "-._*".unicodeScalars.contains(scalar)
                {
                    return String(scalar)
                }
                return octet == 0x20 ? "+" : "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16, uppercase: true)
            }.joined()
        }
        return parameters.map { "\(escaped($0.name))=\(escaped($0.value))" }.joined(separator: "&")
    }
}

extension StreamWish {
    /// - Returns: `nil` without `url`.
    static func read(_ element: TeXMLElement) throws(APIFault) -> StreamWish? {
        let names = [
            "url": "stream_url", "track": "stream_track", "codec": "stream_codec",
            "bidirectionalMode": "stream_bidirectional_mode", "bidirectionalCodec": "stream_bidirectional_codec",
        ]
        var members: [String: JSONValue] = [:]
        for (attribute, value) in element.attributes {
            if let name = names[attribute] { members[name] = .string(value) }
        }
        if let text = element.attributes["bidirectionalSamplingRate"] {
            members["stream_bidirectional_sampling_rate"] = Int(text).map { .number(Double($0)) } ?? .string(text)
        }
        members["custom_parameters"] = .array(
            element.children.filter { $0.name == "Parameter" }.map {
                [
                    "name": .string($0.attributes["name"] ?? ""), "value": .string($0.attributes["value"] ?? ""),
                ]
            })
        return try read(Members(members))
    }
}
