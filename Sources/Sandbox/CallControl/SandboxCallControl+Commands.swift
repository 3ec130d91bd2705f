import RTPMedia
import TelephonyPrimitives

// POST /v2/calls/{call_control_id}/actions/…

extension SandboxCallControl {
    mutating func command(
        _ name: String, _ number: UInt64, _ members: Members, now: Instant
    ) throws(APIFault) -> APIResponse {
        guard let leg = legs[number] else { throw .notFound }
        guard leg.state != .hangup else { throw .isOver }
        let state = try members.state()
        switch name {
        case "answer": try answer(leg, members, now: now)
        case "reject": try reject(leg, members)
        case "hangup":
            let source = leg.isIncoming ? "callee" : "caller"
            let wasAnswered = leg.state == .answered
            orders.append(
                .hangUp(
                    number,
                    wasAnswered || leg.isIncoming
                        ? .cleared(by: source)
                        : LegEnding(cause: "originator_cancel", source: source, sipCause: "487")))
        case "client_state_update":
            guard state != nil else { throw .missing("client_state") }
        default:
            guard Self.whileAnswered.contains(name) else {
                throw .notHere("The command \(Self.shown(name))")
            }
            guard leg.state == .answered else { throw .isNotAnswered }
            try act(name, leg, members, now: now)
        }
        if let state { legs[number]?.clientState = state }
        return .done
    }

    private static let whileAnswered: Set = [
        "transfer", "speak", "playback_start", "playback_stop", "gather", "gather_using_speak", "gather_stop",
        "send_dtmf", "streaming_start", "streaming_stop", "record_start", "record_stop",
    ]

    private mutating func act(
        _ name: String, _ leg: ControlledLeg, _ members: Members, now: Instant
    ) throws(APIFault) {
        switch name {
        case "transfer": try transfer(leg, members, now: now)
        case "speak": hum(try speech(members), leg, now: now)
        case "playback_start": try playBack(leg, members, now: now)
        case "playback_stop": stopHum(leg.number, "cancelled", now: now)
        case "gather": legs[leg.number]?.gather = try GatherRun(members, now: now)
        case "gather_using_speak":
            let gather = try GatherRun(members, now: now)
            hum(try speech(members), leg, now: now)
            legs[leg.number]?.gather = gather
        case "gather_stop": endGather(leg.number, "cancelled", now: now)
        case "send_dtmf": try sendKeys(try members.needed("digits"), leg, now: now)
        case "streaming_start":
            guard let wish = try StreamWish.read(members) else { throw .missing("stream_url") }
            guard leg.stream == nil else { throw .streams }
            openStream(leg.number, wish)
        case "streaming_stop":
            guard leg.stream != nil else { return }
            stopStream(leg.number, now: now)
        case "record_start":
            guard let channels = try members.word("channels", ["single", "dual"]) else { throw .missing("channels") }
            guard let format = try members.word("format", ["wav", "mp3"]) else { throw .missing("format") }
            legs[leg.number]?.recording = (now, channels, format)
        default: endRecording(leg.number, now: now)
        }
    }

    // MARK: Answering

    private mutating func answer(_ leg: ControlledLeg, _ members: Members, now: Instant) throws(APIFault) {
        guard leg.isIncoming else { throw .isOutgoing }
        // A second one changes nothing.
        guard leg.state == .parked, leg.wish == nil, !leg.isBeingAnswered else { return }
        var leg = leg
        leg.wish = try StreamWish.read(members)
        leg.sendsSilence = try members.flag("send_silence_when_idle") ?? false
        try takeAddresses(members, &leg)
        if let state = try members.state() { leg.clientState = state }
        leg.isBeingAnswered = true
        legs[leg.number] = leg
        orders.append(.answer(leg.number))
    }

    private mutating func reject(_ leg: ControlledLeg, _ members: Members) throws(APIFault) {
        guard leg.isIncoming else { throw .isOutgoing }
        let cause = try members.word("cause", ["CALL_REJECTED", "USER_BUSY"])
        guard let cause else { throw .missing("cause") }
        guard leg.state == .parked else {
            throw .invalid("cause", "The call has been answered: it can be hung up, and not rejected any more.")
        }
        let isBusy = cause == "USER_BUSY"
        orders.append(
            .refuse(
                leg.number, status: isBusy ? 486 : 603,
                LegEnding(
                    cause: isBusy ? "user_busy" : "call_rejected", source: "callee", sipCause: isBusy ? "486" : "603")))
    }

    // MARK: Handing over

    private mutating func transfer(_ leg: ControlledLeg, _ members: Members, now: Instant) throws(APIFault) {
        guard leg.transfer == nil else {
            throw .invalid("to", "The call is being handed on already.")
        }
        let to = try Self.number(try members.needed("to"))
        let from = try members.text("from") ?? leg.from
        let timeout = try members.number("timeout_secs", 5...600)
        let transfer = TransferLeg(
            controlID: makeControlID(), legID: makeUUID(), from: from, to: to, began: now,
            clientState: try members.state("target_leg_client_state"), webhookURL: try members.address("webhook_url"))
        legs[leg.number]?.transfer = transfer
        tellOfTransfer(
            "call.initiated", leg.number,
            ["direction": "outgoing", "state": "bridging", "start_time": .string(time(now)), "tags": []], now: now)
        orders.append(.transfer(leg.number, to: to, from: from, ringing: .seconds(timeout ?? 30)))
    }

