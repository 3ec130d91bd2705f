import SIPCore
public import TelephonyPrimitives

/// A double of the carrier Telnyx, its SIP side: registrar, edge, and a switch between the agent, telephones and numbers that
/// answer by themselves.
///
/// A value without sockets, clock or chance of its own: it is told what came and when, and says what to send. It follows
/// what is known of the carrier (`docs/sandbox.md`), and refuses what the carrier refuses, with its codes; its messages are
/// written here and by nothing that Trunkline's own user agent uses.
public struct SandboxCarrier: Sendable {
    /// What happened.
    public enum Event: Sendable {
        /// One whole message has come.
        case message([UInt8], SandboxWire)
        case connectionClosed(UInt64)
        /// The ports of a call's sound are open.
        case relayOpened(call: UInt64, caller: UInt16, callee: UInt16)
        /// There are none.
        case relayFailed(call: UInt64)
        /// A packet of sound was heard from a side of a call that is tapped.
        case tapped(call: UInt64, SoundSide, [UInt8])
        /// Something of the HTTP side.
        case control(SandboxCallControl.Event)
        /// A message has come to the name server.
        case nameQuery([UInt8], TransportAddress)
        /// The time of ``SandboxCarrier/deadline`` has come.
        case wake
    }

    /// What is to be done.
    public enum Action: Sendable {
        case send([UInt8], SandboxWire)
        case relay(call: UInt64, RelayOrder)
        /// Something of the HTTP side.
        case control(SandboxCallControl.Action)
        /// A caller is put through to a number that answers by itself.
        case handedOn(caller: String, to: String)
        /// What the name server says.
        case nameAnswer([UInt8], TransportAddress)
        /// Something that whoever looks on should know, in a sentence.
        case remark(String)
    }

    public let settings: SandboxSettings
    /// Where the carrier takes sound.
    let mediaAddress: IPAddress
    var random: any RandomNumberGenerator & Sendable
    var actions: [Action] = []
    var bindings: [String: CarrierBinding] = [:]
    /// Who was registered from where, for people.
    var names: [SandboxWire: String] = [:]
    var challenges = ChallengeLedger()
    var servers: [ServerTransactionKey: ServerPlace] = [:]
    var clients: [ClientTransactionKey: ClientPlace] = [:]
    var calls: [UInt64: CarrierCall] = [:]
    /// The HTTP side.
    var control: SandboxCallControl?
    /// When calls began, by where they came from: of the last second.
    var beginnings: [IPAddress: [Instant]] = [:]
    var lastNumber: UInt64 = 0
    /// Whether the first edge is dead (``SandboxFault/edgeDead``).
    var isFirstEdgeDead = false
    private let zone: SandboxZone?
    /// Whether the name server says nothing any more (``SandboxFault/noDNS``).
    var isNameServerSilent = false

    /// A request that is being answered.
    struct ServerPlace: Sendable {
        let number: UInt64
        var machine: ServerMachine
        let request: Request
        let wire: SandboxWire
        /// The call that it began.
        var call: UInt64?
    }

    /// A request of ours.
    struct ClientPlace: Sendable {
        var machine: ClientMachine
        let wire: SandboxWire
        let purpose: Purpose
        /// A CANCEL is wanted as soon as something has come back.
        var isToBeCancelled = false
        /// When an INVITE that was taken back is forgotten (RFC 3261 §9.1).
        var forgetAt: Instant?
    }

    /// What a request of ours is for.
    enum Purpose: Sendable {
        /// It calls somebody; the leg as it was then.
        case invite(call: UInt64, CarrierLeg)
        /// It calls somebody in the place of one side of a call; the leg as it was then.
        case transfer(call: UInt64, CarrierLeg)
        /// It passes a change of one side on to the other, whose request waits for the answer.
        case change(call: UInt64, SoundSide, for: ServerTransactionKey?)
        /// Nothing hangs on its answer.
        case nothing
    }

    /// - Parameters:
    ///   - settings: what it is.
    ///   - random: where tags, branches and nonces come from.
    public init(_ settings: SandboxSettings, random: any RandomNumberGenerator & Sendable) {
        self.settings = settings
        self.random = random
        mediaAddress = settings.edges.first?.ip ?? .loopbackV4
        zone = settings.names.map {
            SandboxZone(hosts: $0.hosts, edges: settings.edges, tlsPort: settings.tls?.port)
        }
        if let control = settings.callControl {
            self.control = SandboxCallControl(control, of: settings, seed: self.random.next())
        }
    }

