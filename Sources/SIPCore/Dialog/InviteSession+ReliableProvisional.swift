import TelephonyPrimitives

/// Reliable provisional responses: RFC 3262, with offer and answer in every place that RFC 6337 §2.2 knows.
extension InviteSession {
    // MARK: The callee

    /// Sends a provisional response reliably, or queues it behind the one that has no PRACK.
    mutating func ringReliably(
        _ response: ResponseDraft, now: Instant, in environment: inout Environment
    ) -> Bool {
        guard var invite = ringing, invite.heldAnswer == nil else { return false }
        guard reliable.outstanding == nil else {
            guard reliable.waiting.count < ReliableProvisionals.maximumWaiting else { return false }
            reliable.waiting.append(response)
            return true
        }
        var draft = response
        // A description that completes nothing and offers nothing new has no place here: UPDATE is for that.
        let makesOffer = draft.body != nil && invite.exchange == .noOffer
        let makesAnswer = draft.body != nil && invite.exchange == .offerReceived
        if !makesOffer, !makesAnswer { draft.body = nil }
        if let body = draft.body {
            localDescription = body
            invite.exchange = makesOffer ? .offerSent : .done
        }
        invite.lastStatus = draft.status
        // Two and a half minutes, not one (RFC 3262 §3).
        invite.repeatAt = now + environment.configuration.provisionalInterval * 5 / 2
        ringing = invite
        let number = reliable.makeNumber(in: &environment)
        draft.headers += [(.require, "100rel"), (.rSeq, "\(number)")]
        let timers = environment.configuration.timers
        reliable.outstanding = .init(
            number: number, hasOffer: makesOffer, hasBody: draft.body != nil, repeatAt: now + timers.t1,
            interval: timers.t1, until: now + timers.timeout)
        actions.append(.respond(invite.transaction, draft))
        return true
    }

    /// Whether a 2xx has to wait (RFC 3262 §3, RFC 3311 §5.1).
    var isAnswerHeld: Bool {
        reliable.outstanding?.hasBody == true || peerOffer != nil || isChanging
    }

    /// Something that held a response back is over: the next provisional response goes out, or the answer.
    mutating func flushRinging(now: Instant, in environment: inout Environment) {
        guard phase == .ringing, let invite = ringing else { return }
        if let held = invite.heldAnswer {
            guard !isAnswerHeld else { return }
            ringing?.heldAnswer = nil
            _ = answer(body: held.body, headers: held.headers, now: now, in: &environment)
        } else if reliable.outstanding == nil, !reliable.waiting.isEmpty {
            let next = reliable.waiting.removeFirst()
            _ = ringReliably(next, now: now, in: &environment)
        }
    }

    /// Repeats the response after T1, doubling; after 64·T1 without PRACK the call is refused (RFC 3262 §3).
    mutating func repeatReliableProvisional(now: Instant, in environment: inout Environment) {
        guard let invite = ringing, let outstanding = reliable.outstanding else { return }
        if now >= outstanding.until {
            ringing = nil
            respond(invite.transaction, 504)
            end(
                .init(
                    cause: .acknowledgementMissing, status: 504,
                    reason: "No PRACK came for a reliable provisional response within 32 seconds"))
        } else if now >= outstanding.repeatAt {
            reliable.outstanding?.interval = outstanding.interval * 2
            reliable.outstanding?.repeatAt = now + outstanding.interval * 2
            actions.append(.repeatResponse(invite.transaction))
        }
    }

    mutating func receivePrack(
        _ request: Request, _ transaction: ServerTransactionID, dialog dialogID: DialogID, sequence: UInt32,
        now: Instant, in environment: inout Environment
    ) {
        guard let value = request.first(.rAck), let acknowledged = ResponseAcknowledgement(parsing: value) else {
            respond(transaction, 400)
            return
        }
        guard let outstanding = reliable.outstanding, acknowledged.number == outstanding.number,
            acknowledged.request == CSeq(number: firstInviteSequence, method: .invite)
        else {
            respond(transaction, 481)
            return
        }
        let body = request.sessionDescription
        if outstanding.hasOffer, body == nil {
            // Without its answer the offer stands, and so does the response.
            respond(transaction, 400)
            return
        }
        reliable.outstanding = nil
        if outstanding.hasOffer {
            ringing?.exchange = .done
            respond(transaction, 200)
            tell(.provisionalAcknowledged(id, body: body))
        } else if body != nil, peerOffer == nil, earlyExchange(in: dialogID) ?? .done == .done,
            !hasOpenOffer(in: dialogID)
        {
            peerOffer = PeerOffer(transaction: transaction, request: request, sequence: sequence, dialog: dialogID)
            tell(.provisionalAcknowledged(id, body: nil))
            tell(.reinvite(id, request))
        } else {
            respond(transaction, 200)
            tell(.provisionalAcknowledged(id, body: nil))
        }
        flushRinging(now: now, in: &environment)
        sendWantedChange(now: now, in: &environment)
    }

