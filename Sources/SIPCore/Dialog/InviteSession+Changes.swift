import TelephonyPrimitives

extension InviteSession {
    // MARK: Ours

    /// The application wants to change the session. A later wish replaces one that still waits.
    mutating func change(to body: Body?, now: Instant, in environment: inout Environment) -> Bool {
        guard phase == .established else { return false }
        wantedChange = SessionChange(body: body)
        sendWantedChange(now: now, in: &environment)
        return true
    }

    /// Sends the waiting change if nothing else is open (RFC 3261 §14.1, RFC 6337 §4).
    mutating func sendWantedChange(now: Instant, in environment: inout Environment) {
        guard phase != .over, var change = wantedChange, !isChanging, peerOffer == nil,
            owedAcknowledgement == nil, unacknowledged.isEmpty, changeNotBefore == nil
        else { return }
        guard phase == .established else {
            sendEarlyUpdate(change, in: &environment)
            return
        }
        guard dialog != nil else { return }
        wantedChange = nil
        // While a refresh waited the peer may have changed the session: the description of then would undo that.
        if change.isRefresh { change.body = localDescription }
        let headers = refreshHeaders(policy: environment.configuration.sessionTimer)
        if change.isUpdate, peerAllowsUpdate {
            guard let draft = dialog?.makeRequest(.update, headers: headers, body: change.body) else { return }
            send(draft, as: .update(change), within: dialog?.id, in: &environment)
            return
        }
        guard let draft = dialog?.makeRequest(.invite, headers: headers, body: change.body) else { return }
        send(
            draft, as: .reinvite(change), limit: now + environment.configuration.timers.timeout * 2,
            in: &environment)
    }

    /// Whether a re-INVITE or UPDATE of ours has no final response.
    var isChanging: Bool {
        requests.values.contains { request in
            switch request.kind {
            case .reinvite, .refresh, .update: !request.isFinal
            case .prack(let isOffer): !request.isFinal && isOffer
            case .invite, .bye, .cancel, .refer, .notify, .info: false
            }
        }
    }

    /// Whether an offer of ours in that dialog has no answer.
    func hasOpenOffer(in dialogID: DialogID) -> Bool {
        unacknowledged.contains { $0.hasOffer }
            || requests.values.contains { request in
                switch request.kind {
                case .reinvite: !request.isFinal
                case .update:
                    !request.isFinal && request.draft.body != nil && request.dialog == dialogID
                case .prack(let isOffer): !request.isFinal && isOffer && request.dialog == dialogID
                case .invite, .refresh, .bye, .cancel, .refer, .notify, .info: false
                }
            } || earlyExchange(in: dialogID) == .offerSent
    }

    mutating func receiveReinviteResponse(
        _ response: Response, to transaction: ClientTransactionID, _ request: SentRequest, _ change: SessionChange,
        now: Instant, in environment: inout Environment
    ) {
        switch response.status {
        case ..<200:
            requests[transaction]?.isProceeding = true
            if case .wanted(let headers) = request.cancellation {
                requests[transaction]?.cancellation = .none
                cancel(transaction, headers: headers, now: now, in: &environment)
            }
            receiveChangeProvisional(response, to: transaction, request, change, in: &environment)
        case 200..<300:
            requests[transaction]?.isFinal = true
            receiveChangeAnswer(response, to: transaction, request, change, now: now, in: &environment)
        default:
            requests[transaction]?.isFinal = true
            receiveChangeRefusal(response, request, change, now: now, in: &environment)
        }
    }

    private mutating func receiveChangeAnswer(
        _ response: Response, to transaction: ClientTransactionID, _ request: SentRequest, _ change: SessionChange,
        now: Instant, in environment: inout Environment
    ) {
        guard var dialog, request.acknowledgements.isEmpty else {
            for tag in request.acknowledgements.keys { repeatAcknowledgement(of: transaction, remoteTag: tag) }
            return
        }
        if owedAcknowledgement?.transaction == transaction { return }
        // A peer that moves to where it can't be reached stays where it was.
        try? dialog.refreshTarget(with: response)
        self.dialog = dialog
        guard phase == .established else {
            // The answer crossed our BYE: it is acknowledged all the same (RFC 5407 §3.2.3).
            acknowledge(dialog, transaction, of: request.draft, body: nil)
            return
        }
        notePeerAbilities(response)
        startTimer(afterResponse: response, now: now, in: environment)
        if change.body == nil, response.hasSessionDescription {
            owedAcknowledgement = OwedAcknowledgement(
                transaction: transaction, invite: request.draft,
                refusal: Body(refusingOfferOf: response, after: localDescription))
        } else {
            localDescription = change.body ?? localDescription
            acknowledge(dialog, transaction, of: request.draft, body: nil)
        }
        if !change.isRefresh { tell(.reinviteAnswered(id, response)) }
        sendWantedChange(now: now, in: &environment)
    }

    mutating func receiveChangeRefusal(
        _ response: Response, _ request: SentRequest, _ change: SessionChange, now: Instant,
        in environment: inout Environment
    ) {
        guard phase != .over else { return }
        if retryWithCredentials(request, response, in: &environment) { return }
        if response.status == 422 { learnMinimum(response) }
        if let delay = postponement(for: response, in: &environment), change.postponements < 10 {
            var again = wantedChange ?? change
            again.postponements = change.postponements + 1
            wantedChange = again
            changeNotBefore = now + delay
            if !change.isRefresh { tell(.reinvitePostponed(id, status: response.status)) }
            return
        }
        if phase == .established, Self.dialogEndingStatuses.contains(response.status) {
            loseDialog(response, now: now, in: &environment)
            return
        }
        if !change.isRefresh { tell(.reinviteFailed(id, status: response.status)) }
        sendWantedChange(now: now, in: &environment)
    }

