import SIPCore
import TelephonyPrimitives

extension SandboxCarrier {
    /// An answer outside of any transaction.
    mutating func answer(_ status: Int, _ reason: String, to request: Request) -> Response? {
        CarrierMessage(status, reason, to: request, tag: makeToken()).response
    }

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - tag: of To; without one a new one.
    mutating func respond(
        _ key: ServerTransactionKey, _ status: Int, _ reason: String, _ headers: [(String, String)] = [],
        tag: String? = nil, body: [UInt8]? = nil, server: String = "Telnyx SIP Proxy", now: Instant
    ) {
        guard var place = servers[key] else { return }
        var message = CarrierMessage(
            status, reason, to: place.request, tag: status == 100 ? nil : tag ?? makeToken())
        for (name, value) in headers { message.add(name, value) }
        message.add("Server", server)
        if let body { message.setBody(body, type: "application/sdp") }
        guard let response = message.response else { return }
        let step = place.machine.send(response, now: now)
        servers[key] = place
        if let octets = step.transmit { actions.append(.send(octets, place.wire)) }
    }

    mutating func refuse(
        _ key: ServerTransactionKey, _ refusal: Refusal, _ headers: [(String, String)] = [], tag: String? = nil,
        now: Instant
    ) {
        let cause = refusal.cause.map { [("Reason", $0)] } ?? []
        respond(key, refusal.status, refusal.reason, cause + headers, tag: tag, now: now)
    }

    // MARK: Requests of ours

    /// Sends a request and remembers what it is for.
    @discardableResult
    mutating func send(_ message: CarrierMessage, to wire: SandboxWire, for purpose: Purpose, now: Instant)
        -> ClientTransactionKey?
    {
        guard let request = message.request, let branch = try? request.topVia.branch else { return nil }
        let key = ClientTransactionKey(branch: branch, method: request.method)
        let isReliable = wire.transport.isReliable
        let machine: ClientMachine =
            request.method == .invite
            ? .invite(InviteClientTransaction(request: request, isReliable: isReliable, timers: .standard, now: now))
            : .nonInvite(
                NonInviteClientTransaction(request: request, isReliable: isReliable, timers: .standard, now: now))
        clients[key] = ClientPlace(machine: machine, wire: wire, purpose: purpose)
        actions.append(.send(request.octets, wire))
        return key
    }

    /// A request in the dialog of a leg, with its next number.
    mutating func request(_ method: Method, in leg: inout CarrierLeg) -> CarrierMessage {
        if method != .ack { leg.localSequence += 1 }
        let sequence = method == .ack ? leg.inviteSequence : leg.localSequence
        if method == .invite { leg.inviteSequence = leg.localSequence }
        var message = CarrierMessage(method, leg.remoteTarget, compact: settings.usesCompactHeaders)
        message.add("Via", via(leg.wire))
        for route in leg.beyond { message.add("Route", "<\(route)>") }
        message.add("Max-Forwards", "70")
        message.add("From", leg.localSide)
        message.add("To", leg.remoteSide)
        message.add("Call-ID", leg.callID)
        message.add("CSeq", "\(sequence) \(method.name)")
        if method != .bye { message.add("Contact", "<\(leg.localContact)>") }
        return message
    }

    mutating func via(_ wire: SandboxWire) -> String {
        "SIP/2.0/\(wire.transport.viaName) \(edge(of: wire));branch=z9hG4bK\(makeToken());rport"
    }

    /// The place at which a wire ends here.
    func edge(of wire: SandboxWire) -> TransportAddress {
        let edges = settings.edges
        var place =
            edges.indices.contains(wire.edge) ? edges[wire.edge] : TransportAddress(ip: mediaAddress, port: 5060)
        if wire.transport == .tls, let tls = settings.tls { place.port = tls.port }
        return place
    }

    /// The edge and what lies behind it, as Record-Route names them: with its own parameters (reference A5).
    func recordRoutes(_ wire: SandboxWire, tag: String) -> (edge: String, inner: String) {
        (
            "sip:\(edge(of: wire));transport=\(wire.transport.uriParameter);r2=on;lr;ftag=\(tag)",
            "sip:10.255.0.2;r2=on;lr;ftag=\(tag)"
        )
    }

    /// Our Contact: a switch behind the edge, which nobody can reach (reference A5).
    func contact(for user: String) -> String {
        let digits = user.drop { $0 == "+" }
        return settings.encodesContact
            ? "sip:telnyx*\(digits)**10.13.37.5*5070*udp@telnyx.com" : "sip:\(user)@10.13.37.5:5070;transport=tcp"
    }
}
