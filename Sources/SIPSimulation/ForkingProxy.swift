import SIPCore
public import TelephonyPrimitives
public import TelephonyTesting

/// The proxy of a domain in virtual time: stateful, record-routing and forking (RFC 3261 §16), and the domain's registrar.
///
/// Its transactions are the library's, everything above them is its own, so that user agents meet what a carrier's proxy
/// does to their messages: telephones that register here by one name ring all at once, and who answers too late gets a
/// CANCEL or has answered in vain.
public final class ForkingProxy: Node {
    /// The side that it is in traces; name it among `TraceAuditor.proxies`.
    public let name: String
    /// Where requests are to be sent to, over UDP or TCP.
    public let address: TransportAddress
    /// The domain whose addresses of record it serves.
    public let domain: String
    /// The network that it is attached to.
    public let network: SeededNetwork
    /// How many INVITEs went to more than one place.
    public private(set) var forks = 0
    private var registrar: UserAgentCore
    private var random: SeededGenerator
    private var contexts: [ServerTransactionKey: ProxyContext] = [:]
    private var branches: [ClientTransactionKey: (context: ProxyContext, branch: ProxyBranch)] = [:]
    private var outbox: [Datagram] = []
    public private(set) var deadline: Instant?
    private var branchCount = 0
    private var contextCount = 0

    /// Attaches a proxy to a network, at port 5060.
    ///
    /// - Parameters:
    ///   - name: The side that it is in traces.
    ///   - domain: The domain that it serves, and the realm of its challenges.
    ///   - users: The passwords of those who may register, by user name.
    ///   - address: Its IP address.
    ///   - network: The network that carries its messages.
    ///   - seed: Where its tags, branches and nonces come from.
    public init(
        _ name: String, domain: String, users: [String: String], at address: IPAddress, on network: SeededNetwork,
        seed: UInt64
    ) {
        self.name = name
        self.domain = domain
        self.address = TransportAddress(ip: address, port: 5060)
        self.network = network
        random = SeededGenerator(seed: seed)
        var configuration = UserAgentConfiguration()
        configuration.registrar = Registrar(
            domains: [domain],
            authentication: DigestServer(
                realm: domain, users: users, secret: Array("the proxy's secret".utf8)))
        registrar = UserAgentCore(configuration: configuration, random: SeededGenerator(seed: seed &+ 1))
        network.attach(self, at: address)
    }

    /// Whether every transaction is over.
    public var isIdle: Bool { contexts.isEmpty && branches.isEmpty }

    /// How many Contacts are registered.
    public var bindings: Int { registrar.counters.bindings }

    // MARK: Node

    public func receive(_ datagram: Datagram, now: Instant) {
        switch try? Message(parsing: datagram.octets) {
        case .request(let request):
            receive(request.withTopViaReceived(from: datagram.source), from: datagram, now: now)
        case .response(let response): receive(response, now: now)
        case nil: break
        }
        findDeadline()
    }

    public func wake(now: Instant) {
        if let deadline = registrar.deadline, deadline <= now { feed(.wake, now: now) }
        // In the order in which they came: a seed has to play the same way in every process.
        let due = contexts.values.filter { $0.deadline.map { $0 <= now } ?? false }.sorted { $0.number < $1.number }
        for context in due {
            if let step = context.invite?.timerFired(now: now) { send(step, of: context) }
            if let step = context.other?.timerFired(now: now) { send(step, of: context) }
            for branch in context.branches { wake(branch, of: context, now: now) }
        }
        findDeadline()
    }

    public func nextDatagram(now: Instant) -> Datagram? {
        outbox.isEmpty ? nil : outbox.removeFirst()
    }

    private func findDeadline() {
        for (key, context) in contexts where context.isOver { contexts[key] = nil }
        branches = branches.filter { !$0.value.branch.isOver }
        deadline = (contexts.values.map(\.deadline) + [registrar.deadline]).compactMap(\.self).min()
    }

