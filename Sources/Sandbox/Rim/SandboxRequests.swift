internal import NIOCore
internal import NIOHTTP1
internal import TelephonyPrimitives

/// A connection of the API: requests one after the other.
final class SandboxRequests: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = APIResponse
    typealias OutboundOut = HTTPServerResponsePart

    private let server: SandboxServer
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLong = false

    private static let maximumBody = 1_048_576

    private init(server: SandboxServer) { self.server = server }

    /// Prepares a connection that has come. On its event loop.
    static func configure(_ channel: any Channel, server: SandboxServer) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
        try pipeline.addHandler(SandboxRequests(server: server))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            isTooLong = false
        case .body(let part):
            guard body.count + part.readableBytes <= Self.maximumBody else {
                isTooLong = true
                return
            }
            body += part.readableBytesView
        case .end:
            guard let head else { return }
            guard !isTooLong else {
                context.close(promise: nil)
                return
            }
            let request = APIRequest(
                head.method.rawValue, head.uri, authorization: head.headers.first(name: "authorization"), body: body)
            let channel = context.channel
            server.assumeIsolated { $0.asked(request, on: channel) }
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let response = unwrapOutboundIn(data)
        let octets = ByteBuffer(string: response.body.json)
        var headers: HTTPHeaders = [
            "Content-Type": "application/json", "Content-Length": "\(octets.readableBytes)",
        ]
        for (name, value) in response.headers.sorted(by: { $0.key < $1.key }) { headers.add(name: name, value: value) }
        let isLast = !(head?.isKeepAlive ?? false)
        if isLast { headers.add(name: "Connection", value: "close") }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(octets))), promise: nil)
        let last = isLast ? context.eventLoop.makePromise(of: Void.self) : nil
        if let last {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            last.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        }
        context.write(wrapOutboundOut(.end(nil)), promise: last)
        promise?.succeed(())
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
