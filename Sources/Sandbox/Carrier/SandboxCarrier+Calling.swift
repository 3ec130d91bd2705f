import SIPCore
import TelephonyPrimitives

// A call begins: who calls, as whom, where to; then its places are called, one after the other.

extension SandboxCarrier {
    /// INVITE outside of a dialog.
    mutating func invites(_ request: Request, _ key: ServerTransactionKey, from wire: SandboxWire, now: Instant) {
        respond(key, 100, "Telnyx Trying", now: now)
        guard countBeginning(of: wire.remote.ip, now: now) else { return refuse(key, .tooManyPerSecond, now: now) }
        guard let account = account(of: request, key, from: wire, now: now) else { return }
        if let wanted = unsupported(by: request) {
            return respond(key, 420, "Bad Extension", [("Unsupported", wanted)], now: now)
        }
        if let minimum = tooShortTimer(request) {
            return respond(key, 422, "Session Interval Too Small", [("Min-SE", "\(minimum)")], now: now)
        }
        do throws(Refusal) {
            let plan = try plan(request, of: account, from: wire, now: now)
            begin(plan, request, key, from: wire, now: now)
        } catch {
            refuse(key, error, now: now)
        }
    }

    /// What a call is to be.
    private struct Plan {
        var party: CarrierLeg.Party
        var callerNumber: String
        var calledNumber: String
        var routes: [CarrierRoute]
        var sound: PeerSound
        var keys: LegKeys?
    }

    private mutating func plan(
        _ request: Request, of account: CallerAccount, from wire: SandboxWire, now: Instant
    ) throws(Refusal) -> Plan {
        guard let uri = (try? request.requestURI)?.sip, let user = uri.unescapedUser else { throw .badRequestURI }
        guard calls.count < settings.maximumCalls else { throw .accountFull }
        let sound = try PeerSound(request.body)
        switch account {
        case .phone(let phone):
            // Somebody outside: what it dials is a number, and what it shows is its own.
            guard case .number(let number) = try DialledNumber(user, isLocalised: true) else {
                throw .invalidDestination
            }
            return Plan(
                party: .phone(phone.username), callerNumber: phone.number, calledNumber: number,
                routes: try routes(to: number, now: now), sound: sound, keys: try agreeOnKeys(sound, isTrunk: false))
        case .trunk:
            let trunk = settings.trunk
            guard trunk.hasOutboundProfile else { throw .noOutboundProfile }
            let policy = CallerIDPolicy(
                own: [trunk.number], verified: Set(settings.verifiedNumbers), foreign: Set(settings.foreignNumbers),
                isLocalised: trunk.isLocalised)
            let caller = try policy.number(of: request)
            let (number, routes) = try destination(dialled(user), now: now)
            return Plan(
                party: .trunk, callerNumber: caller, calledNumber: number, routes: routes, sound: sound,
                keys: try agreeOnKeys(sound, isTrunk: true))
        }
    }

    private func destination(
        _ user: String, now: Instant
    ) throws(Refusal) -> (number: String, routes: [CarrierRoute]) {
        switch try DialledNumber(user, isLocalised: settings.trunk.isLocalised) {
        case .number(let number): return (number, try routes(to: number, now: now))
        case .user(let name):
            guard settings.trunk.allowsSIPURICalling else { throw .noSIPURICalling }
            guard let phone = settings.phones.first(where: { $0.username == name }) else { throw .noRoute }
            return (phone.number, try routes(to: phone.number, now: now))
        }
    }

    /// The number without the prefix that tells connections apart.
    private func dialled(_ user: String) -> String {
        guard case .source(_, .techPrefix(let prefix)?) = settings.trunk.outbound, user.hasPrefix(prefix) else {
            return user
        }
        return String(user.dropFirst(prefix.count))
    }

    /// Where a number leads.
    func routes(to number: String, now: Instant) throws(Refusal) -> [CarrierRoute] {
        if let application = control?.account.application(ofNumber: number) { return [.control(application)] }
        if control?.account.isUnassigned(number) == true { throw .noDestination }
        if number == settings.trunk.number { return try trunkRoutes(now: now) }
        if let phone = settings.phones.first(where: { $0.number == number }) {
            guard let binding = binding(of: phone.username, now: now) else { throw .notRegistered }
            return [.wire(binding.wire, .phone(phone.username), contact: binding.contact)]
        }
        guard let callee = settings.callees.first(where: { $0.number == number }) else { throw .noRoute }
        return [.script(callee)]
    }

    private func trunkRoutes(now: Instant) throws(Refusal) -> [CarrierRoute] {
        if settings.fault == .numberUnassigned { throw .noDestination }
        switch settings.trunk.inbound {
        case .registered:
            guard let binding = binding(of: settings.trunk.username, now: now) else { throw .notRegistered }
            return [.wire(binding.wire, .trunk, contact: binding.contact)]
        case .addresses(let addresses):
            // Primary, secondary, tertiary (reference A2).
            return addresses.prefix(3).map { address in
                .wire(SandboxWire(.udp, remote: address), .trunk, contact: "sip:\(settings.trunk.username)@\(address)")
            }
        }
    }

