import TelephonyPrimitives

extension InviteSession {
    /// Takes an incoming call (RFC 3261 §13.3.1). The request has passed the user agent's checks.
    init(
        id: SessionID, request: Request, contact: URI?, timerRequest: SessionTimerRequest,
        transaction: ServerTransactionID, localTag: Tag, flow: Flow, now: Instant, in environment: inout Environment
    ) throws(ParseError) {
        let dialog = try Dialog(request: request, contact: contact, localTag: localTag)
        self.init(id: id, role: .callee, callID: dialog.id.callID, localTag: localTag, phase: .ringing, now: now)
        self.dialog = dialog
        firstInviteSequence = dialog.remoteSequence ?? 0
        flows.learn(flow)
        notePeerAbilities(request)
        reliable.isWanted = environment.configuration.reliableProvisionals.isReliable(to: request)
        let limit = now + environment.configuration.maximumRinging
        let expires = request.first(.expires).flatMap { UInt32($0) }.map { now + .seconds(Int64($0)) }
        ringing = RingingInvite(
            transaction: transaction, exchange: request.hasSessionDescription ? .offerReceived : .noOffer,
            timerRequest: timerRequest,
            repeatAt: nil, until: min(expires ?? limit, limit), expires: expires.map { $0 < limit } ?? false)
    }

    // MARK: Answers

    /// Rings, or gives early media: a provisional response above 100.
    mutating func ring(
        status: Int, body: Body?, headers: HeaderFields, now: Instant, in environment: inout Environment
    ) -> Bool {
        guard phase == .ringing, (101...199).contains(status), let transaction = ringing?.transaction else {
            return false
        }
        if reliable.isWanted {
            return ringReliably(
                ResponseDraft(status: status, headers: headers, body: body, hasContact: true), now: now,
                in: &environment)
        }
        ringing?.lastStatus = status
        ringing?.repeatAt = now + environment.configuration.provisionalInterval
        actions.append(
            .respond(
                transaction,
                ResponseDraft(
                    status: status, headers: headers, body: body, hasContact: true, contact: dialog?.contact)))
        return true
    }

    mutating func answer(
        body: Body?, headers: HeaderFields, now: Instant, in environment: inout Environment
    ) -> Bool {
        guard phase == .ringing, let invite = ringing, invite.heldAnswer == nil else { return false }
        if isAnswerHeld {
            ringing?.heldAnswer = HeldAnswer(body: body, headers: headers)
            return true
        }
        ringing = nil
        phase = .established
        dialog?.confirm()
        // What was exchanged before is not said again (RFC 6337 §3.1.1).
        let body = invite.exchange == .done ? nil : body
        localDescription = body ?? localDescription
        let timerHeaders = startTimer(
            answering: invite.timerRequest, now: now, policy: environment.configuration.sessionTimer)
        sendAnswer(
            to: invite.transaction, sequence: firstInviteSequence, hasOffer: invite.exchange == .noOffer && body != nil,
            headers: headers + timerHeaders, body: body, contact: dialog?.contact, now: now, in: environment)
        if let replaces { actions.append(.endReplaced(replaces)) }
        return true
    }

    /// Sends a 2xx to an INVITE and begins to wait for its ACK.
    mutating func sendAnswer(
        to transaction: ServerTransactionID, sequence: UInt32, hasOffer: Bool, headers: HeaderFields, body: Body?,
        contact: ContactIdentity? = nil, now: Instant, in environment: Environment
    ) {
        let timers = environment.configuration.timers
        unacknowledged.append(
            UnacknowledgedAnswer(
                transaction: transaction, sequence: sequence, hasOffer: hasOffer, repeatAt: now + timers.t1,
                interval: timers.t1, until: now + timers.timeout))
        actions.append(
            .respond(
                transaction,
                ResponseDraft(status: 200, headers: headers, body: body, hasContact: true, contact: contact)))
    }

