public import Logging
public import NIOCore
internal import SIPCore
public import SIPNIO
internal import Synchronization
internal import TelephonyPrimitives

/// A place where calls come in and go out: SIP and sound bound together.
///
/// ```swift
/// let endpoint = try await Endpoint(configuration: .init(listen: [.udp("127.0.0.1", 5060)]))
/// try await endpoint.serve { invitation in
///     try await invitation.answer { call in
///         for await frame in call.audio { try await call.play(frame) }
///     }
/// }
/// ```
public actor Endpoint {
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe userAgent.loop.executor.asUnownedSerialExecutor()
    }

    /// What is listened on, with the ports that the system chose.
    public nonisolated let addresses: [ListenAddress]
    public nonisolated let configuration: EndpointConfiguration

    nonisolated let userAgent: SIPUserAgent
    nonisolated let media: MediaLoops
    nonisolated let ports: PortRange
    nonisolated let logger: Logger
    private nonisolated let relay: EventRelay
    /// Which call a SIP message belongs to, where somebody wants to know.
    nonisolated let messages: CallMessageLedger?

    private var calls: [SessionID: SIPCall] = [:]
    /// Who keeps the journals of calls, and the Call-IDs by which those are known.
    private var journals: [SessionID: (sink: any JournalSink, callID: String?)] = [:]
    var accountsByID: [RegistrationID: Account] = [:]
    /// The trunks that are registered, by their places in the configuration.
    private var trunksByAccount: [RegistrationID: Int] = [:]
    private var places: [SessionID: MediaLoops.Place] = [:]
    private var incoming: AsyncStream<IncomingCall>.Continuation?
    private var backlog = HandlerBacklog()
    private var stopping = false
    private var idleWaiters: [CheckedContinuation<Void, Never>] = []
    /// Handlers and bodies of calls that still run; they use the loops.
    private var users = 0
    private var leaveWaiters: [CheckedContinuation<Void, Never>] = []
    private var totals = EndpointTotals()
    private let metrics = EndpointMetrics()

    /// Opens the endpoint: from now on it answers OPTIONS, and refuses calls with 480 until ``serve(_:)`` runs.
    ///
    /// - Parameters:
    ///   - configuration: where it listens, what it can do, and its limits.
    ///   - group: the loops to use; by default its own, one for signalling and up to four for sound.
    ///   - logger: its lines carry the call's identifier; no secrets, no digits.
    /// - Throws: `SIPTransportError` when it can't listen; TLS errors when certificates can't be read.
    public init(
        configuration: EndpointConfiguration, group: (any EventLoopGroup)? = nil,
        logger: Logger = Logger(label: "trunkline.endpoint")
    ) async throws {
        let threads = max(1, min(configuration.mediaLoops ?? System.coreCount, 64))
        let media = try await MediaLoops(group, threads: threads, trace: configuration.mediaTrace)
        let relay = EventRelay()
        let messages = configuration.onCallMessage.map { CallMessageLedger(tell: $0) }
        var rim = try configuration.userAgent()
        if let messages {
            rim.onMessage = { [onMessage = configuration.onMessage] message in
                onMessage?(message)
                messages.take(message)
            }
        }
        let userAgent = SIPUserAgent(
            configuration: rim, loop: media.signalling, logger: logger, onEvent: { relay.deliver($0) })
        addresses = try await userAgent.start()
        self.configuration = configuration
        self.userAgent = userAgent
        self.logger = logger
        self.media = media
        self.relay = relay
        self.messages = messages
        ports = PortRange(configuration.rtpPorts, startingAt: Int.random(in: 0..<4096))
        relay.endpoint.withLock { $0 = self }
        for registration in configuration.accounts { _ = await register(registration) }
        for (place, trunk) in configuration.trunks.enumerated() {
            guard let registration = trunk.registration else { continue }
            trunksByAccount[await register(registration).id] = place
        }
    }

    // MARK: Calls to us

    /// Hands each call that comes in to `handler`, in a task of its own, until ``shutdown(drain:)`` or cancellation.
    ///
    /// A handler that throws ends its own call and no other.
    public func serve(_ handler: @escaping @Sendable (IncomingCall) async throws -> Void) async {
        let (stream, continuation) = AsyncStream.makeStream(of: IncomingCall.self)
        incoming = continuation
        enter()
        defer { leave() }
        if stopping { continuation.finish() }
        await withDiscardingTaskGroup { group in
            for await invitation in stream {
                group.addTask {
                    await self.run(invitation, handler)
                    await self.handled(invitation)
                }
            }
        }
        incoming = nil
    }

    private nonisolated func run(
        _ invitation: IncomingCall, _ handler: @Sendable (IncomingCall) async throws -> Void
    ) async {
        let call = invitation.call
        guard await invitation.prepare(configuration: configuration, ports: ports) else { return }
        do {
            try await handler(invitation)
            await invitation.refuse(status: 480, reason: nil, headers: [])
        } catch let error as CallError {
            if case .ended = error {
                call.logger.debug("the call ended before its handler did")
            } else {
                call.logger.error("the call's handler failed", metadata: ["error": "\(error)"])
            }
            await invitation.refuse(status: 480, reason: nil, headers: [])
        } catch {
            call.logger.error("the call's handler failed", metadata: ["error": "\(error)"])
            // A carrier has no other route for 500.
            await invitation.refuse(status: invitation.trunk == nil ? 500 : 503, reason: nil, headers: [])
        }
    }

    private func handled(_ invitation: IncomingCall) {
        backlog.handled(invitation.call.session)
    }

    // MARK: What the signalling says

    func handle(_ event: UserAgentCore.Event) {
        switch event {
        case .incoming(let session, let request, let flow): invited(session, request, flow)
        case .registration(let id, let state): registrationChanged(id, state)
        case .notice(let notice): report(notice)
        case .refer(let subscription, _, let referral): referred(subscription, referral)
        case .ended(let session, _):
            // The ledger first, so that a call that is gone is never counted.
            let call = calls[session]
            forget(session)
            forward(event, to: call)
        default:
            if let session = event.session { forward(event, to: calls[session]) }
        }
    }

    /// Somebody else is to be called: that is taken as done, or refused.
    private func referred(_ subscription: SubscriptionID, _ referral: Referral) {
        let isTaken = configuration.onReferral?(referral.target.description) ?? false
        userAgent.assumeIsolated { userAgent in
            guard isTaken else {
                userAgent.perform(.refuseSubscription(subscription, status: 603))
                return
            }
            userAgent.perform(.acceptSubscription(subscription))
            userAgent.perform(.reportReferral(subscription, status: 200))
        }
    }

    private func forward(_ event: UserAgentCore.Event, to call: SIPCall?) {
        guard let call else { return }
        call.enqueue(event)
    }

    private func invited(_ session: SessionID, _ request: Request, _ flow: Flow) {
        totals.incoming += 1
        guard let incoming, !stopping else {
            refuse(session, status: stopping ? 503 : 480, why: "nobody serves calls now")
            return
        }
        let trunk = trunk(at: flow.remote.ip)
        let statusWhenFull = trunk?.refusal.status ?? 503
        guard calls.count < configuration.maximumCalls else {
            refuse(
                session, status: statusWhenFull, why: "\(configuration.maximumCalls) calls are up, which is the limit")
            return
        }
        // A flood of calls that are over before they are handled must not keep the handlers from those that are not.
        let isStranger = userAgent.assumeIsolated { $0.isStranger(flow.remote.ip) }
        guard backlog.overdue < (isStranger ? max(1, configuration.maximumCalls / 2) : configuration.maximumCalls)
        else {
            refuse(session, status: statusWhenFull, why: "\(backlog.overdue) calls are over and still handled")
            return
        }
        guard let from = try? request.from, let to = try? request.to else {
            refuse(session, status: 400, why: "From or To can't be read")
            return
        }
        let call = register(
            session, direction: .incoming, remote: trunk?.caller(of: request) ?? CallParty(from),
            local: trunk?.called(by: request) ?? CallParty(to), callID: try? request.callID)
        var metadata: Logger.Metadata = ["from": "\(call.remote.address)", "source": "\(flow.remote)"]
        metadata["trunk"] = trunk.map { "\($0.name)" }
        metadata["carrier-session"] = request.carrierSession.map { "\($0)" }
        call.logger.info("incoming call", metadata: metadata)
        backlog.began(session)
        incoming.yield(
            IncomingCall(
                call: call, request: request, flow: flow, userAgent: userAgent, trunk: trunk,
                began: userAgent.assumeIsolated { $0.latestReceipt }))
    }

    /// The trunk whose server this is.
    private func trunk(at address: IPAddress) -> Trunk? {
        if let trunk = configuration.trunks.first(where: { $0.isSource(address) }) { return trunk }
        guard !trunksByAccount.isEmpty else { return nil }
        let account = userAgent.assumeIsolated { $0.account(servedAt: address) }
        let place = account.flatMap { trunksByAccount[$0] }
        return place.flatMap { configuration.trunks.indices.contains($0) ? configuration.trunks[$0] : nil }
    }

    private func refuse(_ session: SessionID, status: Int, why: String) {
        metrics.wasRefused()
        logger.notice("refused a call", metadata: ["status": "\(status)", "why": "\(why)"])
        let headers: HeaderFields = status == 503 ? [(.retryAfter, "30")] : []
        userAgent.assumeIsolated { $0.perform(.reject(session, status: status, headers: headers)) }
    }

    /// Makes the call of a session and notes it in the ledger.
    func register(
        _ session: SessionID, as id: CallIdentifier = .make(), direction: CallDirection, remote: CallParty,
        local: CallParty, callID: CallID?
    ) -> SIPCall {
        let place = media.take()
        let journal = configuration.journals?.journal(of: id.text)
        var logger = logger
        if let callID { logger[metadataKey: "call-id"] = "\(callID.text)" }
        let call = SIPCall(
            id: id, direction: direction, remote: remote, local: local, session: session, place: place,
            loops: media, userAgent: userAgent, logger: logger, journal: journal)
        calls[session] = call
        if let journal { journals[session] = (journal, nil) }
        if let callID { bind(callID.text, to: call) }
        places[session] = place
        totals.calls += 1
        metrics.began(direction, live: calls.count)
        return call
    }

    /// From now on it is known which SIP messages are the call's.
    func bind(_ callID: String, to call: SIPCall) {
        messages?.bind(callID, to: call.id)
        guard let journal = journals[call.session]?.sink else { return }
        journals[call.session]?.callID = callID
        userAgent.assumeIsolated { $0.keepJournal(of: callID, in: journal) }
    }

    /// Strikes a session out of the ledger; one that was refused at once was never in it.
    func forget(_ session: SessionID) {
        guard let call = calls.removeValue(forKey: session) else { return }
        messages?.ended(call.id, now: .now)
        if let callID = journals.removeValue(forKey: session)?.callID {
            userAgent.assumeIsolated { $0.endJournal(of: callID) }
        }
        backlog.ended(session)
        if let place = places.removeValue(forKey: session) { media.release(place) }
        totals.ended += 1
        metrics.ended(live: calls.count)
        if calls.isEmpty { resumeIdleWaiters() }
    }

    private func report(_ notice: Notice) {
        var metadata: Logger.Metadata = ["kind": "\(notice.kind.rawValue)"]
        if let callID = notice.callID { metadata["call-id"] = "\(callID)" }
        if let source = notice.source { metadata["source"] = "\(source)" }
        let level: Logger.Level = notice.kind == .stray ? .debug : .notice
        logger.log(level: level, "\(notice.sentence)", metadata: metadata)
    }

    // MARK: The end

    /// Stops taking calls, lets those that are up end by themselves for `drain`, hangs up the rest, and closes.
    public func shutdown(drain: Duration = .zero) async {
        if !stopping {
            stopping = true
            incoming?.finish()
            logger.info("stopping", metadata: ["calls": "\(calls.count)"])
        }
        await waitUntilIdle(atMost: drain)
        for call in calls.values { await call.hangUp(reason: .shutdown) }
        await waitUntilIdle(atMost: .seconds(3))
        // Those whose peer answers nothing any more: nobody else would ever end them.
        for (session, call) in calls {
            forget(session)
            await call.finish(
                CallEnd(cause: .localHangUp, explanation: "We stopped while the other side did not answer."))
        }
        await unregisterAll(atMost: .seconds(3))
        if await !waitUntilLeft(atMost: .seconds(5)) {
            logger.warning("a call's handler goes on after the call")
        }
        await userAgent.endJournals()
        await userAgent.close()
        relay.endpoint.withLock { $0 = nil }
    }

    /// Notes that somebody uses the endpoint's calls.
    func enter() {
        users += 1
    }

    func leave() {
        users -= 1
        if users == 0 { resumeLeaveWaiters() }
    }

    private func waitUntilLeft(atMost limit: Duration) async -> Bool {
        guard users > 0 else { return true }
        let alarm = userAgent.loop.scheduleTask(in: .nanoseconds(limit.inNanoseconds)) { [weak self] () -> Void in
            self?.assumeIsolated { $0.resumeLeaveWaiters() }
        }
        await withCheckedContinuation { leaveWaiters.append($0) }
        alarm.cancel()
        return users == 0
    }

    private func resumeLeaveWaiters() {
        for waiter in leaveWaiters { waiter.resume() }
        leaveWaiters.removeAll()
    }

    private func waitUntilIdle(atMost limit: Duration) async {
        guard !calls.isEmpty, limit > .zero else { return }
        let alarm = userAgent.loop.scheduleTask(in: .nanoseconds(limit.inNanoseconds)) { [weak self] in
            self?.assumeIsolated { $0.resumeIdleWaiters() }
        }
        await withCheckedContinuation { idleWaiters.append($0) }
        alarm.cancel()
    }

    private func resumeIdleWaiters() {
        for waiter in idleWaiters { waiter.resume() }
        idleWaiters.removeAll()
    }

    /// What is alive now and what there has been: for leak checks and metrics.
    public func counters() async -> EndpointCounters {
        let core = await userAgent.counters
        return EndpointCounters(
            calls: calls.count, mediaPlaces: media.placed, portPairs: ports.used,
            connections: await userAgent.connectionCount, clientTransactions: core.clientTransactions,
            serverTransactions: core.serverTransactions, dialogs: core.dialogs, sessions: core.sessions,
            timers: core.timers, callsTotal: totals.calls, callsEnded: totals.ended, received: core.received,
            sent: core.sent, retransmitted: core.retransmitted, malformed: core.malformed, refused: core.refused,
            evicted: core.evicted,
            refusedBySource: Dictionary(
                core.refusedBySource.map { ("\($0.key)", $0.value) }, uniquingKeysWith: +))
    }
}

struct EndpointTotals {
    var incoming = 0
    var calls = 0
    var ended = 0
}