    // MARK: Before it

    /// Whether there may be one more call from an address now.
    private mutating func countBeginning(of ip: IPAddress, now: Instant) -> Bool {
        for (other, times) in beginnings where times.allSatisfy({ now - $0 >= .seconds(1) }) {
            beginnings[other] = nil
        }
        let recent = (beginnings[ip] ?? []).filter { now - $0 < .seconds(1) }
        guard recent.count < settings.callsPerSecond else { return false }
        beginnings[ip] = recent + [now]
        return true
    }

    /// What is required and not offered: reliable provisional answers are off (reference A5).
    private func unsupported(by request: Request) -> String? {
        let unknown = request.require.filter { $0.lowercased() != "timer" }
        return unknown.isEmpty ? nil : unknown.joined(separator: ", ")
    }

    /// The Min-SE when a session timer is shorter than that (RFC 4028 §9).
    private func tooShortTimer(_ request: Request) -> Int? {
        guard let wanted = LegTimerRequest(request), wanted.seconds < LegTimerRequest.minimum,
            request.lists("timer", in: .supported)
        else { return nil }
        return LegTimerRequest.minimum
    }

    // MARK: It begins

    private mutating func begin(
        _ plan: Plan, _ request: Request, _ key: ServerTransactionKey, from wire: SandboxWire, now: Instant
    ) {
        let tag = makeToken()
        let routes = recordRoutes(wire, tag: request.fromTag ?? "")
        var leg = CarrierLeg(
            id: makeUUID(), party: plan.party, wire: wire, callID: request.first(.callID) ?? "", localTag: tag,
            remoteTag: request.fromTag, localAddress: request.first(.to) ?? "",
            remoteAddress: withoutTag(request.first(.from)), localContact: contact(for: plan.calledNumber),
            routes: [routes.edge, routes.inner], remoteTarget: contactURI(of: request) ?? "",
            sound: CarrierSound(session: UInt64(random.next() >> 20)))
        leg.remoteSequence = request.cseqNumber
        leg.inviteKey = key
        leg.beyond = ((try? request.recordRoutes) ?? []).map(\.uri.description)
        leg.allowsUpdate = request.allow.contains(.update)
        leg.sound.received = request.body
        leg.keys = plan.keys
        let id = makeNumber()
        calls[id] = CarrierCall(
            id: id, session: makeUUID(), invite: request, caller: leg, routes: plan.routes,
            callerNumber: plan.callerNumber, calledNumber: plan.calledNumber,
            isAnonymous: request.list(of: .privacy).contains { $0.lowercased().hasPrefix("id") },
            headers: request.headers.filter { isCustom($0.name.text) }.map { ($0.name.text, $0.value) })
        servers[key]?.call = id
        actions.append(.relay(call: id, .open))
        if let keys = plan.keys?.sound { actions.append(.relay(call: id, .protect(.caller, keys))) }
        aim(id, .caller, plan.sound)
    }

    /// Custom headers go through; those of the carrier's own do not (reference A5).
    private func isCustom(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasPrefix("x-") && !name.hasPrefix("x-telnyx-")
    }

    func contactURI(of message: some SIPMessage) -> String? {
        guard case .addresses(let addresses)? = try? message.contacts else { return nil }
        return addresses.first?.uri.description
    }

    private func withoutTag(_ value: String?) -> String {
        guard let value, var address = try? NameAddress(parsing: value) else { return value ?? "" }
        address.tag = nil
        return address.description
    }

    mutating func aim(_ call: UInt64, _ side: SoundSide, _ sound: PeerSound) {
        if let target = sound.target { actions.append(.relay(call: call, .aim(side, target))) }
    }

    // MARK: Places are called

    /// Calls the next place.
    mutating func callNext(_ id: UInt64, now: Instant) {
        guard var call = calls[id], !call.isAnswered, call.ports != nil else { return }
        guard !call.routes.isEmpty else { return refuseCaller(id, Refusal(408, "Request Timeout"), now: now) }
        let route = call.routes.removeFirst()
        calls[id] = call
        switch route {
        case .script(let callee): callScript(id, callee, now: now)
        case .control(let application): callApplication(id, application, now: now)
        case .wire(let wire, let party, let contact): callParty(id, party, at: contact, over: wire, now: now)
        }
    }

