internal import NIOCore
internal import NIOHTTP1

/// Reads webhooks from one connection, within bounds, and answers each at once. What is for another path is passed on.
final class WebhookHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// How long a request may take from its first octet to its last, and a new connection until its first request.
    private static let patience = TimeAmount.seconds(10)
    /// How long a connection may do nothing between requests: that of the carrier is used again.
    private static let idle = TimeAmount.seconds(75)
    /// How long the rest of a request that is refused may take.
    private static let rest = TimeAmount.seconds(2)

    private enum State {
        case idle
        case reading(HTTPRequestHead, [UInt8])
        /// Answered already, and closed once that is written.
        case over
        /// Answered already, while more of the request comes: closed at its end, so that the answer is read.
        case draining
        /// Another's request.
        case passing
    }

    private let intake: WebhookIntake
    private let path: String
    private var state = State.idle
    private var alarm: Scheduled<Void>?

    init(_ intake: WebhookIntake, path: String) {
        self.intake = intake
        self.path = path
    }

    func handlerAdded(context: ChannelHandlerContext) { expect(within: Self.patience, context) }

    func handlerRemoved(context: ChannelHandlerContext) { alarm?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        alarm?.cancel()
        context.fireChannelInactive()
    }

    private func expect(within time: TimeAmount, _ context: ChannelHandlerContext) {
        alarm?.cancel()
        let channel = context.channel
        alarm = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (_, .over): return
        case (.end, .draining):
            state = .over
            context.close(promise: nil)
        case (_, .draining): return
        case (.head(let head), _): begin(head, context, data)
        case (_, .passing): context.fireChannelRead(data)
        case (.body(let octets), .reading(let head, var body)):
            // Taken out first, so that it is not copied with each piece.
            state = .idle
            guard body.count + octets.readableBytes <= WebhookIntake.maximumBody else {
                return refuse(413, head, context)
            }
            body.append(contentsOf: octets.readableBytesView)
            state = .reading(head, body)
        case (.end, .reading(let head, let body)):
            state = .idle
            let status = intake.receive(body: body, headers: head.headers.map { ($0.name, $0.value) })
            answer(status, to: head, closes: !head.isKeepAlive, context)
        default: return
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext, _ data: NIOAny) {
        guard head.uri.prefix(while: { $0 != "?" }) == path else {
            state = .passing
            return context.fireChannelRead(data)
        }
        guard head.method == .POST else { return refuse(405, head, context) }
        let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        guard length <= WebhookIntake.maximumBody else { return refuse(413, head, context) }
        guard intake.mayRead() else { return refuse(503, head, context) }
        state = .reading(head, [])
        expect(within: Self.patience, context)
    }

    /// Answers before the request is over.
    private func refuse(_ status: Int, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        state = .draining
        _ = write(status, to: head, closes: true, context)
        expect(within: Self.rest, context)
    }

    private func answer(_ status: Int, to head: HTTPRequestHead, closes: Bool, _ context: ChannelHandlerContext) {
        let written = write(status, to: head, closes: closes, context)
        guard closes else { return expect(within: Self.idle, context) }
        state = .over
        let channel = context.channel
        written.whenComplete { _ in channel.close(promise: nil) }
    }

    private func write(
        _ status: Int, to head: HTTPRequestHead, closes: Bool, _ context: ChannelHandlerContext
    ) -> EventLoopFuture<Void> {
        var headers: HTTPHeaders = ["content-length": "0"]
        if status == 405 { headers.add(name: "allow", value: "POST") }
        if closes { headers.add(name: "connection", value: "close") }
        let answer = HTTPResponseHead(
            version: head.version, status: HTTPResponseStatus(statusCode: status), headers: headers)
        context.write(wrapOutboundOut(.head(answer)), promise: nil)
        return context.writeAndFlush(wrapOutboundOut(.end(nil)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What can't be read was answered by the handler in front.
        context.close(promise: nil)
    }
}
