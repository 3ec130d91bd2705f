import TelephonyPrimitives

extension UserAgentCore {
    // MARK: REFER and SUBSCRIBE of the peer

    /// A REFER that the configuration lets through (RFC 3515 §2.4.2).
    mutating func receiveRefer(
        _ request: Request, _ transaction: ServerTransactionID, session: SessionID?, over flow: Flow, now: Instant
    ) {
        let referral: Referral
        do {
            referral = try Referral(request)
        } catch {
            refuse(transaction, 400, error.message, now: now)
            return
        }
        let number = request.cseqNumber ?? 0
        let isFirst = !notifiers.values.contains { $0.session == session && session != nil }
        let notifier = makeNotifier(
            event: isFirst ? "refer" : "refer;id=\(number)", request, transaction, wantsReports: referral.wantsReports,
            session: session, over: flow, expiresAt: now + configuration.referLimit, now: now)
        guard let notifier else {
            refuse(transaction, 503, "Too many subscriptions at once", now: now)
            return
        }
        put(.event(.refer(notifier, session, referral)))
    }

    /// A SUBSCRIBE outside or inside a dialog (RFC 6665 §4.2.1).
    mutating func receiveSubscribe(
        _ request: Request, _ transaction: ServerTransactionID, session: SessionID?, over flow: Flow, now: Instant
    ) {
        let event = request.first(.event)?.trimmingBlanks ?? ""
        let package = event.prefix { $0 != ";" }.trimmingBlanks.lowercased()
        let isOutside = (try? request.to.tag) == .some(nil)
        if !isOutside, let known = notifier(for: request, session: session, event: event) {
            refresh(known, request, transaction, now: now)
            return
        }
        guard configuration.notifiedPackages.contains(package) else {
            refuse(
                transaction, 489, "There are no events of \(package.isEmpty ? "no package" : package)",
                headers: [(.allowEvents, abilities.allowEvents)], now: now)
            return
        }
        let seconds = request.first(.expires).flatMap { UInt32($0.trimmingBlanks) }.map { min($0, 86_400) } ?? 3_600
        guard
            let id = makeNotifier(
                event: event, request, transaction, wantsReports: true, session: session, over: flow,
                expiresAt: now + .seconds(Int64(seconds)), now: now)
        else {
            refuse(transaction, 503, "Too many subscriptions at once", now: now)
            return
        }
        put(.event(.subscription(id, request)))
    }

    private func notifier(for request: Request, session: SessionID?, event: String) -> SubscriptionID? {
        if let dialog = dialogID(of: request), let id = notifierDialogs[dialog] { return id }
        return notifiers.values.first { $0.session == session && session != nil && $0.event == event }?.id
    }

    /// A SUBSCRIBE in the dialog prolongs the subscription, or ends it with `Expires: 0` (RFC 6665 §4.2.1.4).
    private mutating func refresh(
        _ id: SubscriptionID, _ request: Request, _ transaction: ServerTransactionID, now: Instant
    ) {
        guard var notifier = notifiers[id], case .active = notifier.phase else {
            refuse(transaction, 481, "The subscription is over", now: now)
            return
        }
        let seconds = request.first(.expires).flatMap { UInt32($0.trimmingBlanks) }.map { min($0, 86_400) } ?? 3_600
        try? notifier.dialog?.refreshTarget(with: request)
        notifier.expiresAt = now + .seconds(Int64(seconds))
        notifiers[id] = notifier
        respond(
            transaction, ResponseDraft(status: 200, headers: [(.expires, "\(seconds)")], hasContact: true), now: now)
        let state: SubscriptionState = seconds == 0 ? .terminated(reason: "timeout") : notifier.last?.state ?? .active
        report(id, state, body: notifier.last?.body, now: now)
        if seconds == 0 { put(.event(.subscriptionEnded(id, .terminated(reason: "timeout")))) }
    }

