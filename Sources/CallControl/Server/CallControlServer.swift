package import Logging
internal import NIOCore
internal import NIOPosix
internal import SIPNIO
internal import Telephony
package import TelephonyPrimitives
package import Telnyx

/// Takes calls under Call Control: webhooks and media streams come in at one port, commands go out.
package actor CallControlServer {
    private enum Item: Sendable {
        case webhook(WebhookEvent)
        case news(StreamNews, CallIdentifier)
        /// A TeXML application waits for a document.
        case asked(TeXMLRequest, @Sendable (PortAnswer) -> Void)
        /// And tells something.
        case told(TeXMLRequest)
    }

    package nonisolated let address: TransportAddress
    nonisolated let configuration: CallControlConfiguration
    nonisolated let telnyx: TelnyxClient
    nonisolated let door: StreamDoor
    nonisolated let logger: Logger
    nonisolated let limits: CallControlLeg.Limits
    private nonisolated let inbox: AsyncStream<Item>.Continuation
    private nonisolated let port: CallControlPort
    private nonisolated let loops: MediaLoops
    let metrics = CallControlMetrics()

    private var filter = WebhookFilter()
    var legs: [CallIdentifier: RunningLeg] = [:]
    private(set) var legsByControl: [CallControlID: CallIdentifier] = [:]
    /// Calls of TeXML applications that there were.
    var recent = RecentCalls()
    var incoming: AsyncStream<IncomingLeg>.Continuation?
    private(set) var isStopping = false
    private var idleWaiters: [CheckedContinuation<Void, Never>] = []

    /// Opens the port.
    ///
    /// - Parameters:
    ///   - telnyx: sends commands; `nil`: over HTTPS, with the key of the configuration.
    ///   - wallClock: seconds since 1970.
    /// - Throws: ``CallControlFailure``.
    package init(
        _ configuration: CallControlConfiguration, telnyx: TelnyxClient? = nil,
        limits: CallControlLeg.Limits = CallControlLeg.Limits(),
        wallClock: @escaping @Sendable () -> Int64 = { WebhookIntake.systemClock }, logger: Logger
    ) async throws {
        let verifier: WebhookVerifier
        do throws(WebhookKeyError) {
            verifier = try WebhookVerifier(publicKey: configuration.publicKey)
        } catch {
            throw CallControlFailure.key("\(error)")
        }
        let (items, inbox) = AsyncStream.makeStream(of: Item.self)
        let door = StreamDoor()
        let loops = try await MediaLoops(nil, threads: max(1, min(System.coreCount, 4)))
        let relay = ControlRelay()
        let intake = WebhookIntake(
            verifier, origin: configuration.publicURL, wallClock: wallClock, logger: logger
        ) { inbox.yield(.webhook($0)) }
        var routes = [
            CallControlConfiguration.webhookPath: intake.webhooks, CallControlConfiguration.healthPath: .health,
        ]
        if configuration.servesTeXML {
            routes[CallControlConfiguration.texmlPath] = intake.texml { inbox.yield(.asked($0, $1)) }
            routes[CallControlConfiguration.texmlStatusPath] = intake.texml {
                inbox.yield(.told($0))
                $1(PortAnswer(200))
            }
        }
        port = try await CallControlPort.open(
            configuration.listen, on: loops.group, maximumConnections: configuration.maximumCalls * 2 + 64,
            routes: routes, door: door, logger: logger
        ) { ticket, loop, number in
            guard let place = loops.take(on: loop) else { return nil }
            return StreamCall(
                id: ticket.id, direction: ticket.direction, remote: ticket.remote, local: ticket.local, leg: ticket.leg,
                reply: ticket.format, began: ticket.began, place: place, loops: loops, number: number, control: relay)
        } onOpen: { call in
            inbox.yield(.news(.opened(call), call.id))
        }
        address = TransportAddress(ip: configuration.listen.ip, port: port.port)
        self.configuration = configuration
        self.telnyx =
            telnyx
            ?? TelnyxClient(
                key: configuration.apiKey,
                transport: configuration.apiURL.map { HTTPTransport(base: $0) } ?? HTTPTransport())
        self.door = door
        self.loops = loops
        self.logger = logger
        self.limits = limits
        self.inbox = inbox
        relay.server = self
        // Unstructured: what comes in is taken from the moment on at which the port is open, until it is closed.
        Task {
            for await item in items { self.take(item) }
        }
    }

    /// Where Telnyx is to post webhooks.
    package nonisolated var webhookURL: String { configuration.webhookURL }

    /// Where TeXML applications ask for a document; `nil`: nowhere.
    package nonisolated var texmlURL: String? { configuration.servesTeXML ? configuration.texmlURL : nil }

    /// As whom calls are placed when nobody else is named.
    package nonisolated var caller: String? { configuration.caller }

    /// Whether somebody takes calls.
    package var isServing: Bool { incoming != nil }

    /// Calls that ring or are up.
    package var live: Int { legs.count }

    private func take(_ item: Item) {
        switch item {
        case .webhook(let event): receive(event)
        case .news(.opened(let call), let id):
            guard let leg = legs[id] else { return call.onLoop { $0.finish(Self.gone) } }
            leg.call = call
        case .news(.named(let control, let session), let id): name(control, id, session: session)
        case .news(.input(let input), let id): tell(input, to: id)
        case .news(.note(let sentence), let id): legs[id]?.note("stream", sentence)
        case .asked(let request, let answer): asked(request, answer)
        case .told(let request): told(request)
        }
    }

    private static let gone = CallEnd(cause: .failed, explanation: "The call was over before its stream came.")

    nonisolated func hear(_ news: StreamNews, of id: CallIdentifier) { inbox.yield(.news(news, id)) }

    // MARK: Webhooks

    private func receive(_ event: WebhookEvent) {
        let verdict = filter.receive(event, now: .now)
        guard verdict != .duplicate else { return metrics.webhook(.duplicate) }
        metrics.webhook(.taken)
        if let (id, part) = leg(of: event) {
            if part == .own {
                if legs[id]?.control == nil { bind(event.call.control, to: id) }
                legs[id]?.named(session: event.call.session, leg: event.call.leg)
            }
            return tell(.webhook(event.details, of: part), to: id)
        }
        guard case .initiated(let beginning) = event.details, verdict != .afterEnd, beginning.direction == .incoming,
            let control = event.call.control
        else { return logger.debug("a webhook of no call of ours", metadata: ["event": "\(event)"]) }
        invited(beginning, event.call, control)
    }

    /// Which leg a webhook is about: by its name, or by what we put onto it.
    private func leg(of event: WebhookEvent) -> (CallIdentifier, LegInput.Part)? {
        if let control = event.call.control, let id = legsByControl[control] { return (id, .own) }
        guard let state = event.call.clientState?.text.flatMap(LegState.init), legs[state.call] != nil else {
            return nil
        }
        return (state.call, state.part)
    }

    private func bind(_ control: CallControlID?, to id: CallIdentifier) {
        guard let control, let leg = legs[id], leg.control == nil else { return }
        leg.name(control)
        legsByControl[control] = id
        tell(.placed(control), to: id)
    }

    /// The stream of a leg has told how it is called: what its application called it may be something else.
    private func name(_ control: CallControlID, _ id: CallIdentifier, session: String?) {
        guard let leg = legs[id] else { return }
        if leg.control != control, legsByControl[control] == nil {
            leg.name(control)
            legsByControl[control] = id
        }
        guard leg.session == nil, let session = session.flatMap(IncomingLeg.line) else { return }
        leg.session = session
        leg.note("carrier session", session)
    }

    /// A call of ours has a name at Telnyx.
    func placed(_ call: PlacedCall, of id: CallIdentifier) {
        if let leg = legs[id] {
            leg.named(session: call.session, leg: call.leg)
            return bind(call.control, to: id)
        }
        // It was given up meanwhile.
        Task { [telnyx] in try? await telnyx.run(HangupCommand(), on: call.control) }
    }

    func add(_ leg: RunningLeg) {
        legs[leg.id] = leg
        if let control = leg.control { legsByControl[control] = leg.id }
        metrics.began(leg.value.direction)
    }

    // MARK: What the legs want

    /// Tells a leg something, and does what it wants.
    func tell(_ input: LegInput, to id: CallIdentifier) {
        guard let leg = legs[id] else { return }
        perform(leg.value.receive(input, now: .now), of: leg)
    }

    func perform(_ actions: [LegAction], of leg: RunningLeg) {
        for action in actions {
            switch action {
            case .order(let order): carryOut(order, of: leg)
            case .up:
                guard let call = leg.call else { continue }
                leg.upWaiter?.resume(returning: .success(call))
                leg.upWaiter = nil
            case .tell(let event): leg.call?.tell(event)
            case .progress(let status, let reason):
                leg.progress(status < 200 ? .provisional(status: status, reason: reason) : .answered)
            case .transferred(let error):
                leg.transferWaiter?.resume(returning: error)
                leg.transferWaiter = nil
            case .note(let kind, let detail):
                leg.note(kind, detail)
                logger.notice("\(detail)", metadata: ["call": "\(leg.id)"])
            case .ended(let end): close(leg, end)
            }
        }
        setAlarm(of: leg)
    }

    private func setAlarm(of leg: RunningLeg) {
        let due = legs[leg.id] === leg ? leg.value.deadline : nil
        guard due != leg.alarm?.at else { return }
        leg.alarm?.task.cancel()
        leg.alarm = due.map { due in
            let id = leg.id
            return (
                due,
                Task {
                    try? await Task.sleep(for: max(.zero, due - .now))
                    guard !Task.isCancelled else { return }
                    self.wake(id)
                }
            )
        }
    }

    private func wake(_ id: CallIdentifier) {
        guard let leg = legs[id] else { return }
        leg.alarm = nil
        perform(leg.value.tick(now: .now), of: leg)
    }

    private func close(_ leg: RunningLeg, _ end: CallEnd) {
        guard legs.removeValue(forKey: leg.id) != nil else { return }
        for name in leg.names { legsByControl[name] = nil }
        leg.asking?(PortAnswer(503))
        leg.asking = nil
        door.forget(leg.id)
        leg.alarm?.task.cancel()
        logger.info(
            "call ended",
            metadata: ["call": "\(leg.id)", "cause": "\(end.cause.rawValue)", "why": "\(end.explanation)"]
        )
        // A TeXML application's document ends with its stream, and the call with the document: not one that was handed on.
        let leavesStream = leg.isTeXML && end.cause == .transferred
        leg.call?.onLoop { $0.finish(end, leavesStream: leavesStream) }
        leg.upWaiter?.resume(returning: .failure(.ended(end)))
        leg.upWaiter = nil
        leg.transferWaiter?.resume(returning: .ended(end))
        leg.transferWaiter = nil
        if legs.isEmpty { resumeIdleWaiters() }
    }

    // MARK: The end

    /// Takes no more calls, lets those that are up end by themselves for `drain`, hangs up the rest, and closes.
    package func shutdown(drain: Duration) async {
        isStopping = true
        incoming?.finish()
        await waitUntilIdle(atMost: drain)
        for id in legs.keys { tell(.hangUp(.shutdown), to: id) }
        await waitUntilIdle(atMost: limits.hangUp + .seconds(1))
        for leg in legs.values {
            close(leg, CallEnd(cause: .localHangUp, explanation: "We stopped while Telnyx did not answer."))
        }
        await port.close()
        inbox.finish()
    }

    private func waitUntilIdle(atMost limit: Duration) async {
        guard !legs.isEmpty, limit > .zero else { return }
        let alarm = Task {
            try? await Task.sleep(for: limit)
            if !Task.isCancelled { self.resumeIdleWaiters() }
        }
        await withCheckedContinuation { idleWaiters.append($0) }
        alarm.cancel()
    }

    private func resumeIdleWaiters() {
        for waiter in idleWaiters { waiter.resume() }
        idleWaiters.removeAll()
    }
}
