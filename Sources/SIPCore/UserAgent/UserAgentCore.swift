import DequeModule
public import TelephonyPrimitives

/// A whole SIP user agent without a network: it is told what came and when, and says what to send and what happened
/// (RFC 3261 §8, §12–§18).
///
/// After every `receive` drain `nextOutput`, and call `receive(.wake, now:)` when `deadline` has come. Flows are asked
/// for with `Output.openFlow`; names are never resolved here. Given the same inputs at the same instants and the same
/// generator, two user agents put out the same octets.
public struct UserAgentCore: Sendable {
    enum TimerKey: Hashable, Sendable {
        // Their numbers come from one counter, so that a number alone tells nearly all of them apart.
        case client(ClientTransactionID)
        case server(ServerTransactionID)
        case session(SessionID)
        case flow(FlowRequestID)
        case registration(RegistrationID)
        case registrar
        case notifier(SubscriptionID)
        case subscriber(SubscriptionID)

        func hash(into hasher: inout Hasher) {
            switch self {
            case .client(let id): hasher.combine(id)
            case .server(let id): hasher.combine(id)
            case .session(let id): hasher.combine(id)
            case .flow(let id): hasher.combine(id)
            case .registration(let id): hasher.combine(id)
            case .registrar: break
            case .notifier(let id), .subscriber(let id): hasher.combine(id)
            }
        }
    }

    var environment: Environment
    var transactions = TransactionTable()
    var sessions: [SessionID: Boxed<InviteSession>] = [:]
    var dialogs: [DialogID: SessionID] = [:]
    var standaloneRequests: [ClientTransactionID: StandaloneRequest] = [:]
    var pendingFlows: [FlowRequestID: PendingFlow] = [:]
    /// Client transactions whose request still waits for a flow, and the question that was asked for it.
    var waitingClients: [ClientTransactionID: FlowRequestID] = [:]
    /// INVITEs that get a 100 unless the application answers as soon as it is told of them, and when they came.
    var owedTrying: [(ServerTransactionID, Instant)] = []
    /// Requests that the application has to answer.
    var openRequests: [ServerTransactionID: SessionID?] = [:]
    /// Subscriptions of ours.
    var subscribers: [SubscriptionID: Subscriber] = [:]
    var subscriberKeys: [SubscriberKey: SubscriptionID] = [:]
    /// Subscriptions of peers, by SUBSCRIBE or REFER.
    var notifiers: [SubscriptionID: Notifier] = [:]
    /// Dialogs that only a subscription uses.
    var notifierDialogs: [DialogID: SubscriptionID] = [:]
    /// Subscriptions that the application has not decided about, by the request that asks for them.
    var undecidedSubscriptions: [ServerTransactionID: SubscriptionID] = [:]
    /// Calls that were placed on behalf of a REFER.
    var referredSessions: [SessionID: SubscriptionID] = [:]
    /// What requests from outside dialogs hold, by source.
    var sources = SourceLedger()
    var digestServer: DigestServer?
    var registrations: [RegistrationID: RegistrationClient] = [:]
    /// The registrar and its bindings, when the configuration wants one.
    var registrar: Registrar?
    var isDraining = false
    var overload: Overload?
    /// Peers that long requests have to go to over UDP all the same.
    var datagramPeers = DatagramPeers()
    /// The last address of ours that was put into words.
    var localAddressText: (address: TransportAddress, text: String)?
    /// Our host name on WebSocket connections, once there was one.
    var unreachableHost: String?
    var timers = TimerQueue<TimerKey>()
    var totals = Counters()
    /// Sessions for which `ended` was not yet told.
    var liveSessionCount = 0
    var noticeLimiter: NoticeLimiter
    var forgivenessWatch = ForgivenessWatch()
    private var outputs = Deque<Output>()

    var configuration: UserAgentConfiguration { environment.configuration }
    var abilities: Abilities { environment.abilities }

    /// - Parameters:
    ///   - configuration: what it can do, and how.
    ///   - random: the source of every tag, branch, Call-ID and delay; a seeded one repeats a run.
    public init(configuration: UserAgentConfiguration, random: any RandomNumberGenerator & Sendable) {
        environment = Environment(configuration: configuration, random: random)
        digestServer = configuration.authentication
        registrar = configuration.registrar
        noticeLimiter = NoticeLimiter(perSecond: configuration.noticesPerSecond)
    }

    /// A number for `Command.invite`.
    public mutating func makeSessionID() -> SessionID { SessionID(environment.makeNumber()) }

    /// A number for `Command.request`.
    public mutating func makeRequestID() -> RequestID { RequestID(environment.makeNumber()) }

