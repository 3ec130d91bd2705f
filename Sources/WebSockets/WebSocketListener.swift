public import NIOCore
public import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Takes WebSocket connections on a port, and serves each by a task of its own.
public final class WebSocketListener: Sendable {
    private struct Serving {
        var tasks: [ObjectIdentifier: Task<Void, Never>] = [:]
        var isClosed = false
    }

    private let channel: any Channel
    private let serving: Served

    /// The connections that are being served.
    private final class Served: Sendable {
        let state = Mutex(Serving())

        func start(_ channel: any Channel, _ body: @escaping @Sendable () async -> Void) {
            let id = ObjectIdentifier(channel)
            state.withLock { state in
                guard !state.isClosed else {
                    channel.close(promise: nil)
                    return
                }
                state.tasks[id] = Task {
                    await body()
                    self.state.withLock { _ = $0.tasks.removeValue(forKey: id) }
                }
            }
        }
    }

    private init(_ channel: any Channel, _ serving: Served) {
        self.channel = channel
        self.serving = serving
    }

    deinit {
        channel.close(promise: nil)
    }

    /// Listens.
    ///
    /// - Parameters:
    ///   - host: a name or address of this machine.
    ///   - port: 0 lets the system choose one.
    ///   - terms: what is asked of a client's request.
    ///   - limits: bounds for each connection.
    ///   - certificate: makes it `wss`.
    ///   - handshakeTimeout: how long a client may take until its WebSocket is open.
    ///   - group: where the connections live.
    ///   - admission: looks at a request that fits the terms; an answer refuses it.
    ///   - serve: serves one connection, which is closed when this returns. Cancelled when the listener is closed.
    public static func bind(
        host: String = "127.0.0.1", port: Int = 0, terms: WebSocketServerTerms = WebSocketServerTerms(),
        limits: WebSocketLimits = WebSocketLimits(), certificate: WebSocketServerCertificate? = nil,
        handshakeTimeout: Duration = .seconds(10), on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        admission: @escaping @Sendable (WebSocketOpening) -> WebSocketAnswer? = { _ in nil },
        serve: @escaping @Sendable (WebSocketOpening, WebSocketConnection) async -> Void
    ) async throws(WebSocketConnectionError) -> WebSocketListener {
        let context = try certificate?.context()
        let serving = Served()
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    let late = channel.eventLoop.scheduleTask(in: TimeAmount(handshakeTimeout)) {
                        channel.close(promise: nil)
                    }
                    channel.closeFuture.whenComplete { _ in late.cancel() }
                    try WebSocketServer.configure(channel, terms: terms, limits: limits, admission: admission) {
                        channel, opening in
                        late.cancel()
                        let connection = try WebSocketConnection(
                            channel, subprotocol: opening.subprotocol, limits: limits)
                        serving.start(channel) {
                            await serve(opening, connection)
                            await connection.close()
                        }
                    }
                }
            }
        do {
            return WebSocketListener(try await bootstrap.bind(host: host, port: port).get(), serving)
        } catch {
            throw .unreachable("\(host):\(port) can't be listened on: \(error)")
        }
    }

    public var port: Int { channel.localAddress?.port ?? 0 }

    /// Takes no more connections, cancels those that are being served, and returns when all are gone.
    public func close() async {
        try? await channel.close().get()
        let tasks = serving.state.withLock { state in
            state.isClosed = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
