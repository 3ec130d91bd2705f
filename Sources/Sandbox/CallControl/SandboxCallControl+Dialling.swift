import TelephonyPrimitives

// POST /v2/calls: a call is made.

extension SandboxCallControl {
    mutating func dial(_ members: Members, now: Instant) throws(APIFault) -> APIResponse {
        let id = try members.needed("connection_id")
        guard let application = account.application(id) else {
            throw .invalid("connection_id", "\(Self.shown(id)) is no Call Control application.")
        }
        let from = try members.needed("from")
        guard account.hasNumber(from) || carrierSettings.verifiedNumbers.contains(from) else {
            throw .unverifiedNumber
        }
        guard let profile = application["outbound"]?["outbound_voice_profile_id"]?.string,
            account.record(.profiles, profile) != nil
        else { throw .noProfile }
        let to = try destination(members)
        let timeout = try members.number("timeout_secs", 5...600)
        let limit = try members.number("time_limit_secs", 30...14_400)
        let active = legs.values.count { $0.state != .hangup }
        guard active < carrierSettings.maximumCalls else { throw .callsFull }
        let number = makeNumber()
        var leg = ControlledLeg(
            number: number, controlID: makeControlID(), legID: makeUUID(), sessionID: makeUUID(), application: id,
            isIncoming: false, from: from, to: to, began: now)
        leg.clientState = try members.state()
        leg.wish = try StreamWish.read(members)
        leg.timeLimit = limit.map { .seconds($0) }
        leg.digitsOnAnswer = try members.text("send_digits_on_answer")
        leg.sendsSilence = try members.flag("send_silence_when_idle") ?? false
        leg.detection = try members.word(
            "answering_machine_detection",
            ["premium", "detect", "detect_beep", "detect_words", "greeting_end", "disabled"])
        if leg.detection == "disabled" { leg.detection = nil }
        try takeAddresses(members, &leg)
        let headers = try members.pairs("custom_headers")
        let isPrivate = try members.word("privacy", ["id", "none"]) == "id"
        _ = try members.text("from_display_name")
        keep(leg)
        orders.append(
            .dial(
                number,
                DialOrder(
                    sessionID: leg.sessionID, legID: leg.legID, from: from, to: to, ringing: .seconds(timeout ?? 30),
                    isPrivate: isPrivate, headers: headers)))
        tell(
            "call.initiated", number,
            ["direction": "outgoing", "state": "bridging", "start_time": .string(time(now)), "tags": []], now: now)
        return APIResponse(200, ["data": record(leg, now: now)])
    }

    /// The one number that is called.
    private func destination(_ members: Members) throws(APIFault) -> String {
        var text = ""
        switch members.values["to"] {
        case .string(let number)?: text = number
        case .array(let numbers)?:
            guard numbers.count == 1, let number = numbers.first?.string else {
                throw .notHere("Calling several numbers at once")
            }
            text = number
        case nil: throw .missing("to")
        default: throw .invalid("to", "The parameter to has to be a text.")
        }
        return try Self.number(text)
    }

    static func number(_ text: String) throws(APIFault) -> String {
        if text.hasPrefix("sip:") { throw .notHere("Calling SIP addresses") }
        let digits = text.dropFirst()
        guard text.hasPrefix("+"), (7...15).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else {
            throw APIFault(
                422, "10016", "Phone number must be in +E.164 format", "The 'to' parameter must be in +E.164 format.",
                at: "to")
        }
        return text
    }

    /// Where the webhooks of one call go.
    func takeAddresses(_ members: Members, _ leg: inout ControlledLeg) throws(APIFault) {
        if let url = try members.address("webhook_url") { leg.webhookURL = url }
        if let method = try members.word("webhook_url_method", ["POST", "GET"]), method == "GET" {
            throw .notHere("webhook_url_method GET")
        }
        guard let urls = members.values["webhook_urls"] else { return }
        guard let urls = urls.object else { throw .invalid("webhook_urls", "It has to be an object.") }
        for (event, list) in urls {
            guard let list = list.array, list.allSatisfy({ $0.string?.hasPrefix("http") == true }) else {
                throw .invalid("webhook_urls", "Each event has to have a list of addresses.")
            }
            leg.webhookURLs[event] = list.compactMap(\.string)
        }
    }

    mutating func keep(_ leg: ControlledLeg) {
        legs[leg.number] = leg
        numbers[leg.controlID] = leg.number
        let ended = legs.values.filter { $0.state == .hangup }
        guard ended.count > Self.maximumEnded else { return }
        if let oldest = ended.min(by: { ($0.endedAt ?? .zero) < ($1.endedAt ?? .zero) }) {
            legs[oldest.number] = nil
            numbers[oldest.controlID] = nil
        }
    }

}
