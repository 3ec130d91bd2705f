internal import NIOCore
internal import NIOHTTP1

/// Reads requests from one connection, within bounds, and answers each. What is for no path of its own is passed on.
final class PortHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Octets of a body that are read: events have a few thousand.
    static let maximumBody = 256 << 10
    /// How long a request may take from its first octet to its last, and a new connection until its first request; and
    /// how long its answer may.
    private static let patience = TimeAmount.seconds(10)
    /// How long a connection may do nothing between requests: that of the carrier is used again.
    private static let idle = TimeAmount.seconds(75)
    /// How long the rest of a request that is refused may take.
    private static let rest = TimeAmount.seconds(2)

    private enum State {
        case idle
        case reading(PortRoute, HTTPRequestHead, [UInt8])
        /// Whole; somebody is going to answer it.
        case asked(HTTPRequestHead)
        /// Answered already, and closed once that is written.
        case over
        /// Answered already, while more of the request comes: closed at its end, so that the answer is read.
        case draining
        /// Another's request.
        case passing
    }

    private let routes: [String: PortRoute]
    private var state = State.idle
    private var alarm: Scheduled<Void>?

    /// - Parameter routes: by their paths.
    init(_ routes: [String: PortRoute]) {
        self.routes = routes
    }

    func handlerAdded(context: ChannelHandlerContext) { expect(within: Self.patience, context) }

    func handlerRemoved(context: ChannelHandlerContext) { alarm?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        alarm?.cancel()
        state = .over
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
        case (_, .asked):
            // Nobody sends the next request before the answer to this one.
            state = .over
            context.close(promise: nil)
        case (.end, .draining):
            state = .over
            context.close(promise: nil)
        case (_, .draining): return
        case (.head(let head), _): begin(head, context, data)
        case (_, .passing): context.fireChannelRead(data)
        case (.body(let octets), .reading(let route, let head, var body)):
            // Taken out first, so that it is not copied with each piece.
            state = .idle
            guard body.count + octets.readableBytes <= Self.maximumBody else {
                return refuse(PortAnswer(413), route, head, context)
            }
            body.append(contentsOf: octets.readableBytesView)
            state = .reading(route, head, body)
        case (.end, .reading(let route, let head, let body)): ask(route, head, body, context)
        default: return
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext, _ data: NIOAny) {
        guard let route = routes[String(head.uri.prefix { $0 != "?" })] else {
            state = .passing
            return context.fireChannelRead(data)
        }
        guard route.methods.contains(head.method.rawValue) else { return refuse(PortAnswer(405), route, head, context) }
        let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        guard length <= Self.maximumBody else { return refuse(PortAnswer(413), route, head, context) }
        guard route.mayRead() else { return refuse(PortAnswer(503), route, head, context) }
        state = .reading(route, head, [])
        expect(within: Self.patience, context)
    }

    private func ask(_ route: PortRoute, _ head: HTTPRequestHead, _ body: [UInt8], _ context: ChannelHandlerContext) {
        state = .asked(head)
        expect(within: Self.patience, context)
        let request = PortRequest(
            method: head.method.rawValue, target: head.uri, headers: head.headers.map { ($0.name, $0.value) },
            body: body)
        let loop = context.eventLoop
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: loop)
        route.take(request) { answer in
            if loop.inEventLoop {
                bound.value.handler.answer(answer, bound.value.context)
            } else {
                loop.execute { bound.value.handler.answer(answer, bound.value.context) }
            }
        }
    }

    private func answer(_ answer: PortAnswer, _ context: ChannelHandlerContext) {
        // The connection is gone, or too much came meanwhile.
        guard case .asked(let head) = state else { return }
        let closes = !head.isKeepAlive
        let written = write(answer, to: head, closes: closes, context)
        guard closes else {
            state = .idle
            return expect(within: Self.idle, context)
        }
        state = .over
        let channel = context.channel
        written.whenComplete { _ in channel.close(promise: nil) }
    }

    /// Answers before the request is over.
    private func refuse(
        _ answer: PortAnswer, _ route: PortRoute, _ head: HTTPRequestHead, _ context: ChannelHandlerContext
    ) {
        state = .draining
        _ = write(answer, to: head, closes: true, allowed: route.methods, context)
        expect(within: Self.rest, context)
    }

    private func write(
        _ answer: PortAnswer, to head: HTTPRequestHead, closes: Bool, allowed: [String] = [],
        _ context: ChannelHandlerContext
    ) -> EventLoopFuture<Void> {
        var headers: HTTPHeaders = ["content-length": "\(answer.body.count)"]
        if let type = answer.contentType { headers.add(name: "content-type", value: type) }
        if answer.status == 405 { headers.add(name: "allow", value: allowed.joined(separator: ", ")) }
        if closes { headers.add(name: "connection", value: "close") }
        let response = HTTPResponseHead(
            version: head.version, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        if !answer.body.isEmpty, head.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        }
        return context.writeAndFlush(wrapOutboundOut(.end(nil)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What can't be read was answered by the handler in front.
        context.close(promise: nil)
    }
}
