internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import SIPCore
internal import TelephonyPrimitives
internal import WebSockets

/// TCP, TLS and WebSocket: listeners, and connections that we open.
enum StreamTransport {
    /// RFC 7118 §4: the subprotocol by which SIP is agreed on.
    static let subprotocol = "sip"

    static func listen(_ listen: ListenAddress, loop: any EventLoop, agent: SIPUserAgent) async throws -> any Channel {
        let configuration = agent.configuration
        return try await ServerBootstrap(group: loop, childGroup: loop)
            .serverChannelOption(.backlog, value: 512)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (admitted, contexts) = agent.assumeIsolated { ($0.accept(channel), $0.contexts) }
                    guard let id = admitted else { throw ChannelError.eof }
                    let connection = SIPConnection(id: id, listen.protocol, opened: nil, agent: agent)
                    let pipeline = channel.pipeline.syncOperations
                    if listen.protocol.isSecure {
                        guard let context = contexts?.server else {
                            throw SIPTransportError.tlsNeedsCertificate(listen)
                        }
                        try pipeline.addHandler(NIOSSLServerHandler(context: context))
                        try pipeline.addHandler(
                            TLSPeerCheck(
                                host: nil, mustShow: configuration.tls.requiresClientCertificates, onFailure: { _ in }))
                    }
                    if listen.protocol.isWebSocket {
                        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
                        try WebSocketServer.configure(
                            channel, terms: configuration.webSocketTerms, limits: configuration.webSocketLimits
                        ) { channel, _ in
                            try addWebSocket(bound.value, to: channel)
                        }
                    } else {
                        try pipeline.addHandler(connection)
                    }
                }
            }
            .bind(to: SocketAddress(listen.address)).get()
    }

    /// Opens a connection; it is ready for messages when this returns, with its handshakes over.
    ///
    /// - Parameters:
    ///   - protocol: the transport.
    ///   - remote: where to.
    ///   - host: whom we want there, for SNI, the certificate and the Host header.
    ///   - loop: where the connection lives.
    ///   - agent: whose connection it is.
    static func connect(
        _ protocol: TransportProtocol, to remote: TransportAddress, host: String, loop: any EventLoop,
        agent: SIPUserAgent
    ) async throws -> Flow {
        let configuration = agent.configuration
        let ready = loop.makePromise(of: Flow.self)
        let id = await agent.makeConnectionID()
        let contexts = await agent.contexts
        let handshake = TimeAmount(configuration.connections.handshake)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(handshake)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = SIPConnection(id: id, `protocol`, opened: ready, agent: agent)
                    let pipeline = channel.pipeline.syncOperations
                    if `protocol`.isSecure {
                        guard let contexts else { throw ChannelError.eof }
                        // Server names are for DNS names only (RFC 6066 §3); an IP literal is checked by address.
                        let name = IPAddress(host) == nil ? host : nil
                        try pipeline.addHandler(NIOSSLClientHandler(context: contexts.client, serverHostname: name))
                        try pipeline.addHandler(
                            TLSPeerCheck(
                                host: host, mustShow: contexts.verifiesServers, onFailure: { ready.fail($0) }))
                    }
                    if `protocol`.isWebSocket {
                        let authority = TransportAddress(host: host, port: remote.port)?.description
                        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
                        try WebSocketClient.configure(
                            channel,
                            request: WebSocketClientRequest(
                                authority: authority ?? "\(host):\(remote.port)", path: configuration.webSocketPath,
                                subprotocols: [subprotocol]),
                            limits: configuration.webSocketLimits, onFailure: { ready.fail($0) }
                        ) { channel, _ in
                            try addWebSocket(bound.value, to: channel)
                        }
                    } else {
                        try pipeline.addHandler(connection)
                    }
                }
            }
        do {
            let channel = try await bootstrap.connect(to: SocketAddress(remote)).get()
            let late = loop.scheduleTask(in: handshake) {
                ready.fail(ConnectionFailure.handshakeTimeout)
                channel.close(promise: nil)
            }
            ready.futureResult.whenComplete { _ in late.cancel() }
            channel.closeFuture.whenComplete { _ in ready.fail(ConnectionFailure.closed) }
        } catch {
            ready.fail(error)
        }
        return try await ready.futureResult.get()
    }

    private static func addWebSocket(_ connection: SIPConnection, to channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(SIPWebSocketAdapter())
        try pipeline.addHandler(connection)
    }
}

/// One SIP message is one WebSocket message, and the other way round (RFC 7118 §4.2).
private final class SIPWebSocketAdapter: ChannelDuplexHandler {
    typealias InboundIn = WebSocketMessage
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = WebSocketMessage

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(wrapInboundOut(unwrapInboundIn(data).payload))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let octets = unwrapOutboundIn(data)
        // Text, as browsers' stacks expect it, unless the body is of another kind (RFC 7118 §4.2).
        context.write(
            wrapOutboundOut(WebSocketMessage(octets.isUTF8 ? .text : .binary, octets)), promise: promise)
    }
}

/// Why a connection of ours came to nothing.
enum ConnectionFailure: Error, CustomStringConvertible {
    case handshakeTimeout
    case closed

    var description: String {
        switch self {
        case .handshakeTimeout: "the other side did not finish the handshake in time"
        case .closed: "the other side closed the connection"
        }
    }
}
