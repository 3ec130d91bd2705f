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
        /// It is a response, and the address that its request came from can't be reached: this is the name in its Via.
        case sentBy
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
        case .first, .sentBy:
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
        if case .response(let octets) = pending.unsent, case .first = pending.purpose,
            let target = FlowTarget(answering: octets, after: pending.target)
        {
            ask(PendingFlow(unsent: pending.unsent, target: target, fallback: nil, purpose: .sentBy), now: now)
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
            contact: contact(draft.contact, address: address, flow: flow), abilities: abilities,
            userAgentName: configuration.userAgentName)
    }

    /// Over TLS, that the peer may use this connection for its own requests too (RFC 5923 §4).
    private func alias(of flow: Flow) -> String {
        flow.protocol == .tls && configuration.offersAlias ? ";alias" : ""
    }

    /// `host:port` by which a peer reaches us: the advertised one, else the flow's. Never 0.0.0.0.
    mutating func localAddress(of flow: Flow, now: Instant) -> String {
        if let advertised = configuration.advertised[flow.protocol] { return advertised.description }
        if flow.protocol.isWebSocket {
            // Nobody can connect to a WebSocket client: it has a name that resolves nowhere (RFC 7118 §5.1).
            let host = unreachableHost ?? environment.makeTag().text + ".invalid"
            unreachableHost = host
            return host
        }
        guard flow.local.ip.isUnspecified else {
            if let known = localAddressText, known.address == flow.local { return known.text }
            let text = flow.local.description
            localAddressText = (flow.local, text)
            return text
        }
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

    func contact(_ identity: ContactIdentity, address: String, flow: Flow) -> String {
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
}
