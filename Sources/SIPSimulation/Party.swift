import SDP
import SIPCore
import TelephonyPrimitives
import TelephonyTesting

/// A user agent of the simulated domain: registers at the proxy, calls and is called, with real offers and answers and
/// no sound.
final class Party: Node {
    /// The user of its address of record; several parties may share it.
    let user: String
    let name: String
    let network: SeededNetwork
    private let local: TransportAddress
    private let proxy: TransportAddress
    private let domain: String
    /// How it reaches the proxy.
    private let transport: TransportProtocol
    private(set) var core: UserAgentCore
    private(set) var calls: [SessionID: PartyCall] = [:]
    /// Calls in the order in which they began.
    private(set) var history: [PartyCall] = []
    private(set) var notices: [Notice] = []
    /// Final statuses of requests outside of calls, and what came of subscriptions and accounts.
    private(set) var story: [String] = []
    /// What the person does about an event; called after the party has done its own part.
    var react: (Party, UserAgentCore.Event) -> Void = { _, _ in }
    /// How many calls took the place of others.
    private(set) var replaced = 0
    private var outbox: [Datagram] = []
    private var random: SeededGenerator
    private var registration: RegistrationID?

    init(
        _ name: String, user: String, at address: IPAddress, proxy: ForkingProxy, seed: UInt64,
        transport: TransportProtocol = .udp, configuration: UserAgentConfiguration = .init()
    ) {
        self.transport = transport
        self.name = name
        self.user = user
        network = proxy.network
        domain = proxy.domain
        self.proxy = proxy.address
        local = TransportAddress(ip: address, port: 5060)
        random = SeededGenerator(seed: seed &* 2 &+ 1)
        core = UserAgentCore(configuration: configuration, random: SeededGenerator(seed: seed &* 2))
        network.attach(self, at: address)
    }

    var host: String { local.ip.description }

    /// What everybody's password is, with the registrar and with each other.
    static let passwords = ["alice": "alice's", "bob": "bob's", "carol": "carol's"]

    private var credentials: Credentials { Credentials(username: user, password: Self.passwords[user] ?? "") }

    // MARK: What a person does

    private var own: NameAddress { NameAddress(uri: .sip(address(of: user))) }

    private func address(of user: String) -> SIPURI { SIPURI(user: user, host: .name(domain)) }

    private var route: [SIPURI] {
        var uri = SIPURI(host: .address(proxy.ip), port: proxy.port)
        uri.parameters.set("lr", to: nil)
        if transport != .udp { uri.parameters.set("transport", to: transport.uriParameter) }
        return [uri]
    }

    func registers(for expires: Duration = .seconds(600)) {
        let id = core.makeRegistrationID()
        registration = id
        let target = FlowTarget(host: proxy.ip.description, port: proxy.port, transport: transport, secure: false)
        command(
            .register(
                id,
                Registration(
                    addressOfRecord: address(of: user), registrar: SIPURI(host: .name(domain)),
                    credentials: credentials,
                    expires: expires, servers: [target], keepAlive: nil)))
    }

    func unregisters() {
        if let registration { command(.unregister(registration)) }
        registration = nil
    }

    @discardableResult func invites(_ other: String, withOffer: Bool = true) -> PartyCall {
        let call = makeCall(core.makeSessionID(), isOutgoing: true)
        var invite = OutgoingInvite(
            target: address(of: other), from: own, body: withOffer ? call.makeOffer() : nil, credentials: credentials,
            route: route)
        invite.maximumRedirections = 2
        command(.invite(call.session, invite))
        return call
    }

    /// Places the call that a REFER asks for.
    func calls(on referral: Referral, _ id: SubscriptionID) -> PartyCall? {
        guard let target = referral.target.sip else {
            command(.refuseSubscription(id, status: 416))
            return nil
        }
        let call = makeCall(core.makeSessionID(), isOutgoing: true)
        var invite = OutgoingInvite(
            target: target, from: own, body: call.makeOffer(), headers: referral.headers, credentials: credentials,
            route: route)
        invite.onBehalfOf = id
        command(.invite(call.session, invite))
        return call
    }

    func asks(_ method: Method, of other: String, body: Body? = nil) {
        command(
            .request(
                core.makeRequestID(),
                OutgoingRequest(method: method, target: address(of: other), from: own, body: body, route: route)))
    }

    @discardableResult func subscribes(to other: String, for expires: Duration) -> SubscriptionID {
        let id = core.makeSubscriptionID()
        var subscription = OutgoingSubscription(target: address(of: other), from: own, event: "message-summary")
        subscription.expires = expires
        subscription.route = route
        subscription.credentials = credentials
        command(.subscribe(id, subscription))
        return id
    }

    func answers(_ call: PartyCall) {
        guard !call.isOver, !call.isOutgoing, !call.isAnswered else { return }
        call.isAnswered = true
        command(.answer(call.session, body: call.answerToInvite()))
    }

    func rings(_ call: PartyCall, _ status: Int = 180, withSound: Bool = false) {
        guard !call.isOver else { return }
        command(.ring(call.session, status: status, body: withSound ? call.answerToInvite() : nil))
    }

    func changes(_ call: PartyCall, to direction: StreamDirection, byUpdate: Bool = false) {
        guard !call.isOver else { return }
        // An answer that is on its way is to the offer that was sent.
        guard call.wish?.isOpen != true else {
            call.nextChange = (direction, byUpdate)
            return
        }
        call.withdrawWish()
        let offer = call.makeOffer(direction)
        call.wish = PartyCall.Wish(direction: direction, offer: offer.octets)
        command(byUpdate ? .update(call.session, body: offer) : .reinvite(call.session, body: offer))
    }