    private mutating func callParty(
        _ id: UInt64, _ party: CarrierLeg.Party, at contact: String, over wire: SandboxWire, now: Instant
    ) {
        guard var call = calls[id], let port = call.ports?.callee else { return }
        let made = makeInvite(
            for: call, party, at: contact, over: wire, offering: call.caller.sound.received, port: port)
        guard let (leg, message) = made else { return refuseCaller(id, .notAcceptable, now: now) }
        call.calleeInvite = send(message, to: wire, for: .invite(call: id, leg), now: now)
        call.callee = leg
        call.calledAt = now
        call.giveUpAt = now + settings.firstAnswerTimeout
        calls[id] = call
        sayAgentSide(id)
    }

    /// The INVITE to the agent or a telephone, as the carrier writes it (reference A6), and the leg that it begins.
    ///
    /// - Parameters:
    ///   - call: whose numbers and identifiers it has.
    ///   - sound: what the other side says of its sound.
    ///   - port: where the carrier takes the sound of this side.
    /// - Returns: `nil` when no codec is left.
    mutating func makeInvite(
        for call: CarrierCall, _ party: CarrierLeg.Party, at contact: String, over wire: SandboxWire,
        offering sound: [UInt8], port: UInt16
    ) -> (CarrierLeg, CarrierMessage)? {
        let tag = makeToken()
        let routes = recordRoutes(wire, tag: tag)
        let trunk = settings.trunk
        let isNational = settings.fault == .nationalNumbers && party == .trunk
        let callerFormat: TrunkNumberFormat =
            party == .trunk ? (isNational ? .national : trunk.callerFormat) : .plusE164
        let calledFormat: TrunkNumberFormat =
            party == .trunk ? (isNational ? .national : trunk.calledFormat) : .plusE164
        let shown = callerFormat.text(call.callerNumber, username: call.callerNumber)
        let called = calledFormat.text(call.calledNumber, username: trunk.username)
        let from =
            call.isAnonymous
            ? "\"Anonymous\"<sip:anonymous@anonymous.invalid>" : "\"\(shown)\"<sip:\(shown)@sip.telnyx.com>"
        var leg = CarrierLeg(
            id: makeUUID(), party: party, wire: wire, callID: makeUUID(), localTag: tag, localAddress: from,
            remoteAddress: "<sip:\(called)@10.13.37.9>", localContact: Self.switchContact,
            routes: [routes.edge, routes.inner, "sip:10.13.37.7:6050;lr;tnx=\(makeToken())"],
            remoteTarget: target(contact, user: party == .trunk ? called : nil),
            sound: CarrierSound(session: UInt64(random.next() >> 20)))
        if party == .trunk, trunk.encryptsMedia { leg.keys = LegKeys(own: makeKey(tag: 1), profile: "RTP/SAVP") }
        guard let body = describe(sound, for: &leg, at: port) else { return nil }
        leg.localSequence = 1
        leg.inviteSequence = 1
        var message = CarrierMessage(.invite, leg.remoteTarget, compact: settings.usesCompactHeaders)
        for route in leg.routes { message.add("Record-Route", "<\(route)>") }
        message.add("Via", via(wire))
        // What lies behind the edge; the answer goes no further than to us.
        message.add("v", "SIP/2.0/UDP 10.255.0.2;branch=z9hG4bK\(makeToken())")
        message.add("v", "SIP/2.0/TCP 10.13.37.7:6050;branch=z9hG4bK\(makeToken())")
        message.add("Max-Forwards", "66")
        message.add("From", leg.localSide)
        message.add("To", leg.remoteAddress)
        message.add("Call-ID", leg.callID)
        message.add("CSeq", "1 INVITE")
        message.add("Contact", "<\(leg.localContact)>")
        message.add("Supported", "timer,path")
        if settings.fault?.hasSessionTimers == true, party == .trunk {
            let refresher = settings.fault == .refreshMissing ? "uac" : "uas"
            message.add("Session-Expires", "\(LegTimerRequest.minimum);refresher=\(refresher)")
        }
        message.add("Allow-Events", "talk,hold,conference,refer")
        message.add("Allow", Self.allowed)
        message.add("Privacy", call.isAnonymous ? "id" : "none")
        message.add("X-Telnyx-Session-ID", call.session)
        message.add("X-Telnyx-Leg-ID", leg.id)
        if !call.isAnonymous {
            message.add(
                "P-Asserted-Identity", "\"\(shown)\"<sip:\(shown)@sip.telnyx.com;verstat=TN-Validation-Passed-C>")
        }
        for (name, value) in call.headers { message.add(name, value) }
        message.setBody(body, type: "application/sdp")
        return (leg, message)
    }

    static let switchContact = "sip:mod_sofia@10.13.37.5:6000"

    mutating func sayAgentSide(_ id: UInt64) {
        if let side = calls[id]?.agentSide { actions.append(.relay(call: id, .agentSide(side))) }
    }

    /// The Contact that was registered; for the agent with the number that was called as its user (reference A6).
    private func target(_ contact: String, user: String?) -> String {
        guard let user, var uri = try? SIPURI(parsing: contact) else { return contact }
        uri.user = user
        return uri.description
    }
}
