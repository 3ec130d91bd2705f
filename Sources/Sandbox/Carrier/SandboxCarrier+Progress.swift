import SIPCore
import TelephonyPrimitives

// What the place that is called says, and what the caller is told of it.

extension SandboxCarrier {
    /// An answer of a place to our INVITE.
    mutating func calleeAnswers(
        _ response: Response, _ id: UInt64, _ leg: CarrierLeg, _ key: ClientTransactionKey, now: Instant
    ) {
        guard calls[id]?.calleeInvite == key else {
            // The call is over, or goes elsewhere by now: who answers all the same is hung up on.
            if response.isSuccess { turnAway(leg, response, now: now) }
            return
        }
        switch response.status {
        case ...100:
            let limit = calls[id]?.ringing ?? settings.answerTimeout
            calls[id]?.heardOf(mayRing: limit)
        case ..<200: calleeRings(response, id, now: now)
        case ..<300: calleeAccepts(response, id, now: now)
        default: calleeFailed(id, key, refusal(of: response), now: now)
        }
    }

    private func refusal(of response: Response) -> Refusal {
        switch response.status {
        // The carrier follows nobody and knows no password: the next place.
        case 300..<400, 401, 407: Refusal(480, "Temporarily Unavailable")
        default: Refusal(response.status, response.reason)
        }
    }

    private mutating func calleeRings(_ response: Response, _ id: UInt64, now: Instant) {
        guard var call = calls[id], !call.isAnswered else { return }
        call.heardOf(mayRing: call.ringing ?? settings.answerTimeout)
        if let tag = response.toTag { call.callee?.remoteTag = tag }
        calls[id] = call
        if response.body.isEmpty {
            progressCaller(id, response.status == 180 ? (180, "Ringing") : (183, "Session Progress"), nil, now: now)
        } else {
            takeSound(response.body, of: .callee, in: id)
            progressCaller(id, (183, "Session Progress"), response.body, now: now)
        }
    }

    /// 180 or 183 to the caller.
    mutating func progressCaller(
        _ id: UInt64, _ status: (Int, String), _ sound: [UInt8]?, now: Instant
    ) {
        guard var call = calls[id], let ports = call.ports, let key = call.caller.inviteKey else { return }
        let body = sound.flatMap { describe($0, for: &call.caller, at: ports.caller) }
        calls[id] = call
        respond(
            key, status.0, status.1, dialogHeaders(call.caller), tag: call.caller.localTag, body: body, now: now)
    }

    private func dialogHeaders(_ leg: CarrierLeg) -> [(String, String)] {
        // The inner one first: who calls turns them round (reference A5).
        (leg.routes.reversed() + leg.beyond).map { ("Record-Route", "<\($0)>") }
            + [("Contact", "<\(leg.localContact)>"), ("Allow", Self.allowed), ("Supported", "timer,path")]
    }

    /// What the answer to our INVITE says of the way to who answered.
    func learnWay(to leg: inout CarrierLeg, from response: Response) {
        leg.remoteTag = response.toTag
        leg.remoteTarget = contactURI(of: response) ?? leg.remoteTarget
        let routes = ((try? response.recordRoutes) ?? []).map(\.uri.description)
        guard let edge = routes.firstIndex(where: { $0 == leg.routes.first }) else { return }
        leg.beyond = routes[..<edge].reversed()
    }

    private mutating func calleeAccepts(_ response: Response, _ id: UInt64, now: Instant) {
        guard var call = calls[id], var leg = call.callee else { return }
        if leg.isAnswered {
            // Its ACK was lost: once more.
            if !leg.acknowledgement.isEmpty { actions.append(.send(leg.acknowledgement, leg.wire)) }
            return
        }
        if leg.keys != nil, (try? PeerSound(response.body))?.key == nil {
            // It has answered an encrypted offer without a key.
            turnAway(leg, response, now: now)
            return refuseCaller(id, .encryptionMismatch, now: now)
        }
        learnWay(to: &leg, from: response)
        leg.allowsUpdate = response.allow.contains(.update)
        leg.isAnswered = true
        startTimer(of: &leg, from: LegTimerRequest(response), wasAskedByUs: true, now: now)
        acknowledge(&leg)
        call.callee = leg
        call.giveUpAt = nil
        if settings.fault == .hold, call.agentSide != nil { call.faultStep = (now + .seconds(5), 0) }
        calls[id] = call
        takeSound(response.body, of: .callee, in: id)
        acceptCaller(id, response.body, now: now)
    }

    /// ACK of a 2xx, kept for its copies.
    mutating func acknowledge(_ leg: inout CarrierLeg) {
        let message = request(.ack, in: &leg)
        leg.acknowledgement = message.octets
        actions.append(.send(message.octets, leg.wire))
    }

    /// Acknowledges an answer that nobody waits for, and hangs up.
    mutating func turnAway(_ leg: CarrierLeg, _ response: Response, now: Instant) {
        var leg = leg
        learnWay(to: &leg, from: response)
        acknowledge(&leg)
        send(request(.bye, in: &leg), to: leg.wire, for: .nothing, now: now)
    }

