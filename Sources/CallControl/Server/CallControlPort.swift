internal import Logging
internal import NIOCore
internal import NIOPosix
internal import SIPNIO
internal import Synchronization
internal import Telephony
internal import TelephonyPrimitives
internal import Telnyx
internal import WebSockets

/// The port to which Telnyx posts webhooks and opens media streams.
final class CallControlPort: Sendable {
    private let channel: any Channel

    private init(_ channel: any Channel) {
        self.channel = channel
    }

    var port: UInt16 { UInt16(clamping: channel.localAddress?.port ?? 0) }

    /// Listens.
    ///
    /// - Parameters:
    ///   - maximumConnections: streams and webhooks together; more are closed at once.
    ///   - routes: what is taken besides streams, by its path.
    ///   - makeCall: makes the call of a stream, on the stream's loop.
    ///   - onOpen: told of each stream that was opened.
    static func open(
        _ address: TransportAddress, on group: any EventLoopGroup, maximumConnections: Int,
        routes: [String: PortRoute], door: StreamDoor, logger: Logger,
        makeCall: @escaping @Sendable (StreamDoor.Ticket, any EventLoop, UInt64) -> StreamCall?,
        onOpen: @escaping @Sendable (StreamCall) -> Void
    ) async throws(CallControlFailure) -> CallControlPort {
        let count = Shared(Atomic(0))
        let tally = Shared(Mutex(RefusalTally()))
        let metrics = CallControlMetrics()
        var limits = WebSocketLimits()
        limits.maximumMessageOctets = 65_536
        let bounds = limits
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let live = count.value.add(1, ordering: .relaxed).newValue
                    channel.closeFuture.whenComplete { _ in
                        count.value.subtract(1, ordering: .relaxed)
                    }
                    guard live <= maximumConnections else { throw ChannelError.connectPending }
                    let admitted = NIOLoopBoundBox<String?>(nil, eventLoop: channel.eventLoop)
                    try WebSocketServer.configure(
                        channel, terms: WebSocketServerTerms(path: CallControlConfiguration.streamPath), limits: bounds,
                        beside: PortHandler(routes)
                    ) { opening in
                        switch door.admit(opening, now: .now) {
                        case .good(let name):
                            admitted.value = name
                            return nil
                        case .missing, .unknown:
                            metrics.stream(.refused)
                            if let refused = tally.value.withLock({ $0.refuse(now: .now) }) {
                                logger.warning(
                                    "refused a media stream: it brought no token that is good",
                                    metadata: ["refused": "\(refused)"])
                            }
                            return WebSocketAnswer(status: 403)
                        }
                    } onOpen: { channel, _ in
                        guard let name = admitted.value,
                            let (call, socket) = door.call(
                                named: name, { makeCall($0, channel.eventLoop, $1) })
                        else {
                            channel.close(promise: nil)
                            return
                        }
                        metrics.stream(.opened)
                        try channel.pipeline.syncOperations.addHandler(StreamSocket(call, number: socket))
                        onOpen(call)
                        call.onLoop { $0.open(channel, socket: socket, now: .now) }
                    }
                }
            }
        do {
            let channel = try await bootstrap.bind(host: address.ip.description, port: Int(address.port)).get()
            return CallControlPort(channel)
        } catch {
            throw .cannotListen(address, (error as? IOError)?.description ?? "\(error)")
        }
    }

    func close() async {
        try? await channel.close().get()
    }
}

/// Something that can't be copied, for several closures.
private final class Shared<Value: ~Copyable & Sendable>: Sendable {
    let value: Value

    init(_ value: consuming Value) {
        self.value = value
    }
}
