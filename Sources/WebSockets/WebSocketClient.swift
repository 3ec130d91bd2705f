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

    init(request: WebSocketClientRequest, onFailure: @escaping @Sendable (any Error) -> Void) {
        self.request = request
        self.onFailure = onFailure
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { ask(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        ask(context)
        context.fireChannelActive()
    }

    private func ask(_ context: ChannelHandlerContext) {
        guard !hasAsked else { return }
        hasAsked = true
        var headers: HTTPHeaders = ["Host": request.authority]
        if !request.subprotocols.isEmpty {
            headers.add(name: "Sec-WebSocket-Protocol", value: request.subprotocols.joined(separator: ", "))
        }
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: request.path, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        fail(WebSocketRefusal.status(head.status.code), context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error, context)
    }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        onFailure(error)
        context.close(promise: nil)
    }
}
