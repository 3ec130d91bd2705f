import TelephonyPrimitives

/// A message that waits for a flow.
enum Unsent: Sendable {
    case client(ClientTransactionID, RequestDraft, ClientOwner)
    /// The ACK of a 2xx: the session, the INVITE's transaction and the fork.
    case acknowledgement(SessionID, ClientTransactionID, Tag?, RequestDraft)
    /// A response whose connection has gone (RFC 3261 §18.2.2).
    case response([UInt8])
}

/// A question to the rim.
struct PendingFlow: Sendable {
    let unsent: Unsent
    let target: FlowTarget
    let fallback: Flow?
    /// What the flow is wanted for.
    var purpose = Purpose.first

    enum Purpose: Sendable {
        /// The message was not sent yet.
        case first
        /// Its server failed and another one is wanted.
        case nextServer(after: ServerFailure)
        /// It is too long for UDP. What the UDP flow of `fallback` was opened to reach is `origin`.
        case stream(origin: FlowTarget?)
    }
}

/// A request outside every session.
struct StandaloneRequest: Sendable {
    let id: RequestID
    var draft: RequestDraft
    var digest: DigestClient?
    let flowTarget: FlowTarget?
    var attempt = 1
}

extension UserAgentCore {
    // MARK: Flows

    mutating func send(_ unsent: Unsent, hop: Hop, now: Instant) {
        switch hop {
        case .use(let flow, let target):
            send(unsent, over: flow, leadingTo: target, now: now)
        case .open(let target, let fallback):
            ask(PendingFlow(unsent: unsent, target: target, fallback: fallback), now: now)
        }
    }

    mutating func ask(_ pending: PendingFlow, now: Instant) {
        let request = FlowRequestID(environment.makeNumber())
        pendingFlows[request] = pending
        if case .client(let transaction, _, _) = pending.unsent { waitingClients[transaction] = request }
        timers.set(.flow(request), at: now + configuration.timers.timeout)
        put(.openFlow(request, pending.target))
    }

    mutating func flowOpened(_ request: FlowRequestID, _ flow: Flow, now: Instant) {
        guard let pending = takePending(request) else { return }
        var target: FlowTarget? = pending.target
        var located: Flow?
        switch pending.purpose {
        case .first:
            break
        case .nextServer(let failure):
            guard !pending.target.tried.contains(where: { $0.isOn(flow) }) else {
                giveUp(pending, after: failure, now: now)
                return
            }
        case .stream(let origin):
            target = origin
            located = pending.fallback
        }
        switch pending.unsent {
        case .client(_, _, .session(let id)), .acknowledgement(let id, _, _, _):
            let reached = (target ?? pending.target).untried
            withSession(id, now: now) { session, _ in session.flowOpened(flow, target: reached) }
        case .client, .response:
            break
        }
        send(pending.unsent, over: flow, leadingTo: target, insteadOf: located, now: now)
    }

    mutating func flowFailed(_ request: FlowRequestID, reason: String, now: Instant) {
        guard let pending = takePending(request) else { return }
        if case .nextServer(let failure) = pending.purpose {
            giveUp(pending, after: failure, now: now)
            return
        }
        note(.failure, "No way to \(pending.target.host): \(reason)", now: now)
        if case .stream(let origin) = pending.purpose, let fallback = pending.fallback {
            datagramPeers.note(fallback.remote, now: now)
            send(pending.unsent, over: fallback, leadingTo: origin, insteadOf: fallback, now: now)
            return
        }
        if let fallback = pending.fallback {
            send(pending.unsent, over: fallback, now: now)
            return
        }
        if case .client(let transaction, _, let owner) = pending.unsent {
            clientFailed(transaction, owner: owner, failure: .transport, reason: reason, now: now)
        }
    }

    mutating func takePending(_ request: FlowRequestID) -> PendingFlow? {
        guard let pending = pendingFlows.removeValue(forKey: request) else { return nil }
        timers.set(.flow(request), at: nil)
        if case .client(let transaction, _, _) = pending.unsent { waitingClients[transaction] = nil }
        return pending
    }