    /// A number for `Command.register`.
    public mutating func makeRegistrationID() -> RegistrationID { RegistrationID(environment.makeNumber()) }
    /// A number for `Command.subscribe`.
    public mutating func makeSubscriptionID() -> SubscriptionID { SubscriptionID(environment.makeNumber()) }

    /// Takes in one thing that happened. `now` never goes back.
    public mutating func receive(_ input: Input, now: Instant) {
        fireTimers(now: now)
        switch input {
        case .datagram(let octets, let flow): receiveMessage(octets, over: flow, now: now)
        case .flowOpened(let request, let flow): flowOpened(request, flow, now: now)
        case .flowFailed(let request, let reason): flowFailed(request, reason: reason, now: now)
        case .flowClosed(let flow, let reason): flowClosed(flow, reason: reason, now: now)
        case .overload(let overload): self.overload = overload
        case .wake: break
        case .command(let command): perform(command, now: now)
        }
    }

    /// The next thing to do, oldest first; `nil` when there is nothing.
    public mutating func nextOutput() -> Output? {
        if let output = outputs.popFirst() { return output }
        guard !owedTrying.isEmpty else { return nil }
        sayTrying()
        return outputs.popFirst()
    }

    /// When `receive(.wake, now:)` is to be called next.
    public var deadline: Instant? { timers.deadline }

    /// What is live and what was seen.
    public var counters: Counters {
        var counters = totals
        counters.clientTransactions = transactions.clientCount
        counters.serverTransactions = transactions.serverCount
        counters.dialogs = dialogs.count + notifierDialogs.count
        counters.subscriptions = notifiers.count + subscribers.count
        counters.sessions = liveSessionCount
        counters.lingeringSessions = sessions.count - liveSessionCount
        counters.timers = timers.count
        counters.flowRequests = pendingFlows.count
        counters.openServerRequests = openRequests.count
        counters.registrations = registrations.count
        counters.bindings = registrar?.location.bindingCount ?? 0
        return counters
    }

    /// The Call-ID of a session; `nil` when there is none of that number any more.
    package func callID(of session: SessionID) -> CallID? { sessions[session]?.read { $0.callID } }

    // MARK: Inside

    mutating func put(_ output: Output) {
        outputs.append(output)
    }

    mutating func transmit(_ octets: [UInt8], over flow: Flow) {
        totals.sent += 1
        put(.transmit(octets, flow))
    }

    mutating func note(
        _ kind: Notice.Kind, _ sentence: @autoclosure () -> String, message: (any SIPMessage)? = nil, flow: Flow? = nil,
        now: Instant
    ) {
        let (isAdmitted, suppressed) = noticeLimiter.admit(now: now)
        if suppressed > 0 {
            put(.event(.notice(Notice(kind: .suppressed, sentence: "\(suppressed) further notices were left out"))))
        }
        guard isAdmitted else { return }
        let callID = message.flatMap { try? $0.callID.text }
        put(.event(.notice(Notice(kind: kind, callID: callID, source: flow?.remote, sentence: sentence()))))
    }

    private mutating func fireTimers(now: Instant) {
        while let key = timers.popDue(now: now) { fire(key, now: now) }
    }

    mutating func fire(_ key: TimerKey, now: Instant) {
        switch key {
        case .client(let id): clientTimerFired(id, now: now)
        case .server(let id): serverTimerFired(id, now: now)
        case .registration(let id): wakeRegistration(id, now: now)
        case .registrar: expireBindings(now: now)
        case .notifier(let id): notifierExpired(id, now: now)
        case .subscriber(let id): subscriberTimerFired(id, now: now)
        case .flow(let request): flowFailed(request, reason: "No connection was made in time", now: now)
        case .session(let id):
            withSession(id, isWake: true, now: now) { session, environment in
                session.wake(now: now, in: &environment)
            }
        }
    }
}

/// Lets so many notices pass per second and sums up the rest, so that a flood of bad messages is no flood of logs.
struct NoticeLimiter: Sendable {
    private let perSecond: Int
    private var windowEnd: Instant?
    private var passed = 0
    private var suppressed = 0

    init(perSecond: Int) {
        self.perSecond = max(perSecond, 1)
    }

    /// Whether one more notice may pass, and how many were left out since the last one that may be told.
    mutating func admit(now: Instant) -> (isAdmitted: Bool, suppressed: Int) {
        var untold = 0
        if let end = windowEnd, now < end {
            passed += 1
        } else {
            untold = suppressed
            windowEnd = now + .seconds(1)
            passed = 1
            suppressed = 0
        }
        if passed > perSecond {
            suppressed += 1
            return (false, untold)
        }
        return (true, untold)
    }
}
