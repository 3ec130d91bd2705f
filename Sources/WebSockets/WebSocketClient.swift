public import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// The client's side of a WebSocket.
public enum WebSocketClient {
    /// Prepares a connection that is about to be made or was just made; it asks for the WebSocket by itself. Call it on
    /// the channel's event loop, behind TLS when there is any.
    ///
    /// - Parameters:
    ///   - channel: the connection.
    ///   - request: what is asked for.
    ///   - limits: bounds.
    ///   - onFailure: called when the server refuses (``WebSocketRefusal``) or the connection fails before it is open;
    ///     the connection is closed then.
    ///   - onOpen: called when the connection is open, with the subprotocol that the server chose, to add the handlers
    ///     that read and write ``WebSocketMessage``.
    /// - Throws: when the channel is closed already.
    public static func configure(
        _ channel: any Channel, request: WebSocketClientRequest, limits: WebSocketLimits,
        onFailure: @escaping @Sendable (any Error) -> Void,
        onOpen: @escaping @Sendable (any Channel, _ subprotocol: String?) throws -> Void
    ) throws {
        let asker = HTTPAsker(request: request, onFailure: onFailure)
        let bound = NIOLoopBound(asker, eventLoop: channel.eventLoop)
        let upgrader = NIOWebSocketClientUpgrader(
            maxFrameSize: limits.maximumMessageOctets, automaticErrorHandling: false,
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    let chosen = head.headers["sec-websocket-protocol"].first
                    guard chosen.map(request.subprotocols.contains) ?? request.subprotocols.isEmpty else {
                        let refusal = WebSocketRefusal.subprotocol(chosen)
                        onFailure(refusal)
                        channel.close(promise: nil)
                        throw refusal
                    }
                    let pipeline = channel.pipeline.syncOperations
                    pipeline.removeHandler(bound.value, promise: nil)
                    try pipeline.addHandler(WebSocketHandler(limits: limits, isServer: false))
                    try onOpen(channel, chosen)
                }
            })
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHTTPClientHandlers(
            leftOverBytesStrategy: .forwardBytes,
            withClientUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
        try pipeline.addHandler(asker)
    }
}

/// Asks for the WebSocket, and tells of an answer that is none.
private final class HTTPAsker: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let request: WebSocketClientRequest
    private let onFailure: @Sendable (any Error) -> Void
    private var hasAsked = false
    private var refusal: WebSocketAnswer?
    private var isOver = false
    private var patience: Scheduled<Void>?

    /// How long the rest of a refusal is waited for.
    private static let bodyTimeout = TimeAmount.seconds(1)

    init(request: WebSocketClientRequest, onFailure: @escaping @Sendable (any Error) -> Void) {
        self.request = request
        self.onFailure = onFailure
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { ask(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        patience?.cancel()
    }

    func channelActive(context: ChannelHandlerContext) {
        ask(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(ChannelError.eof, context)
        context.fireChannelInactive()
    }

    private func ask(_ context: ChannelHandlerContext) {
        guard !hasAsked else { return }
        hasAsked = true
        var headers: HTTPHeaders = ["Host": request.authority]
        if !request.subprotocols.isEmpty {
            headers.add(name: "Sec-WebSocket-Protocol", value: request.subprotocols.joined(separator: ", "))
        }
        for field in request.headers { headers.add(name: field.name, value: field.value) }
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: request.path, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard refusal == nil else { return }
            refusal = WebSocketAnswer(
                status: Int(head.status.code), headers: head.headers.map { WebSocketHeaderField($0.name, $0.value) })
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            patience = context.eventLoop.scheduleTask(in: Self.bodyTimeout) {
                bound.value.0.fail(ChannelError.eof, bound.value.1)
            }
        case .body(let octets):
            guard let body = refusal?.body else { return }
            refusal?.body += octets.readableBytesView.prefix(WebSocketAnswer.maximumBody - body.count)
            if body.count + octets.readableBytes >= WebSocketAnswer.maximumBody { fail(ChannelError.eof, context) }
        case .end:
            fail(ChannelError.eof, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error, context)
    }

    /// Tells of the refusal when there is one, else of `error`.
    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        guard !isOver else { return }
        isOver = true
        patience?.cancel()
        onFailure(refusal.map(WebSocketRefusal.answered) ?? error)
        context.close(promise: nil)
    }
}
