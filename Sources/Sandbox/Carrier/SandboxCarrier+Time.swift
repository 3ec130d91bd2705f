import SIPCore
import TelephonyPrimitives

// What a call does by itself as time goes by: answers are repeated, sessions refreshed, scripts go on.

extension SandboxCarrier {
    mutating func wake(_ id: UInt64, now: Instant) {
        for side in [SoundSide.caller, .callee] {
            repeatAnswer(id, side, now: now)
            wakeTimer(id, side, now: now)
        }
        if let giveUpAt = calls[id]?.giveUpAt, giveUpAt <= now { giveUp(id, now: now) }
        if let transfer = calls[id]?.transfer, transfer.giveUpAt <= now {
            transferFails(id, Refusal(480, "Temporarily Unavailable"), now: now)
        }
        while let step = calls[id]?.script?.take(now: now) { play(step, id, now: now) }
        if let step = calls[id]?.faultStep, step.at <= now { playFault(step.number, id, now: now) }
    }

    private mutating func repeatAnswer(_ id: UInt64, _ side: SoundSide, now: Instant) {
        guard let leg = calls[id]?.leg(side), var answer = leg.answer, answer.next <= now else { return }
        guard now < answer.until else {
            remark("no ACK for 32 s: the call is hung up")
            return endBoth(id, reason: "SIP;cause=408;text=\"ACK Timeout\"", now: now)
        }
        actions.append(.send(answer.octets, leg.wire))
        answer.interval = min(answer.interval * 2, TransactionTimers.standard.t2)
        answer.next = min(now + answer.interval, answer.until)
        calls[id]?.update(side) { $0.answer = answer }
    }

    private mutating func wakeTimer(_ id: UInt64, _ side: SoundSide, now: Instant) {
        guard let leg = calls[id]?.leg(side), let timer = leg.timer, timer.deadline <= now else { return }
        guard timer.weRefresh else {
            remark("the session was not refreshed: the call is hung up")
            return endBoth(id, reason: "SIP;cause=408;text=\"Session timer expired\"", now: now)
        }
        calls[id]?.update(side) { $0.timer?.restart(now: now) }
        guard !leg.isChanging else { return }
        if settings.fault == .refreshMissing, leg.party == .trunk {
            return remark("the carrier was to refresh the session, and does not")
        }
        refresh(id, side, now: now)
    }

    /// By UPDATE without a description, or the same description again.
    private mutating func refresh(_ id: UInt64, _ side: SoundSide, now: Instant) {
        guard var leg = calls[id]?.leg(side), let timer = leg.timer else { return }
        var message = request(leg.allowsUpdate ? .update : .invite, in: &leg)
        message.add("Supported", "timer,path")
        message.add("Session-Expires", "\(timer.interval.components.seconds);refresher=uac")
        if !leg.allowsUpdate { message.setBody(leg.sound.sent, type: "application/sdp") }
        leg.isChanging = true
        calls[id]?.update(side) { $0 = leg }
        send(message, to: leg.wire, for: .change(call: id, side, for: nil), now: now)
    }

    /// The place that is called says nothing, or rings for too long.
    private mutating func giveUp(_ id: UInt64, now: Instant) {
        guard let call = calls[id] else { return }
        calls[id]?.ending = .notAnswered
        guard let key = call.calleeInvite else {
            return refuseCaller(id, Refusal(480, "Temporarily Unavailable"), now: now)
        }
        let isSilent = (call.calledAt.map { now - $0 } ?? .zero) < call.ringing ?? settings.answerTimeout
        cancel(key, now: now)
        calleeFailed(
            id, key, isSilent ? Refusal(408, "Request Timeout") : Refusal(480, "Temporarily Unavailable"), now: now)
    }

    // MARK: Scripts

    /// A number that answers by itself is called.
    mutating func callScript(_ id: UInt64, _ callee: ScriptedCallee, now: Instant) {
        guard scriptedSound(id) != nil else { return refuseCaller(id, .notAcceptable, now: now) }
        let limit = now + (calls[id]?.ringing ?? settings.answerTimeout)
        calls[id]?.script = ScriptRun(callee, now: now)
        calls[id]?.giveUpAt = limit
        sayAgentSide(id)
    }