    /// When it wants to be woken.
    public var deadline: Instant? {
        let machines =
            servers.values.compactMap(\.machine.deadline) + clients.values.compactMap(\.machine.deadline)
            + clients.values.compactMap(\.forgetAt)
        return (machines + calls.values.compactMap(\.deadline) + [control?.deadline].compactMap(\.self)).min()
    }

    /// Takes an event.
    ///
    /// - Parameters:
    ///   - event: what happened.
    ///   - now: the time.
    /// - Returns: what is to be done, in order.
    public mutating func receive(_ event: Event, now: Instant) -> [Action] {
        switch event {
        case .message(let octets, let wire): receive(octets, from: wire, now: now)
        case .connectionClosed(let id): closed(id, now: now)
        case .relayOpened(let call, let caller, let callee):
            calls[call]?.ports = (caller, callee)
            callNext(call, now: now)
        case .relayFailed(let call): refuseCaller(call, .edgeFailed, now: now)
        case .tapped(let call, let side, let packet): tapped(packet, call, side, now: now)
        case .control(let event): control?.receive(event, now: now)
        case .nameQuery(let message, let asker):
            if !isNameServerSilent, let answer = zone?.answer(to: message) {
                actions.append(.nameAnswer(answer, asker))
            }
        case .wake: wake(now: now)
        }
        obeyControl(now: now)
        servers = servers.filter { !$0.value.machine.isTerminated }
        clients = clients.filter { !$0.value.machine.isTerminated && $0.value.forgetAt.map { now < $0 } ?? true }
        defer { actions = [] }
        return actions
    }

    /// Who is at the other end, for people.
    ///
    /// - Parameter wire: the way to it.
    /// - Returns: the user that has registered from there, else the address.
    public func name(of wire: SandboxWire) -> String {
        if let user = names[wire] { return user }
        if case .addresses(let addresses) = settings.trunk.inbound, addresses.contains(wire.remote) {
            return settings.trunk.username
        }
        return wire.remote.description
    }

    // MARK: What comes

    private mutating func receive(_ octets: [UInt8], from wire: SandboxWire, now: Instant) {
        guard !(isFirstEdgeDead && wire.edge == 0) else { return }
        switch try? Message(parsing: octets) {
        case .request(let request)?: receive(request.withTopViaReceived(from: wire.remote), from: wire, now: now)
        case .response(let response)?: receive(response, now: now)
        case nil: remark("something that is no SIP has come from \(wire.remote)")
        }
    }

    private mutating func receive(_ request: Request, from wire: SandboxWire, now: Instant) {
        do {
            try request.validate()
        } catch {
            remark("\(request.method) from \(name(of: wire)) can't be read: \(error.message)")
            guard request.method != .ack, let octets = answer(error.suggestedStatus, "Bad Request", to: request)
            else { return }
            actions.append(.send(octets.octets, wire))
            return
        }
        guard let key = try? ServerTransactionKey(request) else { return }
        if var place = servers[key] {
            let step = place.machine.receive(request, now: now)
            servers[key] = place
            if let octets = step.transmit { actions.append(.send(octets, place.wire)) }
            if request.method != .ack || step.deliver == nil { return }
        }
        if request.method == .ack {
            acknowledged(request, from: wire, now: now)
            return
        }
        let isReliable = wire.transport.isReliable
        let machine: ServerMachine =
            request.method == .invite
            ? .invite(InviteServerTransaction(isReliable: isReliable, timers: .standard))
            : .nonInvite(NonInviteServerTransaction(isReliable: isReliable, timers: .standard, now: now))
        servers[key] = ServerPlace(number: makeNumber(), machine: machine, request: request, wire: wire)
        take(request, key, from: wire, now: now)
    }

    private mutating func take(
        _ request: Request, _ key: ServerTransactionKey, from wire: SandboxWire, now: Instant
    ) {
        if request.method == .cancel { return cancelled(request, key, now: now) }
        if request.toTag != nil, request.method != .register {
            return inDialog(request, key, from: wire, now: now)
        }
        if settings.fault == .edge503, wire.edge == 0 {
            return refuse(key, .edgeFailed, now: now)
        }
        switch request.method {
        case .register: registers(request, key, from: wire, now: now)
        case .invite: invites(request, key, from: wire, now: now)
        case .options: respond(key, 200, "OK", [("Allow", Self.allowed), ("Accept", "application/sdp")], now: now)
        default: respond(key, 405, "Method Not Allowed", [("Allow", Self.allowed)], now: now)
        }
    }

