import TelephonyPrimitives

/// What a registration wants its user agent to do.
enum RegistrationAction: Sendable {
    /// Begin a client transaction.
    case send(ClientTransactionID, RequestDraft, Hop)
    /// Send a keep-alive.
    case transmit([UInt8], Flow)
    /// The flow is dead although nobody said so.
    case close(Flow)
    /// Tell the application.
    case tell(UserAgentCore.Event)
}

/// Keeps one account bound to our Contact (RFC 3261 §10.2): registers, refreshes, tries again and removes.
///
/// Every REGISTER has the same Call-ID and From tag and a higher CSeq than the one before, and none is sent while
/// another is open.
struct RegistrationClient: Sendable {
    /// What a REGISTER is for.
    enum Purpose: Hashable, Sendable {
        /// Bind our Contact, or refresh it.
        case bind
        /// Remove the Contact that we had before our address changed.
        case removeFormer(NameAddress)
        /// Remove our Contact.
        case remove
        /// Remove every Contact of the address.
        case removeAll
        /// Ask for the bindings.
        case fetch
    }

    /// The REGISTER that is open.
    struct Sent: Sendable {
        let transaction: ClientTransactionID
        let purpose: Purpose
        var draft: RequestDraft
        /// 1 for the first, more after challenges and the like.
        var attempt = 1
        /// Whether its credentials were put in before anybody asked for them.
        var isAnticipated = false
        /// The flow that it took, once it has one.
        var flow: Flow?
        /// Our Contact as it was sent.
        var contact: NameAddress?
    }

    let id: RegistrationID
    var registration: Registration
    let callID: CallID
    let fromTag: Tag
    var sequence: UInt32 = 0
    var digest: DigestClient?
    /// The seconds that are asked for.
    var expires: Int
    /// Whether SIP Outbound is asked for; not any more after a 439.
    var asksForOutbound: Bool
    /// The address in our Contact when it is not that of the flow.
    var contactAddress: TransportAddress?
    /// The Contact that the registrar has of us, or may have.
    var boundContact: NameAddress?
    /// Whether we want to be bound; when not, this ends with the answer to the removal.
    var isWanted = true
    var isFinished = false

    var sent: Sent?
    var queue: [Purpose] = []
    var grant: RegistrationGrant?
    /// The way to the registrar while it is good.
    var flow: Flow?
    /// Since when we are bound without a break, for the back-off.
    var boundSince: Instant?
    /// Whether the registrar has ever taken us with these settings.
    var wasBound = false
    var failures = 0
    var retryAt: Instant?
    /// Whether an address that the registrar observes may still change the Contact in this round.
    var mayFollowAddress = true

    var serverIndex = 0
    /// The servers that failed in this round.
    var triedServers: Set<Int> = []
    /// Until when servers want to be left alone (Retry-After).
    var barredServers: [Int: Instant] = [:]
    var keepAlive: KeepAliveClock?
    private var actions: [RegistrationAction] = []

    static let maxAttempts = 6

    init(id: RegistrationID, registration: Registration, in environment: inout Environment) {
        self.id = id
        self.registration = registration
        callID = environment.makeCallID()
        fromTag = environment.makeTag()
        digest = registration.credentials.map { DigestClient(credentials: $0) }
        expires = Self.seconds(registration.expires)
        asksForOutbound = registration.asksForOutbound
    }

    private static func seconds(_ duration: Duration) -> Int {
        Int(min(max(duration.components.seconds, 1), Int64(Int32.max)))
    }

    // MARK: Commands

    /// Registers now, with other settings perhaps.
    mutating func register(_ wanted: Registration, now: Instant, in environment: inout Environment) {
        registration = wanted
        digest = wanted.credentials.map { DigestClient(credentials: $0) }
        expires = Self.seconds(wanted.expires)
        asksForOutbound = wanted.asksForOutbound
        isWanted = true
        wasBound = false
        failures = 0
        serverIndex = 0
        flow = nil
        keepAlive = nil
        grant = nil
        barredServers = [:]
        beginRound()
        queue.removeAll { $0 == .remove || $0 == .removeAll }
        enqueue(.bind)
        proceed(now: now, in: &environment)
    }