    mutating func reject(status: Int, reason: String?, headers: HeaderFields) -> Bool {
        guard phase == .ringing, (300...699).contains(status), let transaction = ringing?.transaction else {
            return false
        }
        ringing = nil
        actions.append(
            .respond(transaction, ResponseDraft(status: status, reason: reason, headers: headers)))
        end(
            .init(
                cause: .rejectedLocally, status: status,
                reason: "The call was refused with \(status)" + (reason.map { " \($0)" } ?? "")))
        return true
    }

    /// The peer's CANCEL matched a transaction of this session that has no final response (RFC 3261 §9.2).
    mutating func cancelled(
        _ transaction: ServerTransactionID, by request: Request, now: Instant, in environment: inout Environment
    ) {
        if let ringing, ringing.transaction == transaction {
            self.ringing = nil
            respond(transaction, 487)
            end(
                .init(
                    cause: .cancelledByPeer, status: 487, reason: "The caller gave up before the answer",
                    request: request))
        } else if let offer = peerOffer, offer.transaction == transaction {
            peerOffer = nil
            respond(transaction, 487)
            tell(.reinviteWithdrawn(id))
            sendWantedChange(now: now, in: &environment)
        }
    }

    // MARK: Time

    mutating func repeatProvisional(now: Instant, in environment: inout Environment) {
        guard let invite = ringing else { return }
        if now >= invite.until {
            ringing = nil
            let status = invite.expires ? 487 : 480
            respond(invite.transaction, status)
            end(
                .init(
                    cause: .timeout, status: status,
                    reason: invite.expires
                        ? "The time that the INVITE allows ran out before the answer"
                        : "The call rang for the longest time allowed"))
        } else if let repeatAt = invite.repeatAt, now >= repeatAt {
            ringing?.repeatAt = now + environment.configuration.provisionalInterval
            if reliable.isWanted, let status = invite.lastStatus {
                _ = ringReliably(ResponseDraft(status: status, hasContact: true), now: now, in: &environment)
            } else {
                actions.append(.repeatResponse(invite.transaction))
            }
        }
    }

    /// Repeats 2xx responses: T1, doubling up to T2; after 64·T1 without ACK the call ends with BYE.
    mutating func repeatAnswers(now: Instant, in environment: inout Environment) {
        var lapsed = false
        for index in unacknowledged.indices {
            if now >= unacknowledged[index].until {
                lapsed = true
            } else if now >= unacknowledged[index].repeatAt {
                let interval = min(unacknowledged[index].interval * 2, environment.configuration.timers.t2)
                unacknowledged[index].interval = interval
                unacknowledged[index].repeatAt = now + interval
                actions.append(.repeatResponse(unacknowledged[index].transaction))
            }
        }
        guard lapsed else { return }
        unacknowledged = []
        hangUp(
            headers: owedBye ?? [],
            .init(cause: .acknowledgementMissing, reason: "No ACK came for the answer within 32 seconds"),
            in: &environment)
    }

    // MARK: ACK

    /// The ACK of a 2xx. One that is late or comes twice is swallowed (RFC 5407 §3.1.6, §3.2.4).
    mutating func receiveAcknowledgement(_ request: Request, now: Instant, in environment: inout Environment) {
        guard let sequence = request.cseqNumber,
            let index = unacknowledged.firstIndex(where: { $0.sequence == sequence })
        else { return }
        let answer = unacknowledged.remove(at: index)
        guard phase == .established else {
            if let headers = owedBye, unacknowledged.isEmpty {
                owedBye = nil
                sendBye(headers: headers, in: &environment)
            }
            return
        }
        if answer.hasOffer, !request.hasSessionDescription {
            hangUp(
                headers: [],
                .init(cause: .acknowledgementMissing, reason: "The ACK carries no answer to the offer in the 2xx"),
                in: &environment)
            return
        }
        tell(.acknowledged(id, body: request.sessionDescription))
        sendWantedChange(now: now, in: &environment)
    }
}