    /// - Parameters:
    ///   - target: what `flow` was opened to reach.
    ///   - located: the UDP flow that was found first, when the choice between it and TCP is made already.
    private mutating func send(
        _ unsent: Unsent, over flow: Flow, leadingTo target: FlowTarget? = nil, insteadOf located: Flow? = nil,
        now: Instant
    ) {
        switch unsent {
        case .client(let transaction, let draft, let owner):
            start(transaction, draft, over: flow, to: target, owner: owner, insteadOf: located, now: now)
        case .acknowledgement(let id, let transaction, let remoteTag, let draft):
            let octets = build(draft, branch: environment.makeBranch(), flow: flow, now: now).octets
            transmit(octets, over: flow)
            withSession(id, now: now) { session, _ in
                session.acknowledgementSent(transaction, remoteTag: remoteTag, octets: octets, flow: flow)
            }
        case .response(let octets):
            transmit(octets, over: flow)
        }
    }

    mutating func flowClosed(_ flow: Flow, reason: String, now: Instant) {
        let affected = transactions.clients(on: flow)
        if !affected.isEmpty {
            note(.failure, "\(flow.protocol.viaName) to \(flow.remote) failed: \(reason)", flow: flow, now: now)
        }
        if flow.protocol.isReliable {
            transactions.loseFlow(flow)
            for id in sessions.keys.sorted(by: { $0.number < $1.number }) {
                withSession(id, now: now) { session, _ in session.flowClosed(flow) }
            }
        }
        for id in affected {
            guard let step = transactions.updateClient(id, { $0.transportFailed() }) else { continue }
            handle(step, of: id, reason: reason, now: now)
        }
        registrationFlowClosed(flow, reason: reason, now: now)
    }

    // MARK: Requests

    /// Puts our end of the flow into a draft.
    private mutating func build(_ draft: RequestDraft, branch: Branch, flow: Flow, now: Instant) -> Request {
        let address = localAddress(of: flow, now: now)
        return keepingPrivacy(draft, towards: flow).build(
            via: "SIP/2.0/\(flow.protocol.viaName) \(address);branch=\(branch.text);rport\(alias(of: flow))",
            contact: contact(draft.contact, address: address, flow: flow), configuration: configuration)
    }

    /// Over TLS, that the peer may use this connection for its own requests too (RFC 5923 §4).
    private func alias(of flow: Flow) -> String {
        flow.protocol == .tls && configuration.offersAlias ? ";alias" : ""
    }

    /// `host:port` by which a peer reaches us: the advertised one, else the flow's. Never 0.0.0.0.
    private mutating func localAddress(of flow: Flow, now: Instant) -> String {
        if let advertised = configuration.advertised[flow.protocol] { return advertised.description }
        if flow.protocol.isWebSocket {
            // Nobody can connect to a WebSocket client: it has a name that resolves nowhere (RFC 7118 §5.1).
            let host = unreachableHost ?? environment.makeTag().text + ".invalid"
            unreachableHost = host
            return host
        }
        guard flow.local.ip.isUnspecified else { return flow.local.description }
        if let other = configuration.advertised.sorted(by: { $0.key.rawValue < $1.key.rawValue }).first {
            return TransportAddress(ip: other.value.ip, port: flow.local.port).description
        }
        if flow.remote.ip.isLoopback {
            return TransportAddress(ip: flow.remote.ip, port: flow.local.port).description
        }
        note(
            .configuration,
            "The address under which peers reach this machine is unknown: the socket is bound to all addresses and none "
                + "is advertised", flow: flow, now: now)
        return "unknown.invalid:\(flow.local.port)"
    }

    private func contact(_ identity: ContactIdentity, address: String, flow: Flow) -> String {
        let address = identity.address?.description ?? address
        let user = identity.user.map { SIPURI.escapingUser($0) + "@" } ?? ""
        let isImplied = flow.protocol == .udp || (identity.isSecure && !flow.protocol.isWebSocket)
        let transport = isImplied ? "" : ";transport=\(flow.protocol.uriParameter)"
        return "<\(identity.isSecure ? "sips" : "sip"):\(user)\(address)\(transport)>\(identity.parameters)"
    }