    /// An event of the leg that a call is handed over to.
    mutating func tellOfTransfer(
        _ event: String, _ number: UInt64, _ more: [String: JSONValue] = [:], now: Instant
    ) {
        guard let transfer = legs[number]?.transfer else { return }
        let own: [String: JSONValue] = [
            "call_control_id": .string(transfer.controlID), "call_leg_id": .string(transfer.legID),
            "from": .string(transfer.from), "to": .string(transfer.to),
            "client_state": transfer.clientState.map { .string($0) } ?? .null,
        ]
        tell(event, number, own.merging(more) { $1 }, isOfTransfer: true, now: now)
    }

    // MARK: Speaking

    /// How many pieces of 20 ms a text would take: 15 characters a second.
    private func speech(_ members: Members) throws(APIFault) -> Int {
        let text = try members.needed("payload")
        guard text.count <= 3_000 else { throw .invalid("payload", "3000 characters are the most.") }
        _ = try members.needed("voice")
        _ = try members.word("payload_type", ["text", "ssml"])
        return max(10, text.count * 50 / 15)
    }

    private mutating func hum(_ frames: Int, _ leg: ControlledLeg, now: Instant) {
        beginHum(HumRun(event: "call.speak", payload: [:]), frames, leg.number, now: now)
    }

    private mutating func playBack(_ leg: ControlledLeg, _ members: Members, now: Instant) throws(APIFault) {
        let url = try members.address("audio_url")
        let name = try members.text("media_name")
        guard url != nil || name != nil || members.values["playback_content"] != nil else {
            throw .missing("audio_url")
        }
        let payload: [String: JSONValue] = [
            "media_url": url.map { .string($0) } ?? .null, "media_name": name.map { .string($0) } ?? .null,
            "overlay": false,
        ]
        beginHum(HumRun(event: "call.playback", payload: payload), 100, leg.number, now: now)
    }

    private mutating func beginHum(_ run: HumRun, _ frames: Int, _ number: UInt64, now: Instant) {
        stopHum(number, "cancelled", now: now)
        legs[number]?.hum = run
        legs[number]?.sound?.hum = frames
        legs[number]?.sound?.awaken(now: now)
        tell("\(run.event).started", number, run.payload, now: now)
    }

    mutating func stopHum(_ number: UInt64, _ status: String, now: Instant) {
        guard let run = legs[number]?.hum else { return }
        legs[number]?.hum = nil
        legs[number]?.sound?.hum = 0
        tell("\(run.event).ended", number, run.payload.merging(["status": .string(status)]) { $1 }, now: now)
    }

    // MARK: Keys

    mutating func sendKeys(_ digits: String, _ leg: ControlledLeg, now: Instant) throws(APIFault) {
        var keys = ""
        for digit in digits.prefix(128) {
            switch digit {
            case "0"..."9", "A"..."D", "*", "#": keys.append(digit)
            case "w": keys.append(",")
            case "W": keys += ",,"
            default: throw .invalid("digits", "0 to 9, A to D, *, #, w and W are possible.")
            }
        }
        guard legs[leg.number]?.sound?.format.keyType != nil else {
            remarks.append("the other side takes no telephone-events: keys to it are lost")
            return
        }
        legs[leg.number]?.sound?.keys.enqueue(keys)
        legs[leg.number]?.sound?.awaken(now: now)
    }

    /// A key was pressed at the other side.
    mutating func pressed(_ key: Character, _ number: UInt64, now: Instant) {
        guard legs[number]?.state == .answered else { return }
        tell("call.dtmf.received", number, ["digit": .string(String(key))], now: now)
        streamKey(number, key, now: now)
        if let status = legs[number]?.gather?.press(key, now: now) { endGather(number, status, now: now) }
    }

    mutating func endGather(_ number: UInt64, _ status: String, now: Instant) {
        guard let gather = legs[number]?.gather else { return }
        legs[number]?.gather = nil
        var payload: [String: JSONValue] = ["digits": .string(gather.digits), "status": .string(status)]
        if let id = gather.id { payload["gather_id"] = .string(id) }
        tell("call.gather.ended", number, payload, now: now)
    }

    // MARK: Recording

    mutating func endRecording(_ number: UInt64, now: Instant) {
        guard let recording = legs[number]?.recording else { return }
        legs[number]?.recording = nil
        let url = "http://127.0.0.1/sandbox-keeps-no-recordings.\(recording.format)"
        tell(
            "call.recording.saved", number,
            [
                "channels": .string(recording.channels), "recording_started_at": .string(time(recording.since)),
                "recording_ended_at": .string(time(now)), "recording_urls": [recording.format: .string(url)],
                "public_recording_urls": [:],
            ], now: now)
    }
}
