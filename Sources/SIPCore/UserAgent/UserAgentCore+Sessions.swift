import TelephonyPrimitives

extension UserAgentCore {
    mutating func begin(_ session: consuming InviteSession, now: Instant) {
        liveSessionCount += 1
        totals.sessionsBegun += 1
        let id = session.id
        sessions[id] = Boxed(session)
        settle(id, before: DialogIDs(), wasOver: false, isWake: false, now: now)
    }

    /// Lets something happen to a session, then does what it asks for. `false` when there is no such session.
    @discardableResult
    mutating func withSession(
        _ id: SessionID, isWake: Bool = false, now: Instant,
        _ event: (inout InviteSession, inout Environment) -> Void
    ) -> Bool {
        guard let place = sessions.index(forKey: id) else { return false }
        let before = sessions.values[place].value.dialogIDs
        let wasOver = sessions.values[place].value.phase == .over
        event(&sessions.values[place].value, &environment)
        settle(id, before: before, wasOver: wasOver, isWake: isWake, now: now)
        return true
    }

    /// Files the session's dialogs and timer anew, drops it when it is finished, and performs its actions.
    private mutating func settle(_ id: SessionID, before: DialogIDs, wasOver: Bool, isWake: Bool, now: Instant) {
        guard let place = sessions.index(forKey: id) else { return }
        if sessions.values[place].value.phase == .over, !wasOver {
            liveSessionCount -= 1
            totals.sessionsEnded += 1
            sessions.values[place].value.limitRefer(now: now, timers: configuration.timers)
        }
        if !sessions.values[place].value.actions.isEmpty { sessions.values[place].value.noteTimes(now: now) }
        let actions = sessions.values[place].value.takeActions()
        let isFinished = sessions.values[place].value.isFinished
        let after = isFinished ? DialogIDs() : sessions.values[place].value.dialogIDs
        if before != after {
            for dialog in before.all where !after.all.contains(dialog) { dialogs[dialog] = nil }
            for dialog in after.all { dialogs[dialog] = id }
        }
        if isFinished {
            sessions.remove(at: place)
            timers.set(.session(id), at: nil)
        } else {
            // A deadline that a wake did not move must not stop the clock.
            let deadline = sessions.values[place].value.deadline
            timers.set(.session(id), at: deadline.map { isWake ? max($0, now + .milliseconds(1)) : $0 })
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
