import NIOCore
import NIOPosix

/// A plain TCP connection that knows nothing of SIP.
final class RawConnection: Sendable {
    let channel: any Channel
    private let octets: AsyncStream<[UInt8]>

    init(to port: UInt16, from source: String? = nil) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        octets = stream
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiver(continuation))
                }
            }
        if let source { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: source, port: 0)) }
        channel = try await bootstrap.connect(host: "127.0.0.1", port: Int(port)).get()
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// What comes until `end` was there.
    func receive(until end: String) async throws -> String {
        var text = ""
        for await part in octets {
            text += String(decoding: part, as: UTF8.self)
            if text.contains(end) { return text }
        }
        throw Unexpected("closed after '\(text)'")
    }

    /// Everything that comes until the other side closes.
    func rest() async -> String {
        var text = ""
        for await part in octets { text += String(decoding: part, as: UTF8.self) }
        return text
    }

    func close() async { try? await channel.close() }

    private final class Receiver: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncStream<[UInt8]>.Continuation
        init(_ continuation: AsyncStream<[UInt8]>.Continuation) { self.continuation = continuation }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(Array(unwrapInboundIn(data).readableBytesView))
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    }
}