    // MARK: The caller

    /// A response of 101…199 to the first INVITE.
    mutating func receiveProvisional(
        _ response: Response, of request: SentRequest, now: Instant, in environment: inout Environment
    ) {
        guard let number = response.reliableNumber, environment.configuration.reliableProvisionals != .never,
            let tag = try? response.to.tag,
            let index = earlyDialogs.firstIndex(where: { $0.dialog.id.remoteTag == tag })
        else {
            tell(.provisional(id, response))
            return
        }
        // A copy is dropped, and so is one before which another is missing: it comes again (RFC 3262 §4).
        var early = earlyDialogs[index]
        guard early.reliableNumber.map({ number == $0 &+ 1 }) ?? true else { return }
        early.reliableNumber = number
        let hasOffer = response.hasSessionDescription && early.exchange == .noOffer
        if response.hasSessionDescription {
            switch early.exchange {
            case .offerSent: early.exchange = .done
            case .noOffer: early.exchange = .offerReceived
            case .offerReceived, .done: break
            }
        }
        earlyDialogs[index] = early
        notePeerAbilities(response)
        acknowledgeReliably(
            response, in: early.dialog.id, number: number, invite: request.draft, hasOffer: hasOffer, in: &environment)
        sendWantedChange(now: now, in: &environment)
    }

    /// A provisional response to our re-INVITE; a reliable one wants its PRACK too.
    mutating func receiveChangeProvisional(
        _ response: Response, to transaction: ClientTransactionID, _ request: SentRequest, _ change: SessionChange,
        in environment: inout Environment
    ) {
        guard phase == .established, let number = response.reliableNumber, let dialog,
            environment.configuration.reliableProvisionals != .never,
            request.reliableNumber.map({ number == $0 &+ 1 }) ?? true
        else { return }
        requests[transaction]?.reliableNumber = number
        // The answer in a reliable response is in force even if the re-INVITE should fail (RFC 6141 §3.3).
        if let offer = change.body, response.hasBody { localDescription = offer }
        acknowledgeReliably(
            response, in: dialog.id, number: number, invite: request.draft,
            hasOffer: change.body == nil && response.hasBody, in: &environment)
    }

    private mutating func acknowledgeReliably(
        _ response: Response, in dialogID: DialogID, number: UInt32, invite: RequestDraft, hasOffer: Bool,
        in environment: inout Environment
    ) {
        let acknowledged = ResponseAcknowledgement(
            number: number, request: CSeq(number: invite.sequence, method: .invite))
        let isOwed = hasOffer || holdsPracks
        if isOwed {
            owedPracks.append(
                OwedPrack(dialog: dialogID, acknowledges: acknowledged.description, hasOffer: hasOffer))
        } else {
            sendPrack(acknowledged.description, in: dialogID, body: nil, in: &environment)
        }
        tell(.provisional(id, response))
        if isOwed { tell(.acknowledgementOwed(id, response)) }
    }

    /// The application's PRACK.
    mutating func acknowledgeProvisional(
        _ response: Response, body: Body?, in environment: inout Environment
    ) -> Bool {
        guard phase != .over, let number = response.reliableNumber, let request = try? response.cseq,
            let tag = try? response.to.tag
        else { return false }
        let acknowledged = ResponseAcknowledgement(number: number, request: request).description
        guard
            let index = owedPracks.firstIndex(where: {
                $0.acknowledges == acknowledged && $0.dialog.remoteTag == tag
            })
        else { return false }
        let owed = owedPracks[index]
        // An answer must not be missing, and an offer must not come before the first one is answered.
        guard !owed.hasOffer || body != nil else { return false }
        let exchange = earlyExchange(in: owed.dialog)
        guard owed.hasOffer || body == nil || exchange == nil || exchange == .done else { return false }
        owedPracks.remove(at: index)
        if owed.hasOffer {
            localDescription = body
            if let early = earlyDialogs.firstIndex(where: { $0.dialog.id == owed.dialog }) {
                earlyDialogs[early].exchange = .done
            }
        }
        sendPrack(acknowledged, in: owed.dialog, body: body, isAnswer: owed.hasOffer, in: &environment)
        return true
    }

