import TelephonyPrimitives

extension InviteSession {
    /// Begins an outgoing call (RFC 3261 §13.2.1).
    init(
        id: SessionID, calling invite: OutgoingInvite, now: Instant, in environment: inout Environment
    ) {
        self.init(
            id: id, role: .caller, callID: environment.makeCallID(), localTag: environment.makeTag(), phase: .calling,
            now: now)
        holdsPracks = invite.holdsAcknowledgements
        firstTarget = invite.flowTarget
        digest = invite.credentials.map { DigestClient(credentials: $0) }
        if invite.maximumRedirections > 0 { redirection = Redirection(of: invite) }
        var from = invite.from
        from.tag = localTag
        var target = invite.target
        target.headers = []
        let preloaded = RouteSet(invite.route.map { NameAddress(uri: .sip($0)) })
        let (uri, routes) = preloaded.apply(to: .sip(target))
        var draft = RequestDraft(
            method: .invite, target: .sip(target), uri: uri, routes: routes, from: from.description,
            fromTag: localTag, to: (invite.to ?? NameAddress(uri: .sip(target))).description, callID: callID,
            sequence: inviteSequence,
            contact: ContactIdentity(
                user: from.uri.sip?.user, isSecure: target.isSecure || invite.route.first?.isSecure ?? false),
            headers: invite.headers,
            body: invite.body)
        draft.headers += timerHeaders(for: environment.configuration.sessionTimer)
        localDescription = invite.body
        send(
            draft, as: .invite, limit: now + environment.configuration.maximumRinging,
            hop: invite.flowTarget.map { .open($0, fallback: nil) }, in: &environment)
    }

    /// Raises the number of the first INVITE for another attempt. What the refused one had made is void.
    mutating func renumberInvite(_ draft: inout RequestDraft) {
        inviteSequence &+= 1
        draft.sequence = inviteSequence
        earlyDialogs = []
        owedPracks = []
    }

    mutating func receiveInviteResponse(
        _ response: Response, to transaction: ClientTransactionID, _ request: SentRequest, now: Instant,
        in environment: inout Environment
    ) {
        switch response.status {
        case ..<200:
            requests[transaction]?.isProceeding = true
            if case .wanted(let headers) = request.cancellation {
                sendCancel(of: transaction, headers: headers, now: now, in: &environment)
            }
            guard phase == .calling, !request.isCancelled else { return }
            noteEarlyDialog(response, of: request, limit: environment.configuration.maxForks)
            receiveProvisional(response, of: request, now: now, in: &environment)
        case 200..<300:
            requests[transaction]?.isFinal = true
            receiveAnswer(response, to: transaction, request, now: now, in: &environment)
        default:
            requests[transaction]?.isFinal = true
            receiveRefusal(response, request, now: now, in: &environment)
        }
    }

    private mutating func noteEarlyDialog(_ response: Response, of request: SentRequest, limit: Int) {
        guard response.status > 100, let tag = try? response.to.tag,
            !earlyDialogs.contains(where: { $0.dialog.id.remoteTag == tag }), earlyDialogs.count < limit,
            let early = try? Dialog(invite: request.draft, response: response)
        else { return }
        earlyDialogs.append(
            EarlyDialog(dialog: early, exchange: request.draft.body == nil ? .noOffer : .offerSent))
    }

    // MARK: 2xx

