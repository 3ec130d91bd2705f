import TelephonyPrimitives

extension UserAgentCore {
    mutating func begin(_ session: consuming InviteSession, now: Instant) {
        liveSessionCount += 1
        totals.sessionsBegun += 1
        let id = session.id
        sessions[id] = Boxed(session)
        guard let place = sessions.index(forKey: id) else { return }
        let outcome = Self.step(&sessions.values[place], DialogIDs(), in: &environment, now: now) { _, _ in }
        settle(id, at: place, outcome, isWake: false, now: now)
    }

    /// Lets something happen to a session, then does what it asks for. `false` when there is no such session.
    @discardableResult
    mutating func withSession(
        _ id: SessionID, isWake: Bool = false, now: Instant,
        _ event: (inout InviteSession, inout Environment) -> Void
    ) -> Bool {
        guard let place = sessions.index(forKey: id) else { return false }
        let outcome = Self.step(&sessions.values[place], in: &environment, now: now, event)
        settle(id, at: place, outcome, isWake: isWake, now: now)
        return true
    }

    /// What has become of a session by something that happened.
    private struct Outcome {
        let before: DialogIDs
        let after: DialogIDs
        let hasEnded: Bool
        let isFinished: Bool
        let deadline: Instant?
        let actions: [SessionAction]
    }

    /// All that is done to a session and asked of it at once, where it lies: none of it is copied.
    ///
    /// - Parameter known: its dialogs so far, when they are not those that it has.
    @inline(__always)
    private static func step(
        _ session: inout Boxed<InviteSession>, _ known: DialogIDs? = nil, in environment: inout Environment,
        now: Instant, _ event: (inout InviteSession, inout Environment) -> Void
    ) -> Outcome {
        session.update { session in
            let before = known ?? session.dialogIDs
            let wasOver = session.phase == .over
            event(&session, &environment)
            let hasEnded = session.phase == .over && !wasOver
            if hasEnded { session.limitRefer(now: now, timers: environment.configuration.timers) }
            if !session.actions.isEmpty { session.noteTimes(now: now) }
            let isFinished = session.isFinished
            return Outcome(
                before: before, after: isFinished ? DialogIDs() : session.dialogIDs, hasEnded: hasEnded,
                isFinished: isFinished, deadline: session.deadline, actions: session.takeActions())
        }
    }

    /// Files the session's dialogs and timer anew, drops it when it is finished, and performs its actions.
    private mutating func settle(
        _ id: SessionID, at place: Dictionary<SessionID, Boxed<InviteSession>>.Index, _ outcome: Outcome, isWake: Bool,
        now: Instant
    ) {
        if outcome.hasEnded {
            liveSessionCount -= 1
            totals.sessionsEnded += 1
        }
        if outcome.before != outcome.after {
            for dialog in outcome.before.all where !outcome.after.all.contains(dialog) { dialogs[dialog] = nil }
            for dialog in outcome.after.all { dialogs[dialog] = id }
        }
        if outcome.isFinished {
            sessions.remove(at: place)
            timers.set(.session(id), at: nil)
        } else {
            // A deadline that a wake did not move must not stop the clock.
            timers.set(.session(id), at: outcome.deadline.map { isWake ? max($0, now + .milliseconds(1)) : $0 })
        }
        for action in outcome.actions { perform(action, of: id, now: now) }
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