    private mutating func makeNotifier(
        event: String, _ request: Request, _ transaction: ServerTransactionID, wantsReports: Bool,
        session: SessionID?, over flow: Flow, expiresAt: Instant, now: Instant
    ) -> SubscriptionID? {
        guard takesSubscription(from: flow.remote.ip), let server = transactions.server(transaction)?.value else {
            return nil
        }
        let id = SubscriptionID(environment.makeNumber())
        var notifier = Notifier(
            id: id, event: event, request: request, wantsReports: wantsReports, session: session,
            phase: .asked(transaction), expiresAt: expiresAt)
        notifier.flows.learn(flow)
        if session == nil {
            guard let dialog = try? Dialog(request: request, localTag: server.localTag),
                notifierDialogs[dialog.id] == nil
            else { return nil }
            notifier.dialog = dialog
            notifierDialogs[dialog.id] = id
        }
        notifiers[id] = notifier
        undecidedSubscriptions[transaction] = id
        // The dialog is kept for it, whatever becomes of the call (RFC 5057 §4).
        if let session { withSession(session, now: now) { session, _ in session.notifiers.insert(id) } }
        return id
    }

    /// A request in a dialog that only a subscription uses.
    mutating func receive(
        _ request: Request, _ transaction: ServerTransactionID, for id: SubscriptionID, over flow: Flow, now: Instant
    ) {
        guard understands(request, transaction, now: now) else { return }
        guard let sequence = request.cseqNumber, notifiers[id]?.dialog?.accepts(sequence: sequence) == true else {
            respond(transaction, ResponseDraft(status: 500), now: now)
            return
        }
        if request.method == .subscribe {
            receiveSubscribe(request, transaction, session: nil, over: flow, now: now)
        } else {
            refuse(transaction, 481, "The dialog has no such usage", now: now)
        }
    }

    // MARK: Commands

    /// Takes a REFER or SUBSCRIBE: 202 or 200, and the first NOTIFY.
    mutating func acceptSubscription(_ id: SubscriptionID, body: Body?, state: SubscriptionState, now: Instant) -> Bool
    {
        guard var notifier = notifiers[id], case .asked(let transaction) = notifier.phase else { return false }
        undecidedSubscriptions[transaction] = nil
        notifier.phase = .active
        notifiers[id] = notifier
        if notifier.request.method == .refer {
            respond(
                transaction,
                ResponseDraft(
                    status: 202, headers: notifier.wantsReports ? [] : [(.referSub, "false")], hasContact: true),
                now: now)
        } else {
            let seconds = Int64((notifier.expiresAt - now).inSeconds)
            respond(
                transaction, ResponseDraft(status: 200, headers: [(.expires, "\(seconds)")], hasContact: true), now: now
            )
        }
        guard notifier.wantsReports else {
            remove(id, now: now)
            return true
        }
        timers.set(.notifier(id), at: notifier.expiresAt)
        report(id, notifier.expiresAt <= now ? .terminated(reason: "timeout") : state, body: body, now: now)
        return true
    }

    mutating func refuseSubscription(_ id: SubscriptionID, status: Int, now: Instant) -> Bool {
        guard let notifier = notifiers[id], case .asked(let transaction) = notifier.phase,
            (300...699).contains(status)
        else { return false }
        undecidedSubscriptions[transaction] = nil
        remove(id, now: now)
        respond(transaction, ResponseDraft(status: status), now: now)
        return true
    }

    /// Reports a state to the peer, now or when the NOTIFY under way is answered.
    @discardableResult
    mutating func report(_ id: SubscriptionID, _ state: SubscriptionState, body: Body?, now: Instant) -> Bool {
        guard var notifier = notifiers[id], case .active = notifier.phase else { return false }
        notifier.waiting = Notifier.Report(state: state, body: body)
        notifier.last = notifier.waiting
        if state.isTerminated {
            notifier.phase = .closing
            timers.set(.notifier(id), at: nil)
        } else {
            timers.set(.notifier(id), at: notifier.expiresAt)
        }
        notifiers[id] = notifier
        sendWaitingReport(id, now: now)
        return true
    }

    /// Reports how the call that a REFER asked for goes (RFC 3515 §2.4.5).
    @discardableResult
    mutating func reportReferral(_ id: SubscriptionID, status: Int, reason: String?, now: Instant) -> Bool {
        guard (100...699).contains(status) else { return false }
        let line = "SIP/2.0 \(status) \(reason ?? ReasonPhrase.of(status))\r\n"
        return report(
            id, status < 200 ? .active : .terminated(reason: "noresource"),
            body: Body(contentType: "message/sipfrag;version=2.0", octets: Array(line.utf8)), now: now)
    }