    private mutating func receiveAnswer(
        _ response: Response, to transaction: ClientTransactionID, _ request: SentRequest, now: Instant,
        in environment: inout Environment
    ) {
        let remoteTag = (try? response.to.tag) ?? nil
        if request.acknowledgements[remoteTag] != nil {
            repeatAcknowledgement(of: transaction, remoteTag: remoteTag)
            return
        }
        if owedAcknowledgement?.transaction == transaction, dialog?.id.remoteTag == remoteTag { return }
        guard request.acknowledgements.count < environment.configuration.maxForks else { return }
        var answered: Dialog
        do {
            answered = try confirmedDialog(by: response, to: request)
        } catch {
            // Without a dialog there is nothing to acknowledge in; the peer's own BYE will follow.
            end(
                .init(
                    cause: .rejectedByPeer, status: response.status,
                    reason: "The peer's answer can't be used: \(error.message)", response: response))
            return
        }
        guard phase == .calling, !request.isCancelled else {
            // Where the answer has the offer, the ACK has to answer it even now.
            let refusal = request.draft.body == nil ? Body(refusingOfferOf: response) : nil
            acknowledge(answered, transaction, of: request.draft, body: refusal)
            sendBye(in: &answered, headers: [], environment: &environment)
            if phase == .calling {
                dialog = answered
                for early in earlyDialogs { lostSequences[early.dialog.id.remoteTag] = early.dialog.localSequence }
                earlyDialogs = []
                end(
                    .init(
                        cause: .cancelledLocally, status: response.status,
                        reason: "The call was given up just as it was answered", response: response))
            } else {
                strayDialogs.append(answered)
            }
            return
        }
        let exchange = earlyDialogs.first { $0.dialog.id == answered.id }?.exchange
        for early in earlyDialogs { lostSequences[early.dialog.id.remoteTag] = early.dialog.localSequence }
        earlyDialogs = []
        owedPracks.removeAll { $0.dialog != answered.id }
        if let offer = peerOffer, offer.dialog != answered.id { withdrawPeerOffer() }
        phase = .established
        digest?.bindToKnownRealms()
        dialog = answered
        notePeerAbilities(response)
        startTimer(afterResponse: response, now: now, in: environment)
        // What came in a reliable provisional response is not offered again (RFC 6337 §3.1.1).
        let offerPending =
            request.draft.body == nil && response.hasSessionDescription && (exchange ?? .noOffer) == .noOffer
        if offerPending {
            owedAcknowledgement = OwedAcknowledgement(
                transaction: transaction, invite: request.draft, refusal: Body(refusingOfferOf: response))
        } else {
            acknowledge(answered, transaction, of: request.draft, body: nil)
        }
        tell(.answered(id, response, offerPending: offerPending))
    }

    private func confirmedDialog(by response: Response, to request: SentRequest) throws(ParseError) -> Dialog {
        let remoteTag = try response.to.tag
        guard var early = earlyDialogs.first(where: { $0.dialog.id.remoteTag == remoteTag })?.dialog else {
            var late = try Dialog(invite: request.draft, response: response)
            if let last = lostSequences[remoteTag] { late.countOn(from: last) }
            return late
        }
        try early.confirm(with: response)
        return early
    }

    /// Sends the ACK of a 2xx and keeps it for copies of the 2xx.
    mutating func acknowledge(
        _ dialog: Dialog, _ transaction: ClientTransactionID, of invite: RequestDraft, body: Body?
    ) {
        let draft = dialog.makeAcknowledgement(of: invite, body: body)
        let remoteTag = dialog.id.remoteTag
        requests[transaction]?.acknowledgements[remoteTag] = .init(draft: draft)
        sendAcknowledgement(draft, of: transaction, remoteTag: remoteTag)
    }

    mutating func repeatAcknowledgement(of transaction: ClientTransactionID, remoteTag: Tag?) {
        guard let acknowledgement = requests[transaction]?.acknowledgements[remoteTag] else { return }
        if let sent = acknowledgement.sent {
            actions.append(.transmit(sent.octets, sent.flow))
        } else {
            sendAcknowledgement(acknowledgement.draft, of: transaction, remoteTag: remoteTag)
        }
    }

    private mutating func sendAcknowledgement(
        _ draft: RequestDraft, of transaction: ClientTransactionID, remoteTag: Tag?
    ) {
        guard let hop = draft.nextHop.map({ flows.hop(to: $0) }) ?? flows.flow.map({ .use($0) }) else { return }
        actions.append(.acknowledge(transaction, remoteTag: remoteTag, draft, hop))
    }

    mutating func acknowledgementSent(
        _ transaction: ClientTransactionID, remoteTag: Tag?, octets: [UInt8], flow: Flow
    ) {
        requests[transaction]?.acknowledgements[remoteTag]?.sent = (octets, flow)
    }

    /// The application's answer to the offer in a 2xx.
    mutating func acknowledge(body: Body?, now: Instant, in environment: inout Environment) -> Bool {
        guard let owed = owedAcknowledgement, let dialog else { return false }
        owedAcknowledgement = nil
        localDescription = body ?? localDescription
        acknowledge(dialog, owed.transaction, of: owed.invite, body: body)
        sendWantedChange(now: now, in: &environment)
        return true
    }