    /// Sends the caller on to somebody else.
    func redirects(_ call: PartyCall, to other: String) {
        guard !call.isOver else { return }
        command(.reject(call.session, status: 302, headers: [(.contact, "<\(address(of: other))>")]))
    }

    func hangsUp(_ call: PartyCall) {
        if !call.isOver { command(.end(call.session)) }
    }

    func command(_ command: UserAgentCore.Command) {
        core.receive(.command(command), now: network.now)
        drain()
    }

    // MARK: Node

    var deadline: Instant? { core.deadline }

    func receive(_ datagram: Datagram, now: Instant) {
        let transport: TransportProtocol = datagram.protocol == .tcp ? .tcp : .udp
        core.receive(.datagram(datagram.octets, flow(to: datagram.source, over: transport)), now: now)
        drain()
    }

    func wake(now: Instant) {
        core.receive(.wake, now: now)
        drain()
    }

    func nextDatagram(now: Instant) -> Datagram? {
        outbox.isEmpty ? nil : outbox.removeFirst()
    }

    private func flow(to remote: TransportAddress, over transport: TransportProtocol) -> Flow {
        Flow(protocol: transport, local: local, remote: remote, id: 1)
    }

    private func drain() {
        while let output = core.nextOutput() {
            switch output {
            case .openFlow(let request, let target):
                if target.tried.isEmpty, let remote = TransportAddress(host: target.host, port: target.port ?? 5060) {
                    core.receive(
                        .flowOpened(request, flow(to: remote, over: target.transport ?? .udp)), now: network.now)
                } else {
                    core.receive(.flowFailed(request, reason: "There is no other server"), now: network.now)
                }
            case .transmit(let octets, let flow):
                outbox.append(
                    Datagram(
                        octets, from: flow.local, to: flow.remote, over: flow.protocol == .tcp ? .tcp : .udp))
                for call in calls.values { call.noteSent(octets) }
            case .closeFlow:
                break
            case .event(let event):
                handle(event)
                react(self, event)
            }
        }
    }

    // MARK: Events

    private func makeCall(_ id: SessionID, isOutgoing: Bool) -> PartyCall {
        let port = 40_000 + UInt16(truncatingIfNeeded: history.count % 10_000) * 2
        let call = PartyCall(
            id, isOutgoing: isOutgoing, media: TransportAddress(ip: local.ip, port: port), number: random.next() >> 32)
        calls[id] = call
        history.append(call)
        return call
    }

    private func handle(_ event: UserAgentCore.Event) {
        switch event {
        case .incoming(let id, let request, _):
            let call = makeCall(id, isOutgoing: false)
            call.callID = try? request.callID.text
            call.offer = request.body.isEmpty ? nil : request.body
            call.caller = try? request.from.uri.sip?.user
        case .provisional(let id, let response):
            calls[id]?.takeEarly(response)
        case .acknowledgementOwed(let id, let response):
            // The INVITE had no offer: it came in a reliable response, and the PRACK has the answer.
            command(.acknowledgeProvisional(id, response, body: calls[id]?.answer(to: response.body)))
        case .provisionalAcknowledged(let id, let body):
            if let body { calls[id]?.take(answer: body) }
        case .answered(let id, let response, let offerPending):
            answered(id, response, offerPending: offerPending)
        case .acknowledged(let id, let body):
            guard let call = calls[id] else { return }
            call.isAcknowledged = true
            if let body, call.awaitsAnswer { call.take(answer: body) }
        case .reinvite(let id, let request):
            reinvited(id, request)
        case .reinviteAnswered(let id, let response):
            calls[id]?.wish = nil
            calls[id]?.take(answer: response.body)
            changesNext(id)
        case .reinviteFailed(let id, _):
            calls[id]?.withdrawWish()
            changesNext(id)
        case .reinvitePostponed(let id, _):
            calls[id]?.wish?.isOpen = false
        case .response(_, let response):
            if response.status >= 200 { story.append("\(response.status) \((try? response.cseq.method.name) ?? "")") }
        case .requestFailed: story.append("request failed")
        case .registration(_, let state): story.append("registration \(state)")
        case .subscriptionEnded: story.append("subscription ended")
        case .notified: story.append("notified")
        case .request(let id, _, let request, _):
            command(.respond(id, status: request.method == .message ? 200 : 501))
        case .replacing: replaced += 1
        case .ended(let id, let end):
            calls[id]?.end(end, now: network.now)
        case .notice(let notice):
            notices.append(notice)
        default:
            break
        }
    }

    private func answered(_ id: SessionID, _ response: Response, offerPending: Bool) {
        guard let call = calls[id] else { return }
        call.isAnswered = true
        call.callID = try? response.callID.text
        if case .addresses(let addresses)? = try? response.contacts {
            call.peer = addresses.first?.uri.sip?.host.description
        }
        if offerPending {
            if let answer = call.answer(to: response.body) { command(.acknowledge(id, body: answer)) }
        } else {
            call.takeFinal(response)
        }
    }

    private func changesNext(_ id: SessionID) {
        guard let call = calls[id], let next = call.nextChange else { return }
        call.nextChange = nil
        changes(call, to: next.direction, byUpdate: next.byUpdate)
    }

    private func reinvited(_ id: SessionID, _ request: Request) {
        guard let call = calls[id] else { return }
        guard !request.body.isEmpty else {
            call.awaitsAnswer = true
            return command(.answerReinvite(id, body: call.makeOffer()))
        }
        // An offer of ours that had to wait makes room, and is made anew on top of the peer's.
        let wish = call.wish
        call.withdrawWish()
        if let answer = call.answer(to: request.body) {
            command(.answerReinvite(id, body: answer))
        } else {
            command(.rejectReinvite(id, status: 488))
        }
        if let wish { changes(call, to: wish.direction) }
    }
}
