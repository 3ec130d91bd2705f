public import TelephonyPrimitives

/// Accounts of ours with registrars, and our own registrar for others.
extension UserAgentCore {
    // MARK: Accounts

    mutating func register(_ registration: Registration, as id: RegistrationID, now: Instant) {
        if registrations[id] == nil {
            registrations[id] = RegistrationClient(id: id, registration: registration, in: &environment)
        }
        withRegistration(id, now: now) { client, environment in
            client.register(registration, now: now, in: &environment)
        }
    }

    mutating func unregister(_ id: RegistrationID, everything: Bool, now: Instant) {
        let isKnown = withRegistration(id, now: now) { client, environment in
            client.unregister(everything: everything, now: now, in: &environment)
        }
        if !isKnown { note(.command, "\(id) does not exist", now: now) }
    }

    mutating func fetchBindings(of id: RegistrationID, now: Instant) {
        let isKnown = withRegistration(id, now: now) { client, environment in
            client.fetch(now: now, in: &environment)
        }
        if !isKnown { note(.command, "\(id) does not exist", now: now) }
    }

    mutating func wakeRegistration(_ id: RegistrationID, now: Instant) {
        withRegistration(id, isWake: true, now: now) { client, environment in
            client.wake(now: now, in: &environment)
        }
    }

    mutating func registrationFlowClosed(_ flow: Flow, reason: String, now: Instant) {
        for id in registrations.keys.sorted(by: { $0.number < $1.number }) {
            withRegistration(id, now: now) { client, environment in
                client.flowClosed(flow, reason: reason, now: now, in: &environment)
            }
        }
        registrar?.flowClosed(flow)
        setRegistrarTimer()
    }

    /// A line end came: the answer to a ping of ours, or a peer that keeps its NAT open.
    mutating func receiveKeepAlive(over flow: Flow, now: Instant) {
        guard flow.protocol.isReliable else { return }
        for id in registrations.keys where registrations[id]?.keepAlive?.flow == flow {
            withRegistration(id, now: now) { client, _ in client.receivePong(over: flow) }
        }
    }

    /// A STUN message came: the answer to one of ours, or a device that asks our registrar (RFC 5626 §8).
    mutating func receive(_ binding: STUNBinding, over flow: Flow, now: Instant) {
        if case .request(let id) = binding {
            guard registrar != nil else { return }
            put(.transmit(STUNBinding.success(id: id, mapped: flow.remote).octets, flow))
            return
        }
        for id in registrations.keys where registrations[id]?.keepAlive?.flow == flow {
            withRegistration(id, now: now) { client, environment in
                client.receive(binding, over: flow, now: now, in: &environment)
            }
        }
    }

    /// Lets something happen to an account, then does what it asks for. `false` when there is no such account.
    @discardableResult
    mutating func withRegistration(
        _ id: RegistrationID, isWake: Bool = false, now: Instant,
        _ event: (inout RegistrationClient, inout Environment) -> Void
    ) -> Bool {
        guard var client = registrations[id] else { return false }
        event(&client, &environment)
        let actions = client.takeActions()
        if client.isFinished {
            registrations[id] = nil
            timers.set(.registration(id), at: nil)
        } else {
            registrations[id] = client
            // A deadline that a wake did not move must not stop the clock.
            timers.set(
                .registration(id), at: client.deadline.map { isWake ? max($0, now + .milliseconds(1)) : $0 })
        }
        for action in actions { perform(action, of: id, now: now) }
        return true
    }

    private mutating func perform(_ action: RegistrationAction, of id: RegistrationID, now: Instant) {
        switch action {
        case .send(let transaction, let draft, let hop):
            send(.client(transaction, draft, .registration(id)), hop: hop, now: now)
        case .transmit(let octets, let flow):
            put(.transmit(octets, flow))
        case .close(let flow):
            put(.closeFlow(flow))
            flowClosed(flow, reason: "no answer to a keep-alive came", now: now)
        case .tell(let event):
            put(.event(event))
        }
    }

    /// The call with what its account adds.
    func completed(_ invite: OutgoingInvite) -> OutgoingInvite {
        guard let account = invite.account, let client = registrations[account] else { return invite }
        var invite = invite
        invite.credentials = invite.credentials ?? client.registration.credentials
        guard invite.route.isEmpty, invite.flowTarget == nil else { return invite }
        invite.route = client.grant?.serviceRoute ?? []
        if invite.route.isEmpty { invite.route = client.registration.route }
        // A Service-Route names its first proxy; without one the calls go where the registration went.
        if invite.route.isEmpty, !client.registration.servers.isEmpty { invite.flowTarget = client.grant?.server }
        return invite
    }

    // MARK: Our registrar

    /// Where the user of an address of record can be reached now, best first (RFC 3261 §16.5). Empty without a registrar.
    public func bindings(of address: SIPURI, now: Instant) -> [LocationBinding] {
        registrar?.location.bindings(of: address, now: now) ?? []
    }

    mutating func receiveRegister(_ request: Request, _ id: ServerTransactionID, over flow: Flow, now: Instant) {
        guard var registrar else { return }
        let answer = registrar.receive(request, over: flow, now: now)
        self.registrar = registrar
        setRegistrarTimer()
        if let refusal = answer.refusal {
            refuse(id, answer.status, refusal, headers: answer.headers, now: now)
        } else {
            respond(id, ResponseDraft(status: answer.status, headers: answer.headers), now: now)
        }
    }

    mutating func expireBindings(now: Instant) {
        registrar?.location.removeExpired(now: now)
        setRegistrarTimer()
    }

    private mutating func setRegistrarTimer() {
        timers.set(.registrar, at: registrar?.location.nextExpiry)
    }
}