    /// What 408, 481 and the answers that deny the whole dialog have in common (RFC 3261 §12.2.1.2, RFC 5057 §5.1).
    /// 480, 486, 600 and 603 are not among them: carriers refuse a re-INVITE with them, and the call goes on.
    static let dialogEndingStatuses: Set<Int> = [404, 408, 410, 416, 481, 482, 483, 484, 485, 502, 604]

    /// How long to wait before the same change is tried again: the glare delay of RFC 3261 §14.1, or Retry-After.
    private func postponement(for response: Response, in environment: inout Environment) -> Duration? {
        switch response.status {
        case 491:
            let steps = role == .caller ? environment.pick(210...400) : environment.pick(0...200)
            return .milliseconds(steps * 10)
        case 422:
            return .zero
        case 500, 503:
            guard let value = response.first(.retryAfter), let seconds = Int(value.prefix { $0.isNumber }),
                (0...32).contains(seconds)
            else { return nil }
            return .seconds(seconds)
        default:
            return nil
        }
    }

    mutating func reinviteFailed(
        _ change: SessionChange, failure: TransactionFailure, now: Instant, in environment: inout Environment
    ) {
        guard phase != .over else { return }
        if failure == .timeout, phase == .established {
            loseDialog(nil, now: now, in: &environment)
        } else if !change.isRefresh {
            tell(.reinviteFailed(id, status: failure.status))
        }
        flushRinging(now: now, in: &environment)
    }

    // MARK: The peer's

    /// A re-INVITE, or an UPDATE with an offer.
    mutating func receiveOffer(
        _ request: Request, _ transaction: ServerTransactionID, dialog dialogID: DialogID, sequence: UInt32,
        now: Instant, in environment: inout Environment
    ) {
        // An offer of ours is open: glare. One of the peer is open: it must not come with a second (RFC 3311 §5.2).
        if hasOpenOffer(in: dialogID) {
            respond(transaction, 491)
            return
        }
        let isEarly = phase == .calling || phase == .ringing
        if peerOffer != nil || owedAcknowledgement != nil || (isEarly && request.method == .invite)
            || (isEarly && earlyExchange(in: dialogID) != .done) || ringing?.heldAnswer != nil
        {
            respond(transaction, 500, headers: [(.retryAfter, "\(environment.pick(0...10))")])
            return
        }
        let timerRequest = SessionTimerRequest(request)
        if let minimum = timerRequest.refusal(by: environment.configuration.sessionTimer) {
            respond(transaction, 422, headers: [(.minSE, "\(minimum)")])
            return
        }
        peerOffer = PeerOffer(
            transaction: transaction, request: request, sequence: sequence, dialog: dialogID)
        if request.method == .invite { respond(transaction, 100) }
        tell(.reinvite(id, request))
    }

    mutating func answerOffer(body: Body?, now: Instant, in environment: inout Environment) -> Bool {
        guard phase != .over, let offer = peerOffer else { return false }
        peerOffer = nil
        localDescription = body ?? localDescription
        if offer.request.method == .prack {
            actions.append(.respond(offer.transaction, ResponseDraft(status: 200, body: body)))
            flushRinging(now: now, in: &environment)
            return true
        }
        _ = withDialog(offer.dialog) { try? $0.refreshTarget(with: offer.request) }
        notePeerAbilities(offer.request)
        let headers =
            phase == .established
            ? startTimer(
                answering: SessionTimerRequest(offer.request), now: now,
                policy: environment.configuration.sessionTimer) : []
        if offer.isInvite {
            sendAnswer(
                to: offer.transaction, sequence: offer.sequence,
                hasOffer: !offer.request.hasSessionDescription && body != nil, headers: headers, body: body, now: now,
                in: environment)
        } else {
            actions.append(
                .respond(
                    offer.transaction, ResponseDraft(status: 200, headers: headers, body: body, hasContact: true)))
            flushRinging(now: now, in: &environment)
            sendWantedChange(now: now, in: &environment)
        }
        return true
    }

    mutating func rejectOffer(
        status: Int, headers: HeaderFields, now: Instant, in environment: inout Environment
    ) -> Bool {
        guard let offer = peerOffer, (300...699).contains(status) else { return false }
        peerOffer = nil
        respond(offer.transaction, status, headers: headers)
        flushRinging(now: now, in: &environment)
        sendWantedChange(now: now, in: &environment)
        return true
    }

    /// An UPDATE without offer: it refreshes the target and the session timer (RFC 3311 §5.2, RFC 4028 §9).
    mutating func receiveUpdate(
        _ request: Request, _ transaction: ServerTransactionID, dialog dialogID: DialogID, now: Instant,
        in environment: inout Environment
    ) {
        let timerRequest = SessionTimerRequest(request)
        if let minimum = timerRequest.refusal(by: environment.configuration.sessionTimer) {
            respond(transaction, 422, headers: [(.minSE, "\(minimum)")])
            return
        }
        _ = withDialog(dialogID) { try? $0.refreshTarget(with: request) }
        var headers: HeaderFields = []
        if phase == .established {
            headers = startTimer(
                answering: timerRequest, now: now, policy: environment.configuration.sessionTimer)
        }
        actions.append(.respond(transaction, ResponseDraft(status: 200, headers: headers, hasContact: true)))
    }
}
