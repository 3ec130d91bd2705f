import TelephonyPrimitives

/// What follows from what a transaction says.
extension UserAgentCore {
    // MARK: Steps of transactions

    mutating func handle(_ step: ClientStep, of id: ClientTransactionID, reason: String? = nil, now: Instant) {
        guard let transaction = transactions.client(id) else { return }
        if let octets = step.transmit {
            if step.isRetransmission { totals.retransmitted += 1 }
            transmit(octets, over: transaction.flow)
        }
        let isTerminated = transaction.machine.isTerminated
        timers.set(.client(id), at: transaction.machine.deadline)
        if isTerminated { _ = transactions.removeClient(id) }
        if let failure = ServerFailure(step, of: transaction, reason: reason),
            moveOn(id, after: failure, now: now)
        {
            return
        }
        if let response = step.deliver {
            deliver(response, to: id, transaction, now: now)
        }
        if let failure = step.failure {
            if failure == .timeout { totals.timeouts += 1 }
            let method = transaction.machine.request.method.name
            note(
                .failure, failure == .timeout ? "\(method) got no answer" : "\(method) could not be carried",
                message: transaction.machine.request, flow: transaction.flow, now: now)
            clientFailed(id, owner: transaction.owner, failure: failure, reason: reason, now: now)
        } else if isTerminated {
            clientEnded(id, owner: transaction.owner, now: now)
        }
    }

    mutating func handle(_ step: ServerStep, of id: ServerTransactionID, now: Instant) {
        // Where it stands, and not the transaction, which would be copied when a session answers.
        guard let standing = transactions.server(id)?.read({ $0.standing }) else { return }
        if let octets = step.transmit {
            if step.isRetransmission { totals.retransmitted += 1 }
            if standing.isFlowLost, let target = standing.newTarget {
                send(.response(octets), hop: .open(target, fallback: nil), now: now)
            } else {
                transmit(octets, over: standing.flow)
            }
        }
        if let request = step.deliver, let session = standing.session {
            withSession(session, now: now) { session, environment in
                session.receiveAcknowledgement(request, now: now, in: &environment)
            }
        }
        if step.isUnacknowledged {
            totals.timeouts += 1
            note(
                .failure, "The refusal of an INVITE was not acknowledged",
                message: transactions.server(id)?.value.request, flow: standing.flow, now: now)
        }
        if !standing.isOpen, !openRequests.isEmpty { openRequests[id] = nil }
        guard standing.isTerminated else {
            timers.set(.server(id), at: standing.deadline)
            return
        }
        forget(id, of: standing.session, now: now)
    }

    /// Lets go of a transaction, and tells its session.
    mutating func forget(_ id: ServerTransactionID, of session: SessionID?, now: Instant) {
        timers.set(.server(id), at: nil)
        transactions.removeServer(id)
        sources.release(id)
        if !openRequests.isEmpty { openRequests[id] = nil }
        if !notifiers.isEmpty { forgetUndecided(id, now: now) }
        if let session {
            withSession(session, now: now) { session, environment in
                session.serverTransactionEnded(id, now: now, in: &environment)
            }
        }
    }

    mutating func clientTimerFired(_ id: ClientTransactionID, now: Instant) {
        guard let step = transactions.updateClient(id, { $0.timerFired(now: now) }) else { return }
        handle(step, of: id, now: now)
    }

    mutating func serverTimerFired(_ id: ServerTransactionID, now: Instant) {
        guard let step = transactions.updateServer(id, { $0.timerFired(now: now) }) else { return }
        handle(step, of: id, now: now)
    }

    // MARK: Owners

    mutating func deliver(
        _ response: Response, to id: ClientTransactionID, _ transaction: ClientTransaction, now: Instant
    ) {
        switch transaction.owner {
        case .session(let session):
            withSession(session, now: now) { session, environment in
                session.receive(response, to: id, over: transaction.flow, now: now, in: &environment)
            }
        case .request(let request):
            receiveStandalone(response, to: id, request, over: transaction.flow, now: now)
        case .registration(let registration):
            withRegistration(registration, now: now) { client, environment in
                client.receive(response, to: id, over: transaction.flow, now: now, in: &environment)
            }
        case .notifier(let notifier):
            if response.status >= 200 { notifyEnded(notifier, status: response.status, now: now) }
        case .subscriber(let subscriber):
            receiveSubscribeResponse(response, for: subscriber, over: transaction.flow, now: now)
        }
    }

    mutating func clientFailed(
        _ id: ClientTransactionID, owner: ClientOwner, failure: TransactionFailure, reason: String?, now: Instant
    ) {
        switch owner {
        case .session(let session):
            withSession(session, now: now) { session, environment in
                session.requestFailed(id, failure: failure, reason: reason, now: now, in: &environment)
                session.requestEnded(id)
            }
        case .notifier(let notifier):
            notifyEnded(notifier, status: failure == .timeout ? 408 : 503, now: now)
        case .subscriber(let subscriber):
            subscribeFailed(subscriber, failure: failure)
        case .request(let request):
            guard standaloneRequests.removeValue(forKey: id) != nil else { return }
            let patience = (configuration.timers.t1 * 64).components.seconds
            let text =
                failure == .timeout ? "no answer came within \(patience) seconds" : reason ?? "the transport failed"
            put(.event(.requestFailed(request, reason: text)))
        case .registration(let registration):
            withRegistration(registration, now: now) { client, environment in
                client.requestFailed(id, failure: failure, reason: reason, now: now, in: &environment)
            }
        }
    }

    mutating func clientEnded(_ id: ClientTransactionID, owner: ClientOwner, now: Instant) {
        switch owner {
        case .session(let session):
            withSession(session, now: now) { session, _ in session.requestEnded(id) }
        case .notifier, .subscriber:
            break
        case .request:
            standaloneRequests[id] = nil
        case .registration:
            break
        }
    }

    private mutating func receiveStandalone(
        _ response: Response, to id: ClientTransactionID, _ request: RequestID, over flow: Flow, now: Instant
    ) {
        guard var standalone = standaloneRequests[id] else { return }
        if response.status == 401 || response.status == 407, standalone.attempt < 4, var digest = standalone.digest,
            let authorization = environment.authorize(&digest, response: response, draft: standalone.draft)
        {
            standaloneRequests[id] = nil
            standalone.digest = digest
            standalone.attempt += 1
            standalone.draft.authorization = authorization
            standalone.draft.sequence &+= 1
            let again = ClientTransactionID(environment.makeNumber())
            standaloneRequests[again] = standalone
            let target = standalone.flowTarget ?? standalone.draft.nextHop
            send(.client(again, standalone.draft, .request(request)), hop: .use(flow, leadingTo: target), now: now)
            return
        }
        if response.status >= 200 { standaloneRequests[id] = nil }
        if !standalone.draft.authorization.isEmpty {
            for notice in environment.learn(&standalone.digest, from: response, draft: standalone.draft) {
                put(.event(.notice(notice)))
            }
        }
        put(.event(.response(request, response)))
    }
}
