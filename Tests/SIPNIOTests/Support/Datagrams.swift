import NIOCore
import NIOPosix

/// A plain UDP socket on loopback.
final class Datagrams: Sendable {
    let port: UInt16
    let channel: any Channel
    private let received: AsyncStream<[UInt8]>

    private init(on host: String) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        received = stream
        channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiver(continuation))
                }
            }
            .bind(host: host, port: 0).get()
        port = UInt16(channel.localAddress?.port ?? 0)
    }

    static func with<Result>(on host: String = "127.0.0.1", _ body: (Datagrams) async throws -> Result) async throws
        -> Result
    {
        let socket = try await Datagrams(on: host)
        do {
            let result = try await body(socket)
            try? await socket.channel.close()
            return result
        } catch {
            try? await socket.channel.close()
            throw error
        }
    }

    func send(_ octets: [UInt8], to port: UInt16) async throws {
        let remote = try SocketAddress(ipAddress: "127.0.0.1", port: Int(port))
        try await channel.writeAndFlush(AddressedEnvelope(remoteAddress: remote, data: ByteBuffer(bytes: octets)))
    }

    func receive() async throws -> [UInt8] {
        for await datagram in received { return datagram }
        throw Unexpected("no datagram came")
    }

    private final class Receiver: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        private let continuation: AsyncStream<[UInt8]>.Continuation
        init(_ continuation: AsyncStream<[UInt8]>.Continuation) { self.continuation = continuation }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(Array(unwrapInboundIn(data).data.readableBytesView))
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) {}
        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    }
}
