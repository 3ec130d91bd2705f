internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS
internal import SIPCore
internal import TelephonyPrimitives

/// TCP and TLS: listeners, and connections that we open.
enum StreamTransport {
    static func listen(
        _ listen: ListenAddress, tls: NIOSSLContext?, loop: any EventLoop, agent: SIPUserAgent
    ) async throws -> any Channel {
        try await ServerBootstrap(group: loop, childGroup: loop)
            .serverChannelOption(.backlog, value: 512)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(
                        StreamConnection(protocol: listen.protocol, inbound: true, secured: tls != nil, agent: agent))
                }
            }
            .bind(to: SocketAddress(listen.address)).get()
    }

    /// Opens a connection; it is ready for messages when this returns (its TLS handshake is over).
    static func connect(
        _ protocol: TransportProtocol, to remote: TransportAddress, host: String, tls: NIOSSLContext?,
        limits: StreamLimits, loop: any EventLoop, agent: SIPUserAgent
    ) async throws -> Flow {
        let ready = loop.makePromise(of: Flow.self)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.seconds(limits.connectSeconds))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        // Server names are for DNS names only (RFC 6066 §3); an IP literal is checked by address.
                        let name = IPAddress(host) == nil ? host : nil
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try pipeline.addHandler(
                        StreamConnection(
                            protocol: `protocol`, inbound: false, secured: tls != nil, agent: agent, ready: ready))
                }
            }
        do {
            let channel = try await bootstrap.connect(to: SocketAddress(remote)).get()
            channel.closeFuture.whenComplete { _ in ready.fail(ChannelError.eof) }
        } catch {
            ready.fail(error)
        }
        return try await ready.futureResult.get()
    }
}

/// One TCP or TLS connection: cuts the octets into messages and answers keep-alives (RFC 5626 §3.5.1).
final class StreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let transport: TransportProtocol
    private let inbound: Bool
    private let secured: Bool
    private let agent: SIPUserAgent
    private var ready: EventLoopPromise<Flow>?
    private var framer = StreamFramer()
    private var flow: Flow?
    private var deadline: Scheduled<Void>?
    private var refused = false

    init(
        protocol: TransportProtocol, inbound: Bool, secured: Bool, agent: SIPUserAgent,
        ready: EventLoopPromise<Flow>? = nil
    ) {
        transport = `protocol`
        self.inbound = inbound
        self.secured = secured
        self.agent = agent
        self.ready = ready
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { channelActive(context: context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        if !secured { open(context) } else { closeUnlessReady(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSUserEvent, case .handshakeCompleted = event { open(context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func open(_ context: ChannelHandlerContext) {
        guard flow == nil, !refused, let local = context.localAddress.flatMap(TransportAddress.init),
            let remote = context.remoteAddress.flatMap(TransportAddress.init)
        else { return }
        let channel = context.channel
        let (transport, inbound) = (transport, inbound)
        let opened = agent.assumeIsolated {
            $0.connectionOpened(channel, protocol: transport, local: local, remote: remote, inbound: inbound)
        }
        guard let opened else {
            refused = true
            context.close(promise: nil)
            return
        }
        flow = opened
        ready?.succeed(opened)
        ready = nil
        arm(context, seconds: limits.messageDeadlineSeconds)
    }

    private var limits: StreamLimits {
        agent.assumeIsolated { $0.configuration.streams }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let flow else { return }
        let buffer = unwrapInboundIn(data)
        let wasEmpty = framer.isEmpty
        framer.append(Array(buffer.readableBytesView))
        do {
            while let frame = try framer.next() {
                switch frame {
                case .message(let octets): agent.assumeIsolated { $0.received(octets, on: flow) }
                case .keepAlivePing: context.writeAndFlush(NIOAny(ByteBuffer(string: "\r\n")), promise: nil)
                case .keepAlivePong: agent.assumeIsolated { $0.received([0x0D, 0x0A], on: flow) }
                }
            }
        } catch {
            // Past a framing error nothing on this connection can be trusted (RFC 3261 §18.3).
            let reason = String(describing: error)
            agent.assumeIsolated { $0.transportError(reason, socket: "\(flow.protocol.rawValue) \(flow.remote)") }
            context.close(promise: nil)
            return
        }
        if framer.isEmpty {
            arm(context, seconds: limits.idleSeconds)
        } else if wasEmpty {
            arm(context, seconds: limits.messageDeadlineSeconds)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        agent.assumeIsolated { $0.flush() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        ready?.fail(ChannelError.eof)
        ready = nil
        if let flow { agent.assumeIsolated { $0.connectionClosed(flow, reason: "the connection was closed") } }
        flow = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        ready?.fail(error)
        ready = nil
        let reason = String(describing: error)
        let remote = context.remoteAddress.map(String.init(describing:)) ?? "an unknown peer"
        let transport = transport
        agent.assumeIsolated { $0.transportError(reason, socket: "\(transport.rawValue) \(remote)") }
        context.close(promise: nil)
    }

    private func closeUnlessReady(_ context: ChannelHandlerContext) {
        arm(context, seconds: limits.connectSeconds)
    }

    /// Closes the connection unless something happens within `seconds`.
    private func arm(_ context: ChannelHandlerContext, seconds: Int64) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: .seconds(seconds)) { channel.close(promise: nil) }
    }
}