    private mutating func start(
        _ id: ClientTransactionID, _ draft: RequestDraft, over flow: Flow, to target: FlowTarget?, owner: ClientOwner,
        insteadOf located: Flow?, now: Instant
    ) {
        guard transactions.clientCount < configuration.maxTransactions else {
            note(.limit, "A \(draft.method.name) is not sent: too many transactions are open", flow: flow, now: now)
            clientFailed(id, owner: owner, failure: .transport, reason: "too many requests are open", now: now)
            return
        }
        let branch = environment.makeBranch()
        let request = build(draft, branch: branch, flow: flow, now: now)
        if located == nil, isTooLong(request, for: flow, now: now) {
            let unsent = Unsent.client(id, draft, owner)
            ask(
                PendingFlow(
                    unsent: unsent, target: FlowTarget(streamTo: flow.remote), fallback: flow,
                    purpose: .stream(origin: target)), now: now)
            return
        }
        let origin = target.map { RequestOrigin(draft: draft, target: $0, located: located ?? flow) }
        add(request, branch: branch, as: id, over: flow, owner, origin: origin, now: now)
        switch owner {
        case .session(let session):
            withSession(session, now: now) { session, _ in session.requestSent(id, now: now) }
        case .registration(let registration):
            withRegistration(registration, now: now) { client, _ in client.requestSent(id, request, over: flow) }
        case .request, .notifier, .subscriber:
            break
        }
    }

    private mutating func add(
        _ request: Request, branch: Branch, as id: ClientTransactionID, over flow: Flow, _ owner: ClientOwner,
        origin: RequestOrigin? = nil, now: Instant
    ) {
        let isReliable = flow.protocol.isReliable
        let machine: ClientMachine =
            request.method == .invite
            ? .invite(
                InviteClientTransaction(
                    request: request, isReliable: isReliable, timers: configuration.timers, now: now))
            : .nonInvite(
                NonInviteClientTransaction(
                    request: request, isReliable: isReliable, timers: configuration.timers, now: now))
        transactions.add(
            ClientTransaction(
                machine: machine, key: ClientTransactionKey(branch: branch, method: request.method), flow: flow,
                owner: owner, origin: origin), as: id)
        timers.set(.client(id), at: machine.deadline)
        transmit(request.octets, over: flow)
    }

    /// Sends the CANCEL of an INVITE: a transaction of its own on the INVITE's branch (RFC 3261 §9.1).
    mutating func cancel(
        _ invite: ClientTransactionID, with id: ClientTransactionID, headers: HeaderFields, owner: ClientOwner,
        now: Instant
    ) {
        guard let cancelled = transactions.client(invite) else {
            clientEnded(id, owner: owner, now: now)
            return
        }
        let request = cancelled.machine.request.cancellation(headers: headers)
        add(request, branch: cancelled.key.branch, as: id, over: cancelled.flow, owner, now: now)
    }

    /// Forgets a request, wherever it is.
    mutating func abandon(_ id: ClientTransactionID) {
        if let request = waitingClients[id] { _ = takePending(request) }
        _ = transactions.removeClient(id)
        timers.set(.client(id), at: nil)
    }

    // MARK: Responses

    mutating func respond(_ id: ServerTransactionID, _ draft: ResponseDraft, now: Instant) {
        guard let transaction = transactions.server(id) else { return }
        let response = build(draft, for: transaction, now: now)
        guard let step = transactions.updateServer(id, { $0.send(response, now: now) }) else { return }
        handle(step, of: id, now: now)
    }

    /// Answers with a refusal of the user agent's own.
    mutating func refuse(
        _ id: ServerTransactionID, _ status: Int, _ sentence: String, headers: HeaderFields = [], now: Instant
    ) {
        guard let transaction = transactions.server(id) else { return }
        totals.refused += 1
        note(
            .refused, "\(transaction.request.method.name) refused with \(status): \(sentence)",
            message: transaction.request, flow: transaction.flow, now: now)
        respond(id, ResponseDraft(status: status, headers: headers), now: now)
    }

