public import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// The server's side of a WebSocket.
public enum WebSocketServer {
    /// Prepares a connection that was just accepted. Call it on the channel's event loop, behind TLS when there is any.
    ///
    /// - Parameters:
    ///   - channel: the connection.
    ///   - terms: what is asked of the client's request.
    ///   - limits: bounds.
    ///   - onOpen: called when the connection is open, to add the handlers that read and write ``WebSocketMessage``.
    /// - Throws: when the channel is closed already.
    public static func configure(
        _ channel: any Channel, terms: WebSocketServerTerms, limits: WebSocketLimits,
        onOpen: @escaping @Sendable (any Channel, WebSocketOpening) throws -> Void
    ) throws {
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: limits.maximumMessageOctets, automaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                var headers: HTTPHeaders?
                if case .accepted(let opening) = terms.verdict(on: head) {
                    headers = HTTPHeaders(opening.subprotocol.map { [("Sec-WebSocket-Protocol", $0)] } ?? [])
                }
                return channel.eventLoop.makeSucceededFuture(headers)
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    guard case .accepted(let opening) = terms.verdict(on: head) else { throw ChannelError.eof }
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(WebSocketHandler(limits: limits, isServer: true))
                    try onOpen(channel, opening)
                }
            })
        var decoderLimits = NIOHTTPDecoderLimitConfiguration()
        decoderLimits.maxHeaderFieldSize = limits.maximumHandshakeOctets
        decoderLimits.maxHeaderListSize = limits.maximumHandshakeOctets
        decoderLimits.maxHeaderFieldCount = 64
        let pipeline = channel.pipeline.syncOperations
        let refuser = HTTPRefuser(terms: terms)
        let bound = NIOLoopBound(refuser, eventLoop: channel.eventLoop)
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    context.pipeline.syncOperations.removeHandler(bound.value, promise: nil)
                }
            ), withErrorHandling: true, withOutboundHeaderValidation: true, withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: decoderLimits)
        try pipeline.addHandler(refuser)
    }
}

/// Answers requests that open no WebSocket, and closes.
private final class HTTPRefuser: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let terms: WebSocketServerTerms
    private var hasAnswered = false

    init(terms: WebSocketServerTerms) {
        self.terms = terms
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data), !hasAnswered else { return }
        hasAnswered = true
        var (status, reason) = (HTTPResponseStatus.badRequest, "this is no request for a WebSocket")
        if case .refused(let chosen, let why) = terms.verdict(on: head) { (status, reason) = (chosen, why) }
        var headers: HTTPHeaders = [
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(reason.utf8.count + 1)",
            "Connection": "close",
        ]
        if status == .upgradeRequired {
            headers.add(name: "Upgrade", value: "websocket")
            headers.add(name: "Sec-WebSocket-Version", value: "13")
        }
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: reason + "\n")))), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }
}