    // MARK: 3xx–6xx and no answer

    private mutating func receiveRefusal(
        _ response: Response, _ request: SentRequest, now: Instant, in environment: inout Environment
    ) {
        guard phase == .calling else { return }
        let status = response.status
        if request.isCancelled {
            var ending = givenUp
            ending.status = status
            ending.response = response
            end(ending)
            return
        }
        if retryWithCredentials(request, response, in: &environment) { return }
        if status == 422, retryWithLongerTimer(request, response, in: &environment) { return }
        if followRedirection(request, response, in: &environment) { return }
        let text = response.reason.isEmpty ? "\(status)" : "\(status) \(response.reason)"
        if status == 401 || status == 407 {
            let why =
                digest == nil
                ? "The peer wants credentials (\(text)) and none are configured"
                : "The peer does not take the credentials (\(text))"
            end(.init(cause: .unauthorized, status: status, reason: why, response: response))
        } else {
            end(
                .init(
                    cause: .rejectedByPeer, status: status, reason: "The peer refused the call: \(text)",
                    response: response))
        }
    }

    /// Why the call ends when its cancelled INVITE has come to an end.
    private var givenUp: SessionEnd {
        givenUpBecause
            ?? SessionEnd(cause: .cancelledLocally, reason: "The call was given up before it was answered")
    }

    mutating func inviteFailed(_ request: SentRequest, failure: TransactionFailure, reason: String?) {
        guard phase == .calling else { return }
        if request.isCancelled {
            end(givenUp)
            return
        }
        switch failure {
        case .timeout:
            end(.init(cause: .timeout, status: 408, reason: "The peer did not answer the INVITE"))
        case .transport:
            end(
                .init(
                    cause: .transportFailed, status: 503,
                    reason: reason.map { "The INVITE could not be sent: \($0)" }
                        ?? "The connection failed before the call was answered"))
        }
    }

    // MARK: CANCEL

    /// Wants an INVITE of ours undone: now if it may be (RFC 3261 §9.1), else with its first provisional response.
    mutating func cancel(
        _ transaction: ClientTransactionID, headers: HeaderFields, now: Instant, in environment: inout Environment
    ) {
        guard let request = requests[transaction], !request.isFinal, !request.isCancelled else { return }
        if request.isProceeding {
            sendCancel(of: transaction, headers: headers, now: now, in: &environment)
            return
        }
        requests[transaction]?.cancellation = .wanted(headers)
        if !request.isSent { forget(transaction, now: now, in: &environment) }
    }

    private mutating func sendCancel(
        of transaction: ClientTransactionID, headers: HeaderFields, now: Instant, in environment: inout Environment
    ) {
        guard let request = requests[transaction] else { return }
        let cancel = ClientTransactionID(environment.makeNumber())
        requests[transaction]?.cancellation = .sent(giveUpAt: now + environment.configuration.timers.timeout)
        requests[cancel] = SentRequest(kind: .cancel, draft: request.draft)
        actions.append(.cancel(invite: transaction, with: cancel, headers: headers))
    }

    /// Cancels INVITEs that ring for too long, and forgets those whose CANCEL brought no final response.
    mutating func giveUpRequests(now: Instant, in environment: inout Environment) {
        for (transaction, request) in requests.sorted(by: { $0.key.number < $1.key.number }) {
            guard let deadline = request.deadline, now >= deadline else { continue }
            if case .sent = request.cancellation {
                forget(transaction, now: now, in: &environment)
            } else {
                requests[transaction]?.limit = nil
                if request.kind == .invite {
                    givenUpBecause = SessionEnd(
                        cause: .timeout, reason: "Nobody answered the call within the longest time to ring")
                }
                cancel(transaction, headers: [], now: now, in: &environment)
            }
        }
    }

    private mutating func forget(
        _ transaction: ClientTransactionID, now: Instant, in environment: inout Environment
    ) {
        actions.append(.abandon(transaction))
        requestFailed(transaction, failure: .timeout, now: now, in: &environment)
        requests[transaction] = nil
    }
}