    mutating func repeatResponse(_ id: ServerTransactionID, now: Instant) {
        guard case .invite(let machine) = transactions.server(id)?.machine else { return }
        handle(machine.repeatResponse(), of: id, now: now)
    }

    private mutating func build(_ draft: ResponseDraft, for transaction: ServerTransaction, now: Instant) -> Response {
        let request = transaction.request
        var builder = MessageBuilder(
            response: draft.status, reason: draft.reason, to: request,
            toTag: draft.status == 100 ? nil : transaction.localTag)
        if draft.hasContact {
            let uri = try? request.requestURI
            let identity = ContactIdentity(user: uri?.sip?.user, isSecure: request.wantsSecureContact)
            let address = localAddress(of: transaction.flow, now: now)
            builder.add(.contact, contact(identity, address: address, flow: transaction.flow))
        }
        if !configuration.allowEventsText.isEmpty, (200..<300).contains(draft.status), request.method.announcesAbilities
        {
            builder.add(.allowEvents, configuration.allowEventsText)
        }
        if (200..<300).contains(draft.status), request.method == .invite { builder.addInfoPackages(configuration) }
        if draft.status == 100, let timestamp = request.first(.timestamp) { builder.add(.timestamp, timestamp) }
        if (200..<300).contains(draft.status), request.method.announcesAbilities {
            builder.add(.allow, configuration.allowText)
            if !configuration.supported.isEmpty {
                builder.add(.supported, configuration.supported.joined(separator: ", "))
            }
        }
        let headers = draft.headers.isEmpty || trusts(transaction.flow) ? draft.headers : draft.headers.keepingPrivacy
        for (name, value) in headers where name.isFree { builder.add(name, value) }
        if let name = configuration.userAgentName { builder.add(.server, name) }
        if let body = draft.body { builder.setBody(body.octets, contentType: body.contentType) }
        return builder.buildResponse()
    }

    /// Answers a request for which no transaction is kept.
    mutating func respondStatelessly(
        to request: Request, status: Int, reason: String? = nil, headers: HeaderFields = [], over flow: Flow
    ) {
        // A response without Via would be for nobody.
        guard request.first(.via) != nil else { return }
        // The same request gets the same tag (RFC 3261 §8.2.7).
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for octet in request.octets { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01B3 }
        var builder = MessageBuilder(
            response: status, reason: reason, to: request, toTag: Tag(String(hash, radix: 16)))
        for (name, value) in headers { builder.add(name, value) }
        totals.refused += 1
        // Without a readable Via the answer goes back to where the request came from.
        let back = (try? request.topVia).map { flow.answering($0) } ?? flow
        transmit(builder.buildResponse().octets, over: back)
    }

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
        guard let transaction = transactions.server(id) else { return }
        if let octets = step.transmit {
            if step.isRetransmission { totals.retransmitted += 1 }
            if transaction.isFlowLost, let target = transaction.request.responseTarget(flow: transaction.flow) {
                send(.response(octets), hop: .open(target, fallback: nil), now: now)
            } else {
                transmit(octets, over: transaction.flow)
            }
        }
        if let request = step.deliver, let session = transaction.session {
            withSession(session, now: now) { session, environment in
                session.receiveAcknowledgement(request, now: now, in: &environment)
            }
        }
        if step.isUnacknowledged {
            totals.timeouts += 1
            note(
                .failure, "The refusal of an INVITE was not acknowledged", message: transaction.request,
                flow: transaction.flow, now: now)
        }
        if !transaction.machine.isOpen { openRequests[id] = nil }
        guard transaction.machine.isTerminated else {
            timers.set(.server(id), at: transaction.machine.deadline)
            return
        }
        forget(id, transaction, now: now)
    }

    mutating func forget(_ id: ServerTransactionID, _ transaction: ServerTransaction, now: Instant) {
        timers.set(.server(id), at: nil)
        _ = transactions.removeServer(id)
        sources.release(id)
        openRequests[id] = nil
        if !notifiers.isEmpty { forgetUndecided(id, now: now) }
        if let session = transaction.session {
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
            let text = failure == .timeout ? "no answer came within 32 seconds" : reason ?? "the transport failed"
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
        put(.event(.response(request, response)))
    }
}
