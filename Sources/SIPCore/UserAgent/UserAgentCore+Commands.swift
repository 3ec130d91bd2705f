import TelephonyPrimitives

extension UserAgentCore {
    mutating func perform(_ command: Command, now: Instant) {
        switch command {
        case .invite(let id, let invite):
            place(invite, as: id, now: now)
        case .ring(let id, let status, let body, let headers):
            change(id, "ring with \(status)", now: now) { session, environment in
                session.ring(status: status, body: body, headers: headers, now: now, in: &environment)
            }
        case .answer(let id, let body, let headers):
            change(id, "answer", now: now) { session, environment in
                session.answer(body: body, headers: headers, now: now, in: &environment)
            }
        case .reject(let id, let status, let reason, let headers):
            change(id, "reject with \(status)", now: now) { session, _ in
                session.reject(status: status, reason: reason, headers: headers)
            }
        case .acknowledge(let id, let body):
            change(id, "acknowledge", now: now) { session, environment in
                session.acknowledge(body: body, now: now, in: &environment)
            }
        case .acknowledgeProvisional(let id, let response, let body):
            change(id, "acknowledge a provisional response", now: now) { session, environment in
                session.acknowledgeProvisional(response, body: body, in: &environment)
            }
        case .update(let id, let body):
            change(id, "send UPDATE", now: now) { session, environment in
                session.update(body: body, now: now, in: &environment)
            }
        case .reinvite(let id, let body):
            change(id, "re-INVITE", now: now) { session, environment in
                session.change(to: body, now: now, in: &environment)
            }
        case .answerReinvite(let id, let body):
            change(id, "answer a re-INVITE", now: now) { session, environment in
                session.answerOffer(body: body, now: now, in: &environment)
            }
        case .rejectReinvite(let id, let status, let headers):
            change(id, "reject a re-INVITE with \(status)", now: now) { session, environment in
                session.rejectOffer(status: status, headers: headers, now: now, in: &environment)
            }
        case .end(let id, let reasonHeader, let further):
            change(id, "end", now: now) { session, environment in
                let headers: HeaderFields = (reasonHeader.map { [(.reason, $0)] } ?? []) + further
                return session.end(headers: headers, now: now, in: &environment)
            }
        case .refer(let id, let target, let headers, let wantsReports):
            change(id, "refer", now: now) { session, environment in
                session.sendRefer(
                    to: target, headers: headers, wantsReports: wantsReports, now: now, in: &environment)
            }
        case .transfer(let id, let other, let headers, let wantsReports):
            guard let target = sessions[other]?.value.referTarget else {
                note(.command, "\(other) is no call to transfer to", now: now)
                return
            }
            change(id, "refer", now: now) { session, environment in
                session.sendRefer(
                    to: target, headers: headers, wantsReports: wantsReports, now: now, in: &environment)
            }
        case .subscribe(let id, let subscription):
            subscribe(subscription, as: id, now: now)
        case .unsubscribe(let id):
            note(unsubscribe(id, now: now), id, "be ended", now: now)
        case .acceptSubscription(let id, let body, let state):
            let isReferral = notifiers[id]?.request.method == .refer
            note(
                acceptSubscription(
                    id, body: isReferral ? .trying : body, state: isReferral ? .active : state, now: now),
                id, "be accepted", now: now)
        case .refuseSubscription(let id, let status):
            note(refuseSubscription(id, status: status, now: now), id, "be refused with \(status)", now: now)
        case .notify(let id, let state, let body):
            note(report(id, state, body: body, now: now), id, "be notified", now: now)
        case .reportReferral(let id, let status, let reason):
            note(reportReferral(id, status: status, reason: reason, now: now), id, "report \(status)", now: now)
        case .info(let id, let body, let headers, let package, let disposition):
            change(id, "send INFO" + (package.map { " of \($0)" } ?? ""), now: now) { session, environment in
                session.sendInfo(
                    body, package: package, disposition: disposition, headers: headers, in: &environment)
            }
        case .request(let id, let request):
            send(request, as: id, now: now)
        case .respond(let id, let status, let reason, let headers, let body):
            answer(id, ResponseDraft(status: status, reason: reason, headers: headers, body: body), now: now)
        case .register(let id, let registration):
            register(registration, as: id, now: now)
        case .unregister(let id, let everything):
            unregister(id, everything: everything, now: now)
        case .fetchBindings(let id):
            fetchBindings(of: id, now: now)
        case .drain(let isDraining):
            self.isDraining = isDraining
        }
    }