    private mutating func sendPrack(
        _ acknowledged: String, in dialogID: DialogID, body: Body?, isAnswer: Bool = false,
        in environment: inout Environment
    ) {
        var draft: RequestDraft?
        _ = withDialog(dialogID) { draft = $0.makeRequest(.prack, headers: [(.rAck, acknowledged)], body: body) }
        guard let draft else { return }
        send(draft, as: .prack(isOffer: body != nil && !isAnswer), within: dialogID, in: &environment)
    }

    mutating func receivePrackResponse(
        _ response: Response, to transaction: ClientTransactionID, _ request: SentRequest, isOffer: Bool,
        now: Instant, in environment: inout Environment
    ) {
        guard response.status >= 200 else { return }
        requests[transaction]?.isFinal = true
        guard phase != .over else { return }
        if response.status >= 300, retryWithCredentials(request, response, in: &environment) { return }
        if isOffer {
            if response.isSuccess {
                localDescription = request.draft.body
                tell(.reinviteAnswered(id, response))
            } else {
                tell(.reinviteFailed(id, status: response.status))
            }
        }
        sendWantedChange(now: now, in: &environment)
    }

    // MARK: UPDATE

    /// How far offer and answer are in a dialog that is not confirmed; `nil` for any other.
    func earlyExchange(in dialogID: DialogID) -> EarlyExchange? {
        if phase == .ringing { return dialog?.id == dialogID ? ringing?.exchange : nil }
        return earlyDialogs.first { $0.dialog.id == dialogID }?.exchange
    }

    /// The application wants an UPDATE.
    mutating func update(body: Body?, now: Instant, in environment: inout Environment) -> Bool {
        guard phase == .established || (peerAllowsUpdate && updatableDialog != nil) else { return false }
        // Without UPDATE a re-INVITE has to say again what holds.
        let body = body ?? (phase == .established && !peerAllowsUpdate ? localDescription : nil)
        wantedChange = SessionChange(body: body, isUpdate: true)
        sendWantedChange(now: now, in: &environment)
        return true
    }

    /// Sends the waiting UPDATE before the call is answered.
    mutating func sendEarlyUpdate(_ change: SessionChange, in environment: inout Environment) {
        guard change.isUpdate, let dialogID = updatableDialog, reliable.outstanding == nil, owedPracks.isEmpty,
            ringing?.heldAnswer == nil
        else { return }
        wantedChange = nil
        var draft: RequestDraft?
        _ = withDialog(dialogID) { draft = $0.makeRequest(.update, body: change.body) }
        guard let draft else { return }
        send(draft, as: .update(change), within: dialogID, in: &environment)
    }

    /// The early dialog that has its first offer and answer; of several the youngest.
    private var updatableDialog: DialogID? {
        switch phase {
        case .ringing: ringing?.exchange == .done ? dialog?.id : nil
        case .calling: earlyDialogs.last { $0.exchange == .done }?.dialog.id
        case .established, .over: nil
        }
    }

    mutating func receiveUpdateResponse(
        _ response: Response, to transaction: ClientTransactionID, _ request: SentRequest, _ change: SessionChange,
        now: Instant, in environment: inout Environment
    ) {
        guard response.status >= 200 else { return }
        requests[transaction]?.isFinal = true
        guard phase != .over else { return }
        if response.isSuccess {
            _ = withDialog(request.dialog) { try? $0.refreshTarget(with: response) }
            notePeerAbilities(response)
            if phase == .established { startTimer(afterResponse: response, now: now, in: environment) }
            localDescription = change.body ?? localDescription
            tell(.reinviteAnswered(id, response))
        } else {
            if response.status == 405 || response.status == 501 { peerAllowsUpdate = false }
            receiveChangeRefusal(response, request, change, now: now, in: &environment)
        }
        flushRinging(now: now, in: &environment)
        sendWantedChange(now: now, in: &environment)
    }
}
