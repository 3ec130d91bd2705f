internal import NIOCore
internal import NIOPosix

/// HTTP written by hand, so that it can be wrong.
public enum RawHTTP {
    /// - Returns: the status of the answer; 0 when the connection was closed without one.
    public static func post(
        _ body: [UInt8], to port: Int, path: String, headers: [(name: String, value: String)]
    ) async throws -> Int {
        var head = "POST \(path) HTTP/1.1\r\nhost: 127.0.0.1:\(port)\r\nconnection: close\r\n"
        head += "content-length: \(body.count)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        return status(of: try await exchange(Array("\(head)\r\n".utf8) + body, with: port))
    }

    /// The status in an answer; 0 when it has none.
    public static func status(of answer: [UInt8]) -> Int {
        let words = String(decoding: answer.prefix(64), as: UTF8.self).split(separator: " ")
        return words.count > 1 && words[0].hasPrefix("HTTP/") ? Int(words[1]) ?? 0 : 0
    }

    /// Sends octets to a port of this machine, and gives what comes until the connection is closed.
    public static func exchange(_ octets: [UInt8], with port: Int) async throws -> [UInt8] {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let done = loop.makePromise(of: [UInt8].self)
        let connecting = ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reading(done))
                }
            }
            .connect(host: "127.0.0.1", port: port)
        connecting.whenFailure { done.fail($0) }
        let channel = try await connecting.get()
        channel.writeAndFlush(ByteBuffer(bytes: octets), promise: nil)
        return try await done.futureResult.get()
    }

    private final class Reading: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let done: EventLoopPromise<[UInt8]>
        private var octets: [UInt8] = []

        init(_ done: EventLoopPromise<[UInt8]>) {
            self.done = done
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            octets += unwrapInboundIn(data).readableBytesView
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func channelInactive(context: ChannelHandlerContext) {
            done.succeed(octets)
            context.fireChannelInactive()
        }
    }
}