    private func wake(_ branch: ProxyBranch, of context: ProxyContext, now: Instant) {
        if let step = branch.invite?.timerFired(now: now) { take(step, branch, context, now: now) }
        if let step = branch.other?.timerFired(now: now) { take(step, branch, context, now: now) }
        if let step = branch.cancel?.timerFired(now: now), let octets = step.transmit {
            transmit(octets, to: branch.destination, over: branch.transport)
        }
        if !branch.hasFinal, let giveUpAt = branch.giveUpAt, giveUpAt <= now {
            if branch.cancel == nil {
                cancel(branch, now: now)
            } else {
                // No final answer 64·T1 after the CANCEL: none will come (§9.1).
                branch.invite?.abandon()
                branch.hasFinal = true
                finishIfComplete(context, now: now)
            }
        }
    }

    // MARK: Requests

    private func receive(_ request: Request, from datagram: Datagram, now: Instant) {
        guard let key = try? ServerTransactionKey(request) else { return }
        if let context = contexts[key] {
            if let step = context.invite?.receive(request, now: now) {
                send(step, of: context)
                if let acknowledgement = step.deliver { forwardStatelessly(acknowledgement) }
            }
            if let step = context.other?.receive(request, now: now) { send(step, of: context) }
            return
        }
        if request.method == .register {
            feed(.datagram(datagram.octets, flow(to: datagram.source, over: datagram.protocol)), now: now)
            return
        }
        guard request.method != .ack else { return forwardStatelessly(request) }
        contextCount += 1
        let context = ProxyContext(request, number: contextCount, from: datagram, now: now)
        contexts[key] = context
        if request.method == .cancel { return cancelled(request, context, now: now) }
        if request.method == .invite { respond(100, context, now: now) }
        guard (try? request.maxForwards) ?? 70 > 0 else { return respond(483, context, now: now) }
        let targets = targets(of: request, now: now)
        if targets.isEmpty { return respond(480, context, now: now) }
        if targets.count > 1, request.method == .invite { forks += 1 }
        for target in request.method == .invite ? targets : Array(targets.prefix(1)) {
            forward(context, to: target, now: now)
        }
    }

    /// The route that is left behind this proxy.
    private func remainingRoutes(of request: Request) -> [NameAddress] {
        var routes = (try? request.routes) ?? []
        if let first = routes.first?.uri.sip, isOurs(first) { routes.removeFirst() }
        return routes
    }

    private func isOurs(_ uri: SIPURI) -> Bool {
        uri.host.description == address.ip.description && (uri.port ?? 5060) == address.port
            || uri.host.description == domain
    }

    private func targets(of request: Request, now: Instant) -> [URI] {
        guard let uri = try? request.requestURI else { return [] }
        guard remainingRoutes(of: request).isEmpty, let sip = uri.sip, isOurs(sip) else { return [uri] }
        return registrar.bindings(of: sip, now: now).map(\.uri)
    }

    /// Where a request goes to next: the first Route, else the Request-URI (§16.6 step 7).
    private func nextHop(_ target: URI, routes: [NameAddress]) -> TransportAddress? {
        guard let uri = routes.first?.uri.sip ?? target.sip else { return nil }
        return TransportAddress(host: uri.host.description, port: uri.port ?? 5060)
    }

    /// The transport that the next hop asks for.
    private func transport(to target: URI, routes: [NameAddress]) -> WireProtocol {
        let uri = routes.first?.uri.sip ?? target.sip
        return uri?.transportParameter?.lowercased() == "tcp" ? .tcp : .udp
    }

    private func forward(_ context: ProxyContext, to target: URI, now: Instant) {
        branchCount += 1
        let branch = "z9hG4bKproxy\(branchCount)x\(random.next())"
        let routes = remainingRoutes(of: context.request)
        let transport = transport(to: target, routes: routes)
        let octets = ProxyMessages.forwarded(
            context.request, to: target,
            via: "SIP/2.0/\(transport.rawValue.uppercased()) \(address);branch=\(branch)",
            recordRoute: recordRoute(for: context.request), routes: routes.map(\.description))
        guard let destination = nextHop(target, routes: routes),
            case .request(let request)? = try? Message(parsing: octets)
        else { return respond(400, context, now: now) }
        let place = ProxyBranch(request, to: destination, over: transport, now: now)
        context.branches.append(place)
        branches[ClientTransactionKey(branch: Branch(branch), method: request.method)] = (context, place)
        transmit(octets, to: destination, over: transport)
    }

