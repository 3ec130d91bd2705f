internal import NIOCore
internal import NIOPosix
internal import SIPCore
public import TelephonyPrimitives
internal import WebSockets

/// A ``SandboxCarrier`` on sockets: SIP over UDP, TCP and TLS, its names, and the sound of its calls.
///
/// All of it runs on one event loop; the carrier decides, this only carries out.
public actor SandboxServer {
    nonisolated let loop: any EventLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.executor.asUnownedSerialExecutor() }

    private(set) var carrier: SandboxCarrier
    let onNews: @Sendable (SandboxNews) -> Void
    /// Of SIP over UDP, by edge.
    var sockets: [Int: any Channel] = [:]
    var names: (any Channel)?
    var listeners: [any Channel] = []
    private var connections: [UInt64: any Channel] = [:]
    private var relays: [UInt64: SoundRelay] = [:]
    private var alarm: Scheduled<Void>?
    private var lastConnection: UInt64 = 0
    private var requests: [UInt64: any Channel] = [:]
    private var lastAsked = ""
    private var lastRequest: UInt64 = 0
    private var streams: [UInt64: WebSocketConnection] = [:]

    /// Connections at once; one more is closed.
    private static let maximumConnections = 64

    /// Opens the ports and begins.
    ///
    /// - Parameters:
    ///   - settings: what it is; each of its edges is listened on, UDP and TCP, and over TLS where there is a certificate.
    ///   - onNews: told on its event loop of each message and of what is odd; must return at once.
    /// - Throws: ``SandboxFailure`` when a port can't be had.
    public static func start(
        _ settings: SandboxSettings, onNews: @escaping @Sendable (SandboxNews) -> Void
    ) async throws(SandboxFailure) -> SandboxServer {
        var settings = settings
        settings.callControl?.epoch = SandboxClock.epoch
        settings.callControl?.openedAt = Instant(
            nanoseconds: Int64(clamping: NIODeadline.now().uptimeNanoseconds))
        let server = SandboxServer(settings, loop: MultiThreadedEventLoopGroup.singleton.next(), onNews: onNews)
        do {
            try await server.listen()
        } catch {
            await server.stop()
            throw error
        }
        return server
    }

    private init(
        _ settings: SandboxSettings, loop: any EventLoop, onNews: @escaping @Sendable (SandboxNews) -> Void
    ) {
        self.loop = loop
        self.onNews = onNews
        carrier = SandboxCarrier(settings, random: SystemRandomNumberGenerator())
    }

    /// Closes all ports; calls are left as they are.
    public func stop() async {
        alarm?.cancel()
        for relay in relays.values { relay.close() }
        relays = [:]
        for stream in streams.values { await stream.abort() }
        streams = [:]
        let channels = Array(sockets.values) + listeners + Array(connections.values) + [names].compactMap(\.self)
        (sockets, listeners, connections, names) = ([:], [], [:], nil)
        for channel in channels { try? await channel.close().get() }
    }

    // MARK: SIP

    /// Takes a connection.
    ///
    /// - Returns: its number; `nil` when there are enough.
    func opened(_ channel: any Channel) -> UInt64? {
        guard connections.count < Self.maximumConnections else { return nil }
        lastConnection += 1
        connections[lastConnection] = channel
        return lastConnection
    }

    func closed(_ connection: UInt64) {
        connections[connection] = nil
        take(.connectionClosed(connection))
    }

    func received(_ octets: [UInt8], from wire: SandboxWire) {
        onNews(.message(SandboxMessageLine(octets, isIncoming: true, peer: carrier.name(of: wire))))
        take(.message(octets, wire))
    }

    private func take(_ event: SandboxCarrier.Event) {
        let now = Instant(nanoseconds: Int64(clamping: NIODeadline.now().uptimeNanoseconds))
        for action in carrier.receive(event, now: now) {
            switch action {
            case .send(let octets, let wire): send(octets, to: wire)
            case .relay(let call, let order): obey(order, call)
            case .control(let action): obey(action)
            case .handedOn(let caller, let number): onNews(.handedOn(caller: caller, to: number))
            case .nameAnswer(let octets, let asker):
                if let names { write(octets, to: asker, on: names) }
            case .remark(let sentence): onNews(.remark(sentence))
            }
        }
        alarm?.cancel()
        alarm = carrier.deadline.map { deadline in
            loop.scheduleTask(deadline: .uptimeNanoseconds(UInt64(clamping: deadline.nanoseconds))) {
                self.assumeIsolated { $0.take(.wake) }
            }
        }
    }

    private func send(_ octets: [UInt8], to wire: SandboxWire) {
        onNews(.message(SandboxMessageLine(octets, isIncoming: false, peer: carrier.name(of: wire))))
        if wire.connection != 0 {
            connections[wire.connection]?.writeAndFlush(ByteBuffer(bytes: octets), promise: nil)
        } else if let socket = sockets[wire.edge] {
            write(octets, to: wire.remote, on: socket)
        }
    }

    private func write(_ octets: [UInt8], to place: TransportAddress, on socket: any Channel) {
        guard let remote = try? SocketAddress(ipAddress: place.ip.description, port: Int(place.port)) else { return }
        socket.writeAndFlush(
            AddressedEnvelope(remoteAddress: remote, data: ByteBuffer(bytes: octets)), promise: nil)
    }

    /// A message has come to the name server.
    func asked(_ query: [UInt8], by asker: TransportAddress) { take(.nameQuery(query, asker)) }

    /// TLS with somebody came to nothing.
    func tlsFailed(_ remote: TransportAddress, _ error: any Error) {
        onNews(.remark(SandboxMessageLine.plain("TLS with \(remote) came to nothing: \(error)")))
    }

    // MARK: The HTTP side

    /// A whole request has come.
    ///
    func asked(_ request: APIRequest, on channel: any Channel) {
        lastRequest += 1
        requests[lastRequest] = channel
        lastAsked = "\(request.method) \(request.target.prefix { $0 != "?" })"
        take(.control(.request(lastRequest, request)))
    }

    private func obey(_ action: SandboxCallControl.Action) {
        switch action {
        case .respond(let number, let response):
            onNews(.control("api  \(SandboxMessageLine.plain(lastAsked)) \(response.status)"))
            requests.removeValue(forKey: number)?.writeAndFlush(response, promise: nil)
        case .post(let number, let delivery): post(delivery, number)
        case .fetch(let number, let order): fetch(order, number)
        case .openStream(let number, let url, let token): open(url, token, number)
        case .sendStream(let number, let text):
            // One that reads nothing for long is closed by its bound.
            do { try streams[number]?.send(text: text) } catch { close(number, isCut: true) }
        case .closeStream(let number): close(number, isCut: false)
        case .cutStream(let number): close(number, isCut: true)
        }
    }

    private func post(_ delivery: WebhookDelivery, _ number: UInt64) {
        Task {
            let status = await WebhookPoster.post(delivery)
            let place = SandboxMessageLine.plain(String(delivery.url.prefix { $0 != "?" }))
            let answer = status.map { "\($0)" } ?? "no answer"
            onNews(.control("webhook  \(delivery.event) to \(place), attempt \(delivery.attempt): \(answer)"))
            take(.control(.delivered(number, status: status)))
        }
    }

    private func fetch(_ order: DocumentFetch, _ number: UInt64) {
        Task {
            let (status, body) = await WebhookPoster.fetch(order)
            let place = SandboxMessageLine.plain(String(order.url.prefix { $0 != "?" }))
            onNews(.control("TeXML  \(order.method) \(place): \(status.map { "\($0)" } ?? "no answer")"))
            take(.control(.fetched(number, status: status, body)))
        }
    }

    private func open(_ url: String, _ token: Secret?, _ number: UInt64) {
        guard let place = WebSocketURL(url) else {
            return take(.control(.streamFailed(number, "its address can't be read")))
        }
        var limits = WebSocketLimits()
        // 30 s of L16 at 16 kHz in Base64.
        limits.maximumMessageOctets = 2_097_152
        limits.maximumUnreadOctets = 4_194_304
        let bounds = limits
        let headers = token.map { [WebSocketHeaderField("Authorization", "Bearer \($0.value)")] } ?? []
        Task {
            do {
                let connection = try await WebSocketConnection.open(
                    place, headers: headers, limits: bounds, connectTimeout: .seconds(5), on: loop)
                streams[number] = connection
                onNews(.control("stream  \(place) is open"))
                take(.control(.streamOpened(number)))
                for try await message in connection.messages {
                    take(.control(.streamMessage(number, message.octets)))
                }
                await connection.close()
            } catch {
                guard streams[number] != nil else {
                    take(.control(.streamFailed(number, "\(error)")))
                    return
                }
            }
            streams[number] = nil
            onNews(.control("stream  \(place) is closed"))
            take(.control(.streamClosed(number)))
        }
    }

    private func close(_ number: UInt64, isCut: Bool) {
        guard let connection = streams.removeValue(forKey: number) else { return }
        Task { if isCut { await connection.abort() } else { await connection.close() } }
    }

    // MARK: Sound

    private func obey(_ order: RelayOrder, _ call: UInt64) {
        switch order {
        case .open: openRelay(call)
        case .close: relays.removeValue(forKey: call)?.close()
        case .tap:
            relays[call]?.onTap = { side, packet in
                self.assumeIsolated { $0.take(.tapped(call: call, side, packet)) }
            }
        default: relays[call]?.obey(order)
        }
    }

    private func openRelay(_ call: UInt64) {
        let relay = SoundRelay(loop: loop, fault: carrier.settings.fault)
        relays[call] = relay
        let opened = SoundRelay.bind(at: carrier.mediaAddress, on: loop) { channel, side, isControl in
            try channel.pipeline.syncOperations.addHandler(
                SandboxSound(call: call, side: side, isControl: isControl, server: self))
        }
        opened.whenComplete { result in
            self.assumeIsolated { server in
                switch result {
                case .success(let channels):
                    guard let relay = server.relays[call] else { return channels.close() }
                    relay.use(channels)
                    server.take(
                        .relayOpened(call: call, caller: channels.callerPort, callee: channels.calleePort))
                case .failure: server.take(.relayFailed(call: call))
                }
            }
        }
    }

    func heard(_ packet: ByteBuffer, from source: SocketAddress, at side: SoundSide, isControl: Bool, of call: UInt64) {
        relays[call]?.heard(packet, from: source, at: side, isControl: isControl)
    }
}

/// Why a sandbox does not start.
public struct SandboxFailure: Error, Sendable, CustomStringConvertible {
    /// What it was to listen on; `nil`: the certificate or its key can't be used.
    public var address: TransportAddress?
    /// What the system says.
    public var reason: String

    public var description: String {
        guard let address else {
            return "certificate and key can't be used: \(reason). Give the certificate's chain and its key, in PEM."
        }
        return "\(address) can't be listened on: \(reason). Choose another port or address."
    }
}