    /// Notes what a side says of its sound, and sends sound there.
    mutating func takeSound(_ body: [UInt8], of side: SoundSide, in id: UInt64) {
        guard !body.isEmpty, let sound = try? PeerSound(body) else { return }
        calls[id]?.update(side) { $0.sound.received = body }
        takeKey(sound, of: side, in: id)
        aim(id, side, sound)
    }

    /// 200 to the caller, again and again until its ACK comes.
    mutating func acceptCaller(_ id: UInt64, _ sound: [UInt8], now: Instant) {
        if settings.fault == .callCut { calls[id]?.faultStep = (now + .seconds(10), 0) }
        if calls[id]?.caller.party == .control { return tellAnswered(id, now: now) }
        guard var call = calls[id], let ports = call.ports, let key = call.caller.inviteKey else { return }
        guard let body = describe(sound, for: &call.caller, at: ports.caller) else {
            hangUp(id, .callee, reason: nil, now: now)
            return refuseCaller(id, .notAcceptable, now: now)
        }
        let timer = call.invite.map { agreeOnTimer($0, in: &call.caller, now: now) } ?? []
        call.isAnswered = true
        call.caller.isAnswered = true
        call.caller.inviteKey = nil
        let sequence = call.caller.remoteSequence ?? 0
        calls[id] = call
        let before = actions.count
        respond(
            key, 200, "OK", dialogHeaders(call.caller) + timer, tag: call.caller.localTag, body: body, now: now)
        if case .send(let octets, _)? = actions.dropFirst(before).first {
            calls[id]?.caller.answer = UnacknowledgedAnswer(octets, sequence: sequence, now: now)
        }
    }

    // MARK: It comes to nothing

    /// A place has refused or is silent: the next one where the reason allows it (reference A6), else the caller is told.
    mutating func calleeFailed(_ id: UInt64, _ key: ClientTransactionKey, _ refusal: Refusal, now: Instant) {
        guard var call = calls[id], call.calleeInvite == key, !call.isAnswered else { return }
        call.callee = nil
        call.calleeInvite = nil
        call.giveUpAt = nil
        calls[id] = call
        if [408, 480, 503, 504].contains(refusal.status), !call.routes.isEmpty {
            remark("\(refusal.status) from the agent's address: the next one is called")
            callNext(id, now: now)
        } else {
            refuseCaller(id, refusal, now: now)
        }
    }

    /// The caller gets a final answer, and the call is over.
    mutating func refuseCaller(_ id: UInt64, _ refusal: Refusal, now: Instant) {
        guard let call = calls[id] else { return }
        noteEnding(id, of: refusal)
        if let key = call.calleeInvite, call.callee?.isAnswered == false { cancel(key, now: now) }
        if let key = call.caller.inviteKey { refuse(key, refusal, tag: call.caller.localTag, now: now) }
        end(id, now: now)
    }

    mutating func end(_ id: UInt64, now: Instant) {
        guard let call = calls.removeValue(forKey: id) else { return }
        if let key = call.transfer?.invite { cancel(key, now: now) }
        actions.append(.relay(call: id, .close))
        if call.controlSide != nil { control?.legEnded(id, call.ending ?? .unknown, now: now) }
    }

    /// CANCEL (RFC 3261 §9.2).
    mutating func cancelled(_ request: Request, _ key: ServerTransactionKey, now: Instant) {
        guard let invite = try? ServerTransactionKey(request, method: .invite), let place = servers[invite] else {
            return refuse(key, .strayCancel, now: now)
        }
        respond(key, 200, "OK", now: now)
        guard place.machine.isOpen else { return }
        if let id = place.call {
            refuseCaller(id, Refusal(487, "Request Terminated"), now: now)
        } else {
            refuse(invite, Refusal(487, "Request Terminated"), now: now)
        }
    }

    /// Takes our INVITE back, at once or as soon as something has come back (RFC 3261 §9.1).
    mutating func cancel(_ key: ClientTransactionKey, now: Instant) {
        guard let place = clients[key], case .invite(let machine) = place.machine, machine.awaitsFinal else { return }
        guard machine.isProceeding else {
            clients[key]?.isToBeCancelled = true
            return
        }
        clients[key]?.isToBeCancelled = false
        clients[key]?.forgetAt = now + TransactionTimers.standard.timeout
        let invite = machine.request
        var message = CarrierMessage(.cancel, invite.requestURIText, compact: settings.usesCompactHeaders)
        message.add("Via", invite.values(of: .via).first ?? "")
        message.add("Max-Forwards", "70")
        for (name, header) in [("From", HeaderName.from), ("To", .to), ("Call-ID", .callID)] {
            message.add(name, invite.first(header) ?? "")
        }
        message.add("CSeq", "\(invite.cseqNumber ?? 1) CANCEL")
        send(message, to: place.wire, for: .nothing, now: now)
    }
}