    private mutating func sendWaitingReport(_ id: SubscriptionID, now: Instant) {
        guard var notifier = notifiers[id], !notifier.isBusy, let report = notifier.waiting else { return }
        let seconds = max(Int64((notifier.expiresAt - now).inSeconds), 0)
        let headers: HeaderFields = [
            (.event, notifier.event), (.subscriptionState, report.state.text(expiresIn: seconds)),
        ]
        notifier.isBusy = true
        notifier.waiting = nil
        guard let session = notifier.session else {
            let draft = notifier.dialog?.makeRequest(.notify, headers: headers, body: report.body)
            notifiers[id] = notifier
            guard let draft, let hop = draft.nextHop.map({ notifier.flows.hop(to: $0) }) else {
                remove(id, now: now)
                return
            }
            let transaction = ClientTransactionID(environment.makeNumber())
            send(.client(transaction, draft, .notifier(id)), hop: hop, now: now)
            return
        }
        notifiers[id] = notifier
        let found = withSession(session, now: now) { session, environment in
            session.sendNotify(for: id, headers: headers, body: report.body, in: &environment)
        }
        if !found { remove(id, now: now) }
    }

    // MARK: What comes of it

    /// A NOTIFY has its final response, or none (RFC 6665 §4.2.2).
    mutating func notifyEnded(_ id: SubscriptionID, status: Int, now: Instant) {
        guard var notifier = notifiers[id] else { return }
        notifier.isBusy = false
        notifiers[id] = notifier
        let isLost = status == 481 || status == 408 || status == 489 || status == 405 || status == 501
        if isLost || (notifier.isClosing && notifier.waiting == nil) {
            remove(id, now: now)
            if isLost, !notifier.isClosing { put(.event(.subscriptionEnded(id, .lost(status: status)))) }
            return
        }
        sendWaitingReport(id, now: now)
    }

    mutating func notifierExpired(_ id: SubscriptionID, now: Instant) {
        guard let notifier = notifiers[id] else { return }
        report(id, .terminated(reason: "timeout"), body: notifier.last?.body, now: now)
        put(.event(.subscriptionEnded(id, .terminated(reason: "timeout"))))
    }

    /// The application has not decided in time.
    mutating func forgetUndecided(_ transaction: ServerTransactionID, now: Instant) {
        guard let id = undecidedSubscriptions.removeValue(forKey: transaction) else { return }
        remove(id, now: now)
    }

    private mutating func remove(_ id: SubscriptionID, now: Instant) {
        guard let notifier = notifiers.removeValue(forKey: id) else { return }
        if let dialog = notifier.dialog { notifierDialogs[dialog.id] = nil }
        timers.set(.notifier(id), at: nil)
        for (session, referral) in referredSessions where referral == id { referredSessions[session] = nil }
        if let session = notifier.session {
            withSession(session, now: now) { session, _ in session.notifiers.remove(id) }
        }
    }

    /// Reports about a call that was placed on behalf of a REFER.
    mutating func follow(_ event: Event, of session: SessionID, now: Instant) {
        guard let referral = referredSessions[session] else { return }
        switch event {
        case .provisional(_, let response) where response.status > 100:
            reportReferral(referral, status: response.status, reason: response.reason, now: now)
        case .answered(_, let response, _):
            referredSessions[session] = nil
            reportReferral(referral, status: response.status, reason: response.reason, now: now)
        case .ended(_, let end):
            referredSessions[session] = nil
            let status = end.status ?? (end.cause == .cancelledLocally ? 487 : 503)
            reportReferral(referral, status: status, reason: end.response?.reason, now: now)
        default:
            break
        }
    }
}

extension Body {
    /// The first report of a transfer (RFC 3515 §2.4.4).
    static let trying = Body(contentType: "message/sipfrag;version=2.0", octets: Array("SIP/2.0 100 Trying\r\n".utf8))
}