    /// Lets a command act on its session; says so when the session's state does not allow it.
    private mutating func change(
        _ id: SessionID, _ what: String, now: Instant,
        _ command: (inout InviteSession, inout Environment) -> Bool
    ) {
        var isDone = false
        withSession(id, now: now) { session, environment in isDone = command(&session, &environment) }
        if !isDone { note(.command, "\(id) can't \(what) in its state", now: now) }
    }

    private mutating func note(_ isDone: Bool, _ id: SubscriptionID, _ what: String, now: Instant) {
        if !isDone { note(.command, "Subscription \(id.number) can't \(what) in its state", now: now) }
    }

    private mutating func place(_ invite: OutgoingInvite, as id: SessionID, now: Instant) {
        guard sessions[id] == nil else {
            note(.command, "\(id) exists already", now: now)
            return
        }
        guard liveSessionCount < configuration.maxSessions else {
            note(.limit, "Too many calls at once", now: now)
            put(
                .event(
                    .ended(
                        id,
                        SessionEnd(cause: .transportFailed, status: 503, reason: "Too many calls are open at once"))))
            return
        }
        if let referral = invite.onBehalfOf {
            _ = acceptSubscription(referral, body: .trying, state: .active, now: now)
            if notifiers[referral] != nil { referredSessions[id] = referral }
        }
        begin(InviteSession(id: id, calling: completed(invite).hidingCaller, now: now, in: &environment), now: now)
    }

    private mutating func send(_ request: OutgoingRequest, as id: RequestID, now: Instant) {
        guard request.method != .invite, request.method != .ack, request.method != .cancel else {
            put(.event(.requestFailed(id, reason: "\(request.method.name) is not sent by itself")))
            return
        }
        var from = request.from
        let tag = environment.makeTag()
        from.tag = tag
        var target = request.target
        target.headers = []
        let (uri, routes) = RouteSet(request.route.map { NameAddress(uri: .sip($0)) }).apply(to: .sip(target))
        let draft = RequestDraft(
            method: request.method, target: .sip(target), uri: uri, routes: routes, from: from.description,
            fromTag: tag, to: (request.to ?? NameAddress(uri: .sip(target))).description,
            callID: environment.makeCallID(), sequence: 1,
            contact: ContactIdentity(
                user: from.uri.sip?.user, isSecure: target.isSecure || request.route.first?.isSecure ?? false),
            headers: request.headers,
            body: request.body)
        guard let hop = request.flowTarget ?? draft.nextHop else {
            put(.event(.requestFailed(id, reason: "\(draft.uri) is no SIP address")))
            return
        }
        let transaction = ClientTransactionID(environment.makeNumber())
        standaloneRequests[transaction] = StandaloneRequest(
            id: id, draft: draft, digest: request.credentials.map { DigestClient(credentials: $0) },
            flowTarget: request.flowTarget)
        self.send(.client(transaction, draft, .request(id)), hop: .open(hop, fallback: nil), now: now)
    }

    private mutating func answer(_ id: ServerRequestID, _ draft: ResponseDraft, now: Instant) {
        let transaction = ServerTransactionID(id.number)
        guard let session = openRequests[transaction], (100...699).contains(draft.status) else {
            note(.command, "There is no request \(id.number) to answer with \(draft.status)", now: now)
            return
        }
        respond(transaction, draft, now: now)
        guard draft.status >= 200 else { return }
        openRequests[transaction] = nil
        if let session {
            withSession(session, now: now) { session, _ in session.handedUpAnswered(transaction) }
        }
    }
}
