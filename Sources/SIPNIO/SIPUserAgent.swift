public import Logging
internal import NIOConcurrencyHelpers
public import NIOCore
internal import NIOPosix
public import SIPCore
package import TelephonyPrimitives

/// The SIP rim: sockets, clock and name look-ups around one `UserAgentCore`.
///
/// Everything of it runs on one event loop, in the order in which it came; the core decides, this only carries out.
public actor SIPUserAgent {
    public nonisolated let loop: any EventLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.executor.asUnownedSerialExecutor() }

    nonisolated let configuration: SIPUserAgentConfiguration
    nonisolated let logger: Logger
    private nonisolated let onEvent: @Sendable (UserAgentCore.Event) -> Void
    /// The calls of an agent made by ``listen(on:name:group:logger:change:)``.
    nonisolated let sessions: SessionTable?
    nonisolated let directory: ServerDirectory

    /// What is listened on, with the ports that the system chose; empty before the start.
    public private(set) var addresses: [ListenAddress] = []
    var core: UserAgentCore
    var sockets: [UInt64: UDPTransport] = [:]
    private var listeners: [any Channel] = []
    var ledger: ConnectionLedger
    var channels: [UInt64: any Channel] = [:]
    var handshakes: [UInt64: Scheduled<Void>] = [:]
    private var datagramRate: SourceRateLimiter
    var connectionRate: SourceRateLimiter
    private var answers: AnswerBudget
    private var refusals = RefusalLog()
    private var unflushed: [ObjectIdentifier: any Channel] = [:]
    private var alarm: (at: Instant, task: Scheduled<Void>)?
    /// What single calls are replayed from, where somebody wants that.
    var journal: SignallingJournal?
    private var nextChannel: UInt64 = 1
    /// What new TLS connections are made with.
    private(set) var contexts: TLSContexts?
    private var draining = false
    var overload: OverloadControl?
    var measuring: RepeatedTask?

    /// - Parameters:
    ///   - configuration: what it is to the other side, and its limits.
    ///   - loop: the event loop on which all of it runs.
    ///   - logger: takes what the core has to say about odd traffic.
    ///   - onEvent: called on `loop` for each event, in order; must return at once.
    public init(
        configuration: SIPUserAgentConfiguration, loop: any EventLoop, logger: Logger,
        onEvent: @escaping @Sendable (UserAgentCore.Event) -> Void
    ) {
        self.init(configuration: configuration, loop: loop, logger: logger, sessions: nil, onEvent: onEvent)
    }

    init(
        configuration: SIPUserAgentConfiguration, loop: any EventLoop, logger: Logger, sessions: SessionTable?,
        onEvent: @escaping @Sendable (UserAgentCore.Event) -> Void
    ) {
        self.sessions = sessions
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        self.onEvent = onEvent
        directory = ServerDirectory(resolver: configuration.resolver, logger: logger)
        (core, journal) = Self.core(configuration.trustingCore, mask: configuration.journalMask)
        ledger = ConnectionLedger(limits: configuration.connections)
        let rates = configuration.rates
        datagramRate = SourceRateLimiter(rate: rates.datagrams, maximumSources: rates.maximumSources)
        connectionRate = SourceRateLimiter(rate: rates.connections, maximumSources: rates.maximumSources)
        answers = AnswerBudget(factor: configuration.strangerFactor, maximumSources: rates.maximumSources)
    }

    /// Opens the sockets.
    ///
    /// - Returns: what is listened on, with the ports that the system chose; also ``addresses``.
    /// - Throws: ``SIPTransportError``; nothing stays open then.
    @discardableResult public func start() async throws -> [ListenAddress] {
        guard !configuration.listen.isEmpty else { throw SIPTransportError.nothingToListenOn }
        if let listen = configuration.listen.first(where: \.protocol.isSecure), configuration.tls.server == nil {
            throw SIPTransportError.tlsNeedsCertificate(listen)
        }
        contexts = try TLSContexts(configuration.tls)
        if !configuration.tls.verifiesServers {
            logger.warning("certificates of servers are NOT verified: anybody on the way can listen to calls out")
        }
        var bound: [ListenAddress] = []
        for listen in configuration.listen {
            do {
                bound.append(try await self.listen(on: listen))
            } catch let error as SIPTransportError {
                await close()
                throw error
            } catch {
                await close()
                throw SIPTransportError.cannotListen(listen, reason: Self.sentence(error))
            }
        }
        advertise(bound)
        addresses = bound
        watchOverload()
        return bound
    }

    /// Where port 0 is advertised, the port that the system chose is meant; only now it is known.
    private func advertise(_ bound: [ListenAddress]) {
        var advised = configuration.trustingCore
        for address in bound where advised.advertised[address.protocol]?.port == 0 {
            advised.advertised[address.protocol]?.port = address.address.port
        }
        // A WebSocket server has an address, unlike the clients that the core otherwise takes us for.
        for address in bound where address.protocol.isWebSocket && !address.address.ip.isUnspecified {
            if advised.advertised[address.protocol] == nil { advised.advertised[address.protocol] = address.address }
        }
        guard advised.advertised != configuration.core.advertised else { return }
        (core, journal) = Self.core(advised, mask: configuration.journalMask)
    }

    private func listen(on listen: ListenAddress) async throws -> ListenAddress {
        switch listen.protocol {
        case .udp:
            let socket = try await UDPTransport.bind(listen.address, id: makeConnectionID(), loop: loop, agent: self)
            sockets[socket.id] = socket
            return ListenAddress(.udp, socket.bound)
        case .tcp, .tls, .ws, .wss:
            let channel = try await StreamTransport.listen(listen, loop: loop, agent: self)
            listeners.append(channel)
            let bound = channel.localAddress.flatMap(TransportAddress.init) ?? listen.address
            return ListenAddress(listen.protocol, bound)
        }
    }

    /// Reads the certificates, keys and roots again, from the same files. Connections made from now on have the new
    /// ones; those that are open stay as they are.
    ///
    /// - Throws: ``SIPTransportError/badCertificate(path:reason:)``; then everything stays as it was.
    public func reloadCertificates() throws(SIPTransportError) {
        contexts = try TLSContexts(configuration.tls)
        logger.notice("certificates were read again")
    }

    /// Gives the core a command and carries out what follows from it.
    public func perform(_ command: UserAgentCore.Command) {
        take(.command(command), now: .now)
        drain()
        flush()
    }

    /// A number for a session that is about to be started with `UserAgentCore.Command.invite`.
    public func makeSessionID() -> SessionID {
        core.makeSessionID()
    }

    /// The Call-ID of a session that lives; an INVITE of ours has one as soon as it is commanded.
    package func callID(of session: SessionID) -> CallID? {
        core.callID(of: session)
    }

    /// A number for an account that is about to be registered with `UserAgentCore.Command.register`.
    public func makeRegistrationID() -> RegistrationID {
        core.makeRegistrationID()
    }

    /// A number for a request that is about to be sent with `UserAgentCore.Command.request`.
    public func makeRequestID() -> RequestID {
        core.makeRequestID()
    }

    /// A number for a subscription that is about to be made with `UserAgentCore.Command.subscribe`.
    public func makeSubscriptionID() -> SubscriptionID {
        core.makeSubscriptionID()
    }

    /// The account whose registrar is at this address, by the flow on which it is registered.
    package func account(servedAt address: IPAddress) -> RegistrationID? { core.account(servedAt: address) }

    /// Where the user of an address of record can be reached now, best first; empty without a registrar.
    public func bindings(of address: SIPURI) -> [LocationBinding] {
        core.bindings(of: address, now: .now)
    }

    /// A flow to one of the servers of `target` (RFC 3263): an open connection or socket, else a new connection. For
    /// those who must know, before they send a request, from which address of ours it will go.
    ///
    /// - Throws: when no server is found or none can be reached; the error's text says so.
    public func route(to target: FlowTarget) async throws -> Flow {
        try await flow(to: target)
    }

    /// When the latest message came: the one of which an event tells that is handled now.
    package private(set) var latestReceipt = Instant.zero

    /// What lives in the core now: for leak checks and metrics.
    public var counters: Counters { core.counters }

    /// Open TCP, TLS and WebSocket connections.
    public var connectionCount: Int { ledger.count }

    /// Datagrams and connections that were refused so far because of their number.
    public var refusedCount: Int { datagramRate.refused + refusals.connections }

    /// Answers to strangers that were not sent so far, since they would have been larger than what had come.
    public var withheldAnswerCount: Int { answers.withheld }

    /// Closes every socket and connection. The other sides of calls that are still up are not told: hang up first.
    public func close() async {
        sessions?.finish()
        alarm?.task.cancel()
        alarm = nil
        measuring?.cancel()
        measuring = nil
        let open = listeners + sockets.values.map(\.channel) + channels.values
        listeners = []
        sockets = [:]
        for handshake in handshakes.values { handshake.cancel() }
        handshakes = [:]
        for channel in open { try? await channel.close() }
        await directory.shutdown()
    }

    // MARK: From the sockets

    func received(_ octets: [UInt8], on flow: Flow) {
        take(octets, on: flow, now: .now)
    }

    private func take(_ octets: [UInt8], on flow: Flow, now: Instant) {
        latestReceipt = now
        configuration.onMessage?(TracedMessage(time: now, isReceived: true, octets: octets, flow: flow))
        take(.datagram(octets, flow), now: now)
        drain()
    }

    /// A datagram has come.
    ///
    /// - Returns: the answer, when the core has nothing to do with it.
    func received(_ datagram: ByteBuffer, on flow: Flow) -> [UInt8]? {
        let now = Instant.now
        let source = flow.remote.ip
        let isTrusted = configuration.trustedSources.contains(source)
        if !isTrusted {
            guard datagramRate.admits(source, now: now) else {
                note(.datagramRate, source)
                return nil
            }
            answers.earned(datagram.readableBytes, by: source)
        }
        let octets = Array(datagram.readableBytesView)
        guard !STUNBinding.isSTUN(octets) else {
            guard let response = STUNBinding.response(to: octets, from: flow.remote),
                isTrusted || answers.spend(response.count, to: source)
            else { return nil }
            return response
        }
        take(octets, on: flow, now: now)
        return nil
    }

    func note(_ cause: RefusalLog.Cause, _ source: IPAddress) {
        if let sentence = refusals.note(cause, source, now: .now) { logger.warning("\(sentence)") }
    }

    func transportError(_ reason: String, socket: String) {
        logger.notice("transport error", metadata: ["socket": "\(socket)", "reason": "\(reason)"])
    }

    func flush() {
        for channel in unflushed.values { channel.flush() }
        unflushed.removeAll(keepingCapacity: true)
    }

    // MARK: To the sockets

    private func drain() {
        // An event's receiver may give the next command before this returns; the outer loop carries it out in order.
        guard !draining else { return }
        draining = true
        while let output = nextOutput() {
            switch output {
            case .transmit(let octets, let flow): transmit(octets, on: flow)
            case .openFlow(let request, let target): openFlow(request, to: target)
            case .closeFlow(let flow): channels[flow.id]?.close(promise: nil)
            case .event(let event): onEvent(event)
            }
        }
        draining = false
        setAlarm()
    }

    private func transmit(_ octets: [UInt8], on flow: Flow) {
        if flow.protocol == .udp {
            guard let channel = sockets[flow.id]?.channel, let remote = try? SocketAddress(flow.remote),
                configuration.trustedSources.contains(flow.remote.ip)
                    || answers.permits(octets, to: flow.remote.ip, isKnown: !core.isStranger(flow.remote.ip))
            else { return }
            let written = loop.makePromise(of: Void.self)
            channel.write(AddressedEnvelope(remoteAddress: remote, data: ByteBuffer(bytes: octets)), promise: written)
            written.futureResult.whenFailure { [logger] error in
                logger.notice(
                    "could not send", metadata: ["to": "\(flow.remote)", "reason": "\(Self.sentence(error))"])
            }
            unflushed[ObjectIdentifier(channel)] = channel
            traceSent(octets, on: flow)
        } else if let entry = ledger[flow.id], let channel = channels[flow.id] {
            if entry.isStranger, octets.isAcceptance { ledger.acquaint(flow.id) }
            channel.write(ByteBuffer(bytes: octets), promise: nil)
            unflushed[ObjectIdentifier(channel)] = channel
            traceSent(octets, on: flow)
        } else {
            // Closed meanwhile: the core hears of it in order, not from within its own output.
            loop.execute { [weak self] in
                self?.assumeIsolated { $0.connectionClosed(flow, reason: "the connection is closed") }
            }
        }
    }

    private func traceSent(_ octets: [UInt8], on flow: Flow) {
        configuration.onMessage?(TracedMessage(time: .now, isReceived: false, octets: octets, flow: flow))
    }

    func finish(_ input: UserAgentCore.Input) {
        take(input, now: .now)
        drain()
        flush()
    }

    // MARK: Time

    /// The alarm goes off at whole multiples of this, in nanoseconds, so that transactions which end close together are one wake-up.
    private static let alarmGrid: Int64 = 2_000_000

    private func setAlarm() {
        guard let deadline = core.deadline else { return }
        let (up, overflow) = max(0, deadline.nanoseconds).addingReportingOverflow(Self.alarmGrid - 1)
        let instant = Instant(nanoseconds: (overflow ? Int64.max : up) / Self.alarmGrid * Self.alarmGrid)
        // An alarm that has become too early stays: when it goes off, the next deadline is looked at.
        if let alarm, alarm.at <= instant { return }
        alarm?.task.cancel()
        let task = loop.scheduleTask(deadline: .uptimeNanoseconds(UInt64(instant.nanoseconds))) {
            [weak self] () -> Void in
            self?.assumeIsolated { $0.wake() }
        }
        alarm = (instant, task)
    }

    private func wake() {
        alarm = nil
        take(.wake, now: .now)
        drain()
        flush()
    }

    func makeConnectionID() -> UInt64 {
        defer { nextChannel += 1 }
        return nextChannel
    }

    /// What `error` says to a person.
    static func sentence(_ error: any Error) -> String {
        if let error = error as? IOError { return error.description }
        return String(describing: error)
    }
}

extension Instant {
    /// This moment on the loops' clock.
    package static var now: Instant {
        Instant(nanoseconds: Int64(clamping: NIODeadline.now().uptimeNanoseconds))
    }
}