    /// Removes our binding, or all of the address.
    mutating func unregister(everything: Bool, now: Instant, in environment: inout Environment) {
        isWanted = false
        retryAt = nil
        queue = []
        if everything {
            queue = [.removeAll]
        } else if boundContact != nil || sent != nil {
            queue = [.remove]
        } else {
            finish(.unregistered)
        }
        proceed(now: now, in: &environment)
    }

    mutating func fetch(now: Instant, in environment: inout Environment) {
        enqueue(.fetch)
        proceed(now: now, in: &environment)
    }

    // MARK: Time

    /// When `wake` is to be called.
    var deadline: Instant? {
        [retryAt, refreshAt, keepAlive?.deadline].compactMap(\.self).min()
    }

    private var refreshAt: Instant? {
        sent == nil && retryAt == nil && isWanted ? grant?.refreshAt : nil
    }

    mutating func wake(now: Instant, in environment: inout Environment) {
        if let retryAt, now >= retryAt {
            self.retryAt = nil
            beginRound()
            serverIndex = firstServer(now: now)
            enqueue(.bind)
        } else if let refreshAt, now >= refreshAt {
            beginRound()
            enqueue(.bind)
        }
        wakeKeepAlive(now: now, in: &environment)
        proceed(now: now, in: &environment)
    }

    private mutating func beginRound() {
        retryAt = nil
        triedServers = []
        mayFollowAddress = true
    }

    // MARK: Sending

    mutating func enqueue(_ purpose: Purpose) {
        if !queue.contains(purpose) { queue.append(purpose) }
    }

    /// Sends what is next, unless a REGISTER is open.
    mutating func proceed(now: Instant, in environment: inout Environment) {
        guard sent == nil, !isFinished, !queue.isEmpty else { return }
        let purpose = queue.removeFirst()
        if purpose == .remove, boundContact == nil {
            finish(.unregistered)
            return
        }
        if purpose == .bind, grant.map({ $0.boundUntil <= now }) ?? true { tell(.registering) }
        sequence &+= 1
        var draft = makeDraft(for: purpose)
        let anticipated = environment.anticipate(&digest, draft: draft)
        draft.authorization = anticipated
        guard let hop = hop(of: draft) else {
            fail(purpose, .init(reason: "\(draft.uri) is no SIP address"), kind: .refusal, now: now, in: &environment)
            return
        }
        let transaction = ClientTransactionID(environment.makeNumber())
        sent = Sent(
            transaction: transaction, purpose: purpose, draft: draft, isAnticipated: !anticipated.isEmpty)
        actions.append(.send(transaction, draft, hop))
    }

    /// Sends a REGISTER again that was answered with something that can be put right, over the flow of the answer.
    mutating func repeatRequest(
        _ request: Sent, over flow: Flow, in environment: inout Environment, change: (inout RequestDraft) -> Void
    ) {
        sequence &+= 1
        var draft = request.draft
        draft.sequence = sequence
        change(&draft)
        let transaction = ClientTransactionID(environment.makeNumber())
        sent = Sent(
            transaction: transaction, purpose: request.purpose, draft: draft, attempt: request.attempt + 1)
        // Should the server fall silent now, the next one of its name is tried.
        actions.append(.send(transaction, draft, .use(flow, leadingTo: server(for: draft))))
    }

    /// Takes note of how a REGISTER went out.
    mutating func requestSent(_ transaction: ClientTransactionID, _ request: Request, over flow: Flow) {
        guard sent?.transaction == transaction else { return }
        // Another server knows nothing of the challenge of the one that fell silent: its own is no refusal.
        if let before = sent?.flow, before != flow { sent?.isAnticipated = true }
        sent?.flow = flow
        guard case .addresses(let contacts) = try? request.contacts, let contact = contacts.first else { return }
        sent?.contact = contact
        if sent?.purpose == .bind { boundContact = contact }
    }

