import TelephonyPrimitives

// What the switch tells of calls.

extension SandboxCallControl {
    /// Somebody calls a number of an application.
    mutating func came(_ call: ArrivedCall, now: Instant) {
        let leg = ControlledLeg(
            number: call.number, controlID: makeControlID(), legID: call.legID, sessionID: call.sessionID,
            application: call.application, isIncoming: true, from: call.from, to: call.to, began: now)
        if account.documentApplication(call.application) != nil { return askForDocument(leg, now: now) }
        keep(leg)
        let codecs = call.codecs.joined(separator: ",")
        tell(
            "call.initiated", call.number,
            [
                "direction": "incoming", "state": "parked", "start_time": .string(time(now)),
                "caller_id_name": .string(call.from), "offered_codecs": .string(codecs),
                "connection_codecs": "PCMU,PCMA", "shaken_stir_attestation": "C", "shaken_stir_validated": true,
                "custom_headers": .array(
                    call.headers.map { ["name": .string($0.name), "value": .string($0.value)] }),
                "tags": [],
            ], now: now)
    }

    mutating func legAnswered(_ number: UInt64, _ format: LegSoundFormat, now: Instant) {
        guard var leg = legs[number], leg.state == .parked else { return }
        leg.state = .answered
        leg.answeredAt = now
        leg.endsAt = leg.timeLimit.map { now + $0 }
        var sound = LegSound(format, chance: random.next(), now: now)
        sound.sendsSilence = leg.sendsSilence
        leg.sound = sound
        if leg.detection != nil { leg.detectAt = now + .seconds(3) }
        legs[number] = leg
        legs[number]?.sound?.awaken(now: now)
        var payload: [String: JSONValue] = [
            "state": "answered", "start_time": .string(time(leg.began)), "custom_headers": [], "sip_headers": [],
            "tags": [],
        ]
        if let wish = leg.wish {
            payload["stream_url"] = .string(wish.url)
            payload["stream_track"] = .string(wish.track)
        }
        tell("call.answered", number, payload, now: now)
        if let wish = leg.wish { openStream(number, wish) }
        if let digits = leg.digitsOnAnswer { try? sendKeys(digits, leg, now: now) }
    }

    mutating func legEnded(_ number: UInt64, _ ending: LegEnding, now: Instant) {
        guard let leg = legs[number], leg.state != .hangup else { return }
        legs[number]?.document?.end()
        endGather(number, "call_hangup", now: now)
        stopHum(number, "call_hangup", now: now)
        endRecording(number, now: now)
        stopStream(number, now: now)
        legs[number]?.state = .hangup
        legs[number]?.endedAt = now
        legs[number]?.detectAt = nil
        legs[number]?.endsAt = nil
        legs[number]?.cutAt = nil
        let sound = legs[number]?.sound
        legs[number]?.sound = nil
        var payload: [String: JSONValue] = [
            "state": "hangup", "hangup_cause": .string(ending.cause), "hangup_source": .string(ending.source),
            "sip_hangup_cause": .string(ending.sipCause), "start_time": .string(time(leg.began)),
            "end_time": .string(time(now)), "custom_headers": [], "sip_headers": [], "tags": [],
        ]
        if let sound {
            payload["call_quality_stats"] = [
                "inbound": [
                    "jitter_max_variance": "0.00", "jitter_packet_count": "0", "mos": "4.50",
                    "packet_count": .string(String(sound.heard)), "skip_packet_count": "0",
                ],
                "outbound": ["packet_count": .string(String(sound.said)), "skip_packet_count": "0"],
            ]
        }
        if leg.transfer != nil {
            tellOfTransfer(
                "call.hangup", number,
                [
                    "state": "hangup", "hangup_cause": .string(ending.cause), "hangup_source": .string(ending.source),
                    "sip_hangup_cause": .string(ending.sipCause), "tags": [],
                ], now: now)
        }
        tell("call.hangup", number, payload, now: now)
        tellCost(leg, now: now)
    }

    /// Where the application wants it (`call_cost_in_webhooks`).
    private mutating func tellCost(_ leg: ControlledLeg, now: Instant) {
        guard let answeredAt = leg.answeredAt,
            account.record(.applications, leg.application)?["call_cost_in_webhooks"]?.bool == true
        else { return }
        let minutes = max(1, ((now - answeredAt).components.seconds + 59) / 60)
        // A made-up price of half a cent a minute.
        let mills = minutes * 5
        let cost = "\(mills / 1_000).\(String(1_000 + mills % 1_000).dropFirst())0"
        let billed = JSONValue.number(Double(minutes * 60))
        tell(
            "call.cost", leg.number,
            [
                "billed_duration_secs": billed, "total_cost": .string(cost), "status": "success",
                "occurred_at": .string(time(now)),
                "cost_parts": [
                    [
                        "call_part": "call-control", "cost": .string(cost), "currency": "USD", "rate": "0.0050",
                        "billed_duration_secs": billed,
                    ]
                ],
            ], now: now)
    }

    // MARK: Handing over

    mutating func transferAnswered(_ number: UInt64, now: Instant) {
        guard legs[number]?.transfer != nil else { return }
        legs[number]?.transfer?.isBridged = true
        tellOfTransfer(
            "call.answered", number, ["state": "answered", "start_time": .string(time(now)), "tags": []], now: now)
        tellOfTransfer("call.bridged", number, now: now)
        tell("call.bridged", number, now: now)
    }

    /// The place that the call was to go to can't be had: the leg is as it was.
    mutating func transferFailed(_ number: UInt64, _ ending: LegEnding, now: Instant) {
        tellOfTransfer(
            "call.hangup", number,
            [
                "state": "hangup", "hangup_cause": .string(ending.cause), "hangup_source": .string(ending.source),
                "sip_hangup_cause": .string(ending.sipCause), "tags": [],
            ], now: now)
        legs[number]?.transfer = nil
    }

    // MARK: Machines

    /// What has answered: a number that answers by itself and beeps is a machine.
    mutating func tellMachine(_ number: UInt64, now: Instant) {
        guard let leg = legs[number], let detection = leg.detection else { return }
        let script = carrierSettings.callees.first { $0.number == leg.to }
        let isMachine = script?.steps.contains { $0.step == .play(.beep) } ?? false
        let isPremium = detection == "premium"
        let prefix = isPremium ? "call.machine.premium" : "call.machine"
        guard leg.isDetected else {
            legs[number]?.isDetected = true
            legs[number]?.detectAt = isMachine ? now + .milliseconds(600) : nil
            let result = isMachine ? "machine" : isPremium ? "human_residence" : "human"
            tell("\(prefix).detection.ended", number, ["result": .string(result)], now: now)
            return
        }
        legs[number]?.detectAt = nil
        if isPremium || detection == "detect_beep" || detection == "greeting_end" {
            let result = detection == "greeting_end" ? "ended" : "beep_detected"
            tell("\(prefix).greeting.ended", number, ["result": .string(result)], now: now)
        }
    }
}