    private func recordRoute(for request: Request) -> String? {
        [.invite, .subscribe, .notify, .refer].contains(request.method) ? "<sip:\(address);lr>" : nil
    }

    /// An ACK to a 2xx goes on without a transaction (§16.11); its copies get the same branch.
    private func forwardStatelessly(_ request: Request) {
        guard let uri = try? request.requestURI, let branch = try? request.topVia.branch else { return }
        let routes = remainingRoutes(of: request)
        guard let destination = nextHop(uri, routes: routes), destination != address else { return }
        let transport = transport(to: uri, routes: routes)
        let octets = ProxyMessages.forwarded(
            request, to: uri,
            via:
                "SIP/2.0/\(transport.rawValue.uppercased()) \(address);branch=z9hG4bKpassed\(branch.text.dropFirst(7))",
            recordRoute: nil, routes: routes.map(\.description))
        transmit(octets, to: destination, over: transport)
    }

    private func cancelled(_ request: Request, _ context: ProxyContext, now: Instant) {
        guard let key = try? ServerTransactionKey(request, method: .invite), let invited = contexts[key] else {
            return respond(481, context, now: now)
        }
        respond(200, context, now: now)
        for branch in invited.branches { cancel(branch, now: now) }
    }

    private func cancel(_ branch: ProxyBranch, now: Instant) {
        guard let invite = branch.invite, invite.awaitsFinal, branch.cancel == nil else { return }
        guard invite.isProceeding else {
            branch.isToBeCancelled = true
            return
        }
        let octets = ProxyMessages.cancel(of: branch.request)
        guard case .request(let request)? = try? Message(parsing: octets), let via = try? request.topVia.branch else {
            return
        }
        branch.cancel = NonInviteClientTransaction(
            request: request, isReliable: branch.transport.isReliable, timers: TransactionTimers(), now: now)
        branch.isToBeCancelled = false
        branch.giveUpAt = now + .seconds(32)
        if let entry = branches.first(where: { $0.value.branch === branch }) {
            branches[ClientTransactionKey(branch: via, method: .cancel)] = entry.value
        }
        transmit(octets, to: branch.destination, over: branch.transport)
    }

    // MARK: Responses

    private func receive(_ response: Response, now: Instant) {
        guard let via = try? response.topVia.branch, let method = try? response.cseq.method else { return }
        guard let (context, branch) = branches[ClientTransactionKey(branch: via, method: method)] else {
            // A 2xx of a fork that is long forgotten (§16.7 step 10 and §16.11).
            if response.isSuccess, method == .invite { passOn(response, to: nil) }
            return
        }
        if method == .cancel {
            if let step = branch.cancel?.receive(response, now: now), let octets = step.transmit {
                transmit(octets, to: branch.destination, over: branch.transport)
            }
        } else if let step = branch.invite?.receive(response, now: now) ?? branch.other?.receive(response, now: now) {
            take(step, branch, context, now: now)
        }
    }

    private func take(_ step: ClientStep, _ branch: ProxyBranch, _ context: ProxyContext, now: Instant) {
        if let octets = step.transmit { transmit(octets, to: branch.destination, over: branch.transport) }
        if let response = step.deliver { take(response, branch, context, now: now) }
        if step.failure != nil, !branch.hasFinal {
            branch.hasFinal = true
            finishIfComplete(context, now: now)
        }
    }