    func makeDraft(for purpose: Purpose) -> RequestDraft {
        let address = NameAddress(displayName: registration.displayName, uri: .sip(registration.addressOfRecord))
        var from = address
        from.tag = fromTag
        var registrar = registration.registrar
        registrar.headers = []
        let (uri, routes) = RouteSet(registration.route.map { NameAddress(uri: .sip($0)) }).apply(to: .sip(registrar))
        var draft = RequestDraft(
            method: .register, target: .sip(registrar), uri: uri, routes: routes, from: from.description,
            fromTag: fromTag, to: address.description, callID: callID, sequence: sequence,
            contact: ContactIdentity(
                user: registration.contactUser ?? registration.addressOfRecord.user,
                isSecure: registrar.isSecure && registration.addressOfRecord.isSecure))
        draft.headers = [(.supported, (["path"] + outboundTags).joined(separator: ", "))]
        switch purpose {
        case .bind:
            draft.carriesContact = true
            draft.contact.address = contactAddress
            draft.contact.parameters = contactParameters
            draft.headers.append((.expires, "\(expires)"))
        case .removeFormer(let contact):
            // Without the device's name: by that a registrar may already have put the new Contact in its place.
            draft.headers += Self.removal(of: NameAddress(uri: contact.uri))
        case .remove:
            if let boundContact { draft.headers += Self.removal(of: boundContact) }
        case .removeAll:
            draft.headers += [(.contact, "*"), (.expires, "0")]
        case .fetch:
            break
        }
        draft.headers += registration.headers.filter { name, _ in
            ![.contact, .expires, .supported, .authorization, .proxyAuthorization].contains(name)
        }
        return draft
    }

    private static func removal(of contact: NameAddress) -> HeaderFields {
        var contact = contact
        contact.parameters.set("expires", to: "0")
        return [(.contact, contact.description), (.expires, "0")]
    }

    private var outboundTags: [String] {
        guard registration.instanceID != nil else { return [] }
        return asksForOutbound ? ["outbound", "gruu"] : ["gruu"]
    }

    private var contactParameters: String {
        var text = ""
        if let preference = registration.preference { text += ";q=\(QValue.text(preference))" }
        if let instance = registration.instanceID {
            text += ";+sip.instance=\("<\(instance)>".quoted)"
            if asksForOutbound, let number = registration.registrationNumber { text += ";reg-id=\(number)" }
        }
        return text
    }

    // MARK: Servers

    /// Where REGISTERs go, in order of preference.
    private func servers(for draft: RequestDraft) -> [FlowTarget] {
        registration.servers.isEmpty ? draft.nextHop.map { [$0] } ?? [] : registration.servers
    }

    var serverCount: Int { max(registration.servers.count, 1) }

    private func hop(of draft: RequestDraft) -> Hop? {
        if let flow { return .use(flow) }
        let servers = servers(for: draft)
        guard servers.indices.contains(serverIndex) else { return nil }
        return .open(servers[serverIndex], fallback: nil)
    }

    /// Whom `draft` went to.
    func server(for draft: RequestDraft) -> FlowTarget {
        let servers = servers(for: draft)
        return servers.indices.contains(serverIndex)
            ? servers[serverIndex] : FlowTarget(registration.registrar)
    }

    /// The most preferred server that may be asked; when all want to be left alone, the one that wants it the least long.
    private func firstServer(now: Instant) -> Int {
        let indices = 0..<serverCount
        return indices.first { (barredServers[$0] ?? now) <= now }
            ?? indices.min { (barredServers[$0] ?? now) < (barredServers[$1] ?? now) } ?? 0
    }

    /// The next server that was not tried in this round and may be asked.
    func nextServer(now: Instant) -> Int? {
        (1..<max(serverCount, 1)).lazy.map { (serverIndex + $0) % serverCount }
            .first { !triedServers.contains($0) && (barredServers[$0] ?? now) <= now }
    }

    /// When one of the servers may be asked again.
    func firstOpening(now: Instant) -> Instant {
        (0..<serverCount).map { barredServers[$0] ?? now }.min() ?? now
    }

    // MARK: Telling

    mutating func act(_ action: RegistrationAction) {
        actions.append(action)
    }

    mutating func tell(_ state: RegistrationState) {
        // Who has asked for the end wants to hear of nothing else.
        guard isWanted || isFinished else { return }
        actions.append(.tell(.registration(id, state)))
    }

    mutating func finish(_ state: RegistrationState) {
        guard !isFinished else { return }
        isFinished = true
        keepAlive = nil
        tell(state)
    }

    mutating func takeActions() -> [RegistrationAction] {
        defer { actions = [] }
        return actions
    }
}

extension Registration {
    /// Whether SIP Outbound can be asked for (RFC 5626 §4.2).
    var asksForOutbound: Bool {
        guard instanceID != nil, let registrationNumber else { return false }
        return registrationNumber > 0 && registrationNumber < Int(Int32.max)
    }
}