    private mutating func play(_ step: ScriptedCallee.Step, _ id: UInt64, now: Instant) {
        guard let call = calls[id] else { return }
        if call.transfer != nil { return playInPlace(step, id, now: now) }
        switch step {
        case .ring: progressCaller(id, (180, "Ringing"), nil, now: now)
        case .earlySound:
            guard let sound = scriptedSound(id) else { return }
            progressCaller(id, (183, "Session Progress"), sound.body, now: now)
        case .answer:
            guard let sound = scriptedSound(id) else { return }
            calls[id]?.giveUpAt = nil
            acceptCaller(id, sound.body, now: now)
        case .play(let sound):
            guard let type = scriptedSound(id)?.payloadType else { return }
            actions.append(.relay(call: id, .play(sound, payloadType: type)))
        case .hangUp:
            calls[id]?.ending = .cleared(by: "callee")
            hangUp(id, .caller, reason: "Q.850;cause=16;text=\"NORMAL_CLEARING\"", now: now)
            end(id, now: now)
        case .refuse(let status, let reason):
            guard !call.isAnswered else { return }
            refuseCaller(id, Refusal(status, reason), now: now)
        }
    }

    /// The same while it is called in the place of who leaves.
    private mutating func playInPlace(_ step: ScriptedCallee.Step, _ id: UInt64, now: Instant) {
        switch step {
        case .ring: report(id, 180, "Ringing", now: now)
        case .earlySound: report(id, 183, "Session Progress", now: now)
        case .answer: takePlace(id, nil, scriptedSound(id)?.body ?? [], now: now)
        case .refuse(let status, let reason): transferFails(id, Refusal(status, reason), now: now)
        case .play, .hangUp: break
        }
    }

    /// What a number that answers by itself says of its sound: of G.711 the law that is offered first, and keys.
    func scriptedSound(
        _ id: UInt64, for side: SoundSide = .caller
    ) -> (body: [UInt8], payloadType: UInt8, keyType: UInt8?)? {
        guard let leg = calls[id]?.leg(side), let offer = try? PeerSound(leg.sound.received),
            let law = offer.codecs.first(where: {
                ($0.number, $0.name) == (0, "pcmu") || ($0.number, $0.name) == (8, "pcma")
            })
        else { return nil }
        let direction = ["sendonly": "recvonly", "recvonly": "sendonly"][offer.direction] ?? offer.direction
        let codecs = [law] + offer.codecs.filter { $0.name == "telephone-event" && $0.encoding.hasSuffix("/8000") }
        var lines = ["v=0", "o=- 1 1 IN IP4 \(mediaAddress)", "s=-", "c=IN IP4 \(mediaAddress)", "t=0 0"]
        lines.append("m=audio 9 RTP/AVP " + codecs.map { "\($0.number)" }.joined(separator: " "))
        lines += codecs.map { "a=rtpmap:\($0.number) \($0.encoding)" }
        lines.append("a=\(direction)")
        return (Array((lines.joined(separator: "\r\n") + "\r\n").utf8), law.number, codecs.dropFirst().first?.number)
    }

    /// A side changes its session, and nobody is at the other one.
    mutating func acceptByScript(
        _ request: Request, _ key: ServerTransactionKey, _ id: UInt64, _ side: SoundSide, now: Instant
    ) {
        guard let ports = calls[id]?.ports, let sound = scriptedSound(id, for: side), var leg = calls[id]?.leg(side)
        else {
            return refuse(key, .notAcceptable, now: now)
        }
        let body = describe(sound.body, for: &leg, at: side == .caller ? ports.caller : ports.callee)
        calls[id]?.update(side) { $0 = leg }
        accept(request, key, id, side, body: body, now: now)
    }

    // MARK: Faults

    /// The carrier holds the agent, and takes it back (``SandboxFault/hold``), or hangs up (``SandboxFault/callCut``).
    private mutating func playFault(_ number: Int, _ id: UInt64, now: Instant) {
        if settings.fault == .callCut {
            remark("the call is hung up in the midst")
            let isOurs = calls[id]?.controlSide == .caller
            calls[id]?.ending = .cleared(by: isOurs ? "callee" : "caller")
            return endBoth(id, reason: "Q.850;cause=16;text=\"NORMAL_CLEARING\"", now: now)
        }
        calls[id]?.faultStep = number == 0 ? (now + .seconds(5), 1) : nil
        guard let call = calls[id], let side = call.agentSide else { return }
        // With nobody at the other side it is what was said last.
        let sound = call.leg(side.other)?.sound.received ?? scriptedSound(id)?.body ?? []
        remark(number == 0 ? "the carrier holds the agent" : "the carrier takes the agent back")
        change(id, side, to: sound, direction: number == 0 ? "sendonly" : "sendrecv", for: nil, now: now)
    }
}