    private func take(_ response: Response, _ branch: ProxyBranch, _ context: ProxyContext, now: Instant) {
        guard response.status > 100 else { return cancelIfWanted(branch, now: now) }
        guard response.status >= 200 else {
            if branch.cancel == nil { branch.giveUpAt = now + .seconds(181) }
            send(parsed(ProxyMessages.passedOn(response)), context, now: now)
            return cancelIfWanted(branch, now: now)
        }
        branch.hasFinal = true
        if response.isSuccess, context.invite != nil {
            let isFirst = !context.hasFinal
            context.hasFinal = true
            if isFirst {
                send(parsed(ProxyMessages.passedOn(response)), context, now: now)
            } else {
                passOn(response, to: context)
            }
            for other in context.branches where other !== branch { cancel(other, now: now) }
            return
        }
        if response.status >= 600 { for other in context.branches where other !== branch { cancel(other, now: now) } }
        if isBetter(response, than: context.best) { context.best = response }
        finishIfComplete(context, now: now)
    }

    private func cancelIfWanted(_ branch: ProxyBranch, now: Instant) {
        if branch.isToBeCancelled { cancel(branch, now: now) }
    }

    /// 6xx before the lowest class (§16.7 step 6).
    private func isBetter(_ response: Response, than other: Response?) -> Bool {
        guard let other else { return true }
        if (response.status >= 600) != (other.status >= 600) { return response.status >= 600 }
        return response.status / 100 < other.status / 100
    }

    private func finishIfComplete(_ context: ProxyContext, now: Instant) {
        guard !context.hasFinal, context.branches.allSatisfy(\.hasFinal) else { return }
        context.hasFinal = true
        if let best = context.best {
            send(parsed(ProxyMessages.passedOn(best)), context, now: now)
        } else if context.invite != nil {
            respond(408, context, now: now)
        } else {
            // Nobody answered: a proxy is silent then (RFC 4320 §4.2), and forgets.
            context.other = nil
        }
    }

    private func respond(_ status: Int, _ context: ProxyContext, now: Instant) {
        let tag = status == 100 ? nil : Tag("proxy\(branchCount)x\(random.next())")
        if status >= 200 { context.hasFinal = true }
        send(MessageBuilder(response: status, to: context.request, toTag: tag).buildResponse(), context, now: now)
    }

    private func send(_ response: Response?, _ context: ProxyContext, now: Instant) {
        guard let response else { return }
        if let step = context.invite?.send(response, now: now) { send(step, of: context) }
        if let step = context.other?.send(response, now: now) { send(step, of: context) }
    }

    private func send(_ step: ServerStep, of context: ProxyContext) {
        if let octets = step.transmit { transmit(octets, to: context.source, over: context.transport) }
    }

    private func parsed(_ octets: [UInt8]) -> Response? {
        if case .response(let response)? = try? Message(parsing: octets) { response } else { nil }
    }

    /// Sends a 2xx back outside of the server transaction.
    private func passOn(_ response: Response, to context: ProxyContext?) {
        let octets = ProxyMessages.passedOn(response)
        guard let via = try? parsed(octets)?.topVia, let ip = via.received ?? via.sentByAddress else { return }
        transmit(
            octets, to: context?.source ?? TransportAddress(ip: ip, port: via.sentByPort ?? 5060),
            over: context?.transport ?? (via.transport == "TCP" ? .tcp : .udp))
    }

    // MARK: Wire

    private func flow(to remote: TransportAddress, over transport: WireProtocol) -> Flow {
        Flow(protocol: transport == .tcp ? .tcp : .udp, local: address, remote: remote, id: 1)
    }

    private func transmit(_ octets: [UInt8], to destination: TransportAddress, over transport: WireProtocol) {
        outbox.append(Datagram(octets, from: address, to: destination, over: transport))
    }

    private func feed(_ input: UserAgentCore.Input, now: Instant) {
        registrar.receive(input, now: now)
        while let output = registrar.nextOutput() {
            if case .transmit(let octets, let flow) = output {
                transmit(octets, to: flow.remote, over: flow.protocol == .tcp ? .tcp : .udp)
            }
        }
    }
}
