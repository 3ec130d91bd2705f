import TelephonyPrimitives

extension UserAgentCore {
    mutating func begin(_ session: InviteSession, now: Instant) {
        liveSessionCount += 1
        totals.sessionsBegun += 1
        settle(session, before: [], wasOver: false, now: now)
    }

    /// Lets something happen to a session, then does what it asks for. `false` when there is no such session.
    @discardableResult
    mutating func withSession(
        _ id: SessionID, isWake: Bool = false, now: Instant,
        _ event: (inout InviteSession, inout Environment) -> Void
    ) -> Bool {
        guard var session = sessions.removeValue(forKey: id) else { return false }
        let before = session.dialogIDs
        let wasOver = session.phase == .over
        event(&session, &environment)
        settle(session, before: before, wasOver: wasOver, isWake: isWake, now: now)
        return true
    }

    /// Files the session again, or drops it when it is finished, and performs its actions.
    private mutating func settle(
        _ changed: InviteSession, before: [DialogID], wasOver: Bool, isWake: Bool = false, now: Instant
    ) {
        var session = changed
        let id = session.id
        if session.phase == .over, !wasOver {
            liveSessionCount -= 1
            totals.sessionsEnded += 1
            session.limitRefer(now: now, timers: configuration.timers)
        }
        if !session.actions.isEmpty { session.noteTimes(now: now) }
        let actions = session.takeActions()
        let after = session.isFinished ? [] : session.dialogIDs
        if before != after {
            for dialog in before where !after.contains(dialog) { dialogs[dialog] = nil }
            for dialog in after { dialogs[dialog] = id }
        }
        if session.isFinished {
            timers.set(.session(id), at: nil)
        } else {
            // A deadline that a wake did not move must not stop the clock.
            timers.set(.session(id), at: session.deadline.map { isWake ? max($0, now + .milliseconds(1)) : $0 })
            sessions[id] = session
        }
        for action in actions { perform(action, of: id, now: now) }
    }

    private mutating func perform(_ action: SessionAction, of id: SessionID, now: Instant) {
        switch action {
        case .send(let transaction, let draft, let hop):
            send(.client(transaction, draft, .session(id)), hop: hop, now: now)
        case .cancel(let invite, let transaction, let headers):
            cancel(invite, with: transaction, headers: headers, owner: .session(id), now: now)
        case .abandon(let transaction):
            abandon(transaction)
        case .fail(let transaction, let reason):
            clientFailed(transaction, owner: .session(id), failure: .transport, reason: reason, now: now)
        case .acknowledge(let transaction, let remoteTag, let draft, let hop):
            send(.acknowledgement(id, transaction, remoteTag, draft), hop: hop, now: now)
        case .transmit(let octets, let flow):
            totals.retransmitted += 1
            transmit(octets, over: flow)
        case .respond(let transaction, let draft):
            respond(transaction, draft, now: now)
        case .repeatResponse(let transaction):
            repeatResponse(transaction, now: now)
        case .handUp(let transaction, let request, let flow):
            openRequests[transaction] = .some(id)
            put(.event(.request(ServerRequestID(transaction.number), id, request, flow)))
        case .tell(let event):
            put(.event(event))
            if !referredSessions.isEmpty { follow(event, of: id, now: now) }
        case .refer(let transaction, let request, let flow):
            receiveRefer(request, transaction, session: id, over: flow, now: now)
        case .subscribe(let transaction, let request, let flow):
            receiveSubscribe(request, transaction, session: id, over: flow, now: now)
        case .notified(let notifier, let status):
            notifyEnded(notifier, status: status, now: now)
        case .endReplaced(let replaced):
            withSession(replaced, now: now) { session, environment in
                _ = session.end(headers: [], now: now, in: &environment)
            }
        }
    }
}
