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
    ///   - admission: looks at a request that fits the terms; an answer refuses it.
    ///   - onOpen: called when the connection is open, to add the handlers that read and write ``WebSocketMessage``.
    /// - Throws: when the channel is closed already.
    public static func configure(
        _ channel: any Channel, terms: WebSocketServerTerms, limits: WebSocketLimits,
        admission: @escaping @Sendable (WebSocketOpening) -> WebSocketAnswer? = { _ in nil },
        onOpen: @escaping @Sendable (any Channel, WebSocketOpening) throws -> Void
    ) throws {
        try configure(
            channel, terms: terms, limits: limits, beside: nil, admission: admission, onOpen: onOpen)
    }

    /// The same for a port that takes other requests as well.
    ///
    /// - Parameter other: gets every request that opens no WebSocket first, as `HTTPServerRequestPart`s, and passes on what
    ///   is none of its own: that is refused. It is removed when a WebSocket is opened.
    package static func configure(
        _ channel: any Channel, terms: WebSocketServerTerms, limits: WebSocketLimits,
        beside other: (any RemovableChannelHandler)?,
        admission: @escaping @Sendable (WebSocketOpening) -> WebSocketAnswer?,
        onOpen: @escaping @Sendable (any Channel, WebSocketOpening) throws -> Void
    ) throws {
        let refuser = HTTPRefuser(terms: terms)
        let bound = NIOLoopBound(refuser, eventLoop: channel.eventLoop)
        let others = NIOLoopBound(other, eventLoop: channel.eventLoop)
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: limits.maximumMessageOctets, automaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                var headers: HTTPHeaders?
                if case .accepted(let opening) = terms.verdict(on: head) {
                    if let answer = admission(opening) {
                        bound.value.answer = answer
                        return channel.eventLoop.makeSucceededFuture(nil)
                    }
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
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    context.pipeline.syncOperations.removeHandler(bound.value, promise: nil)
                    if let other = others.value { context.pipeline.syncOperations.removeHandler(other, promise: nil) }
                }
            ), withErrorHandling: true, withOutboundHeaderValidation: true, withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: decoderLimits)
        if let other { try pipeline.addHandler(other) }
        try pipeline.addHandler(refuser)
    }
}

/// Answers requests that open no WebSocket, and closes.
private final class HTTPRefuser: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let terms: WebSocketServerTerms
    /// What is answered to a request that fits the terms.
    var answer: WebSocketAnswer?
    private var hasAnswered = false

    init(terms: WebSocketServerTerms) {
        self.terms = terms
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data), !hasAnswered else { return }
        hasAnswered = true
        if let answer {
            send(answer, context)
            return
        }
        var (status, reason) = (HTTPResponseStatus.badRequest, "this is no request for a WebSocket")
        if case .refused(let chosen, let why) = terms.verdict(on: head) { (status, reason) = (chosen, why) }
        var headers = [WebSocketHeaderField("Content-Type", "text/plain; charset=utf-8")]
        if status == .upgradeRequired {
            headers.append(WebSocketHeaderField("Upgrade", "websocket"))
            headers.append(WebSocketHeaderField("Sec-WebSocket-Version", "13"))
        }
        send(
            WebSocketAnswer(status: Int(status.code), headers: headers, body: Array("\(reason)\n".utf8)), context)
    }

    private func send(_ answer: WebSocketAnswer, _ context: ChannelHandlerContext) {
        var headers: HTTPHeaders = ["Content-Length": "\(answer.body.count)", "Connection": "close"]
        for field in answer.headers { headers.add(name: field.name, value: field.value) }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }
}