    static let allowed = "INVITE,ACK,BYE,CANCEL,OPTIONS,MESSAGE,INFO,UPDATE,REFER,NOTIFY"

    private mutating func receive(_ response: Response, now: Instant) {
        guard let branch = try? response.topVia.branch, let method = try? response.cseq.method else { return }
        let key = ClientTransactionKey(branch: branch, method: method)
        guard var place = clients[key] else { return }
        let step = place.machine.receive(response, now: now)
        clients[key] = place
        if let octets = step.transmit { actions.append(.send(octets, place.wire)) }
        if let response = step.deliver { delivered(response, to: key, place, now: now) }
        if place.isToBeCancelled, response.status < 200 { cancel(key, now: now) }
    }

    private mutating func delivered(
        _ response: Response, to key: ClientTransactionKey, _ place: ClientPlace, now: Instant
    ) {
        switch place.purpose {
        case .invite(let call, let leg): calleeAnswers(response, call, leg, key, now: now)
        case .transfer(let call, let leg): placeAnswers(response, call, leg, key, now: now)
        case .change(let call, let side, let waiting): changed(response, call, side, for: waiting, now: now)
        case .nothing: break
        }
    }

    private mutating func closed(_ connection: UInt64, now: Instant) {
        bindings = bindings.filter { $0.value.wire.connection != connection || connection == 0 }
        let broken = clients.filter { $0.value.wire.connection == connection && connection != 0 }
        for (key, var place) in broken.sorted(by: { $0.key.branch.text < $1.key.branch.text }) {
            let step = place.machine.transportFailed()
            clients[key] = place
            if step.failure != nil { failed(key, place, now: now) }
        }
    }

    private mutating func failed(_ key: ClientTransactionKey, _ place: ClientPlace, now: Instant) {
        switch place.purpose {
        case .invite(let call, _): calleeFailed(call, key, Refusal(408, "Request Timeout"), now: now)
        case .transfer(let call, _):
            if calls[call]?.transfer?.invite == key {
                transferFails(call, Refusal(408, "Request Timeout"), now: now)
            }
        case .change(let call, _, let waiting):
            if let waiting { refuse(waiting, Refusal(408, "Request Timeout"), now: now) }
            endBoth(call, reason: "SIP;cause=408;text=\"Request Timeout\"", now: now)
        case .nothing: break
        }
    }

    // MARK: Time

    private mutating func wake(now: Instant) {
        // In a certain order, so that a seed plays the same way in every process.
        let late = servers.filter { $0.value.machine.deadline.map { $0 <= now } ?? false }
        for (key, _) in late.sorted(by: { $0.value.number < $1.value.number }) {
            guard let step = servers[key]?.machine.timerFired(now: now), let place = servers[key] else { continue }
            if let octets = step.transmit { actions.append(.send(octets, place.wire)) }
        }
        let due = clients.filter { $0.value.machine.deadline.map { $0 <= now } ?? false }
        for (key, var place) in due.sorted(by: { $0.key.branch.text < $1.key.branch.text }) {
            let step = place.machine.timerFired(now: now)
            clients[key] = place
            if let octets = step.transmit { actions.append(.send(octets, place.wire)) }
            if step.failure != nil { failed(key, place, now: now) }
        }
        for id in calls.keys.sorted() where (calls[id]?.deadline).map({ $0 <= now }) ?? false { wake(id, now: now) }
        control?.wake(now: now)
    }

    // MARK: Names and numbers

    mutating func makeToken() -> String {
        let digits = String(random.next(), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// Of version 4 in its form.
    mutating func makeUUID() -> String {
        let digits = Array((makeToken() + makeToken()).utf8)
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(decoding: digits[$0], as: UTF8.self) }
        return "\(parts[0])-\(parts[1])-4\(parts[2].dropFirst())-a\(parts[3].dropFirst())-\(parts[4])"
    }

    mutating func makeNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    mutating func remark(_ sentence: String) { actions.append(.remark(sentence)) }
}
