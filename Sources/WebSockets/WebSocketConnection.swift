public import NIOCore
public import NIOPosix
internal import NIOSSL

/// An open WebSocket, for code that waits: messages come from an asynchronous sequence and go out in order.
///
/// Who reads slowly slows the peer down: nothing is dropped. Pings are answered, and a peer that answers none is given
/// up, without help. A connection that nobody holds any more is closed.
public final class WebSocketConnection: Sendable {
    /// The subprotocol that was agreed on.
    public let subprotocol: String?
    /// What comes, in order; to be read by one task. Ends when either side has closed, and throws when the connection
    /// broke or the peer broke the protocol.
    public let messages: WebSocketMessages

    private let channel: any Channel
    private let inbox: WebSocketInbox
    private let outbox: WebSocketOutbox

    /// Takes over a channel whose WebSocket has just been opened. On its event loop.
    init(_ channel: any Channel, subprotocol: String?, limits: WebSocketLimits) throws {
        self.channel = channel
        self.subprotocol = subprotocol
        inbox = WebSocketInbox(limits: limits)
        outbox = WebSocketOutbox(channel, limits: limits)
        messages = WebSocketMessages(inbox: inbox)
        try channel.pipeline.syncOperations.addHandler(WebSocketEnd(inbox: inbox, outbox: outbox))
    }

    deinit {
        channel.close(promise: nil)
    }

    /// Opens a WebSocket.
    ///
    /// - Parameters:
    ///   - url: where it is.
    ///   - headers: further header fields of the request. They are never logged.
    ///   - subprotocols: those that are offered, the best first; the server has to choose one when there are any.
    ///   - limits: bounds.
    ///   - tls: whom to trust, for `wss`.
    ///   - connectTimeout: how long all of it may take: the name, TCP, TLS and the request.
    ///   - group: where the connection lives.
    public static func open(
        _ url: WebSocketURL, headers: [WebSocketHeaderField] = [], subprotocols: [String] = [],
        limits: WebSocketLimits = WebSocketLimits(), tls: WebSocketTLS = WebSocketTLS(),
        connectTimeout: Duration = .seconds(10), on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(WebSocketConnectionError) -> WebSocketConnection {
        for field in headers + subprotocols.map({ WebSocketHeaderField("Sec-WebSocket-Protocol", $0) })
        where !field.isValid {
            throw .invalid("the header field \(field.name) can't be sent: it holds a character that may not be in it")
        }
        let context = url.isSecure ? try tls.context() : nil
        let request = WebSocketClientRequest(
            authority: url.authority, path: url.target, subprotocols: subprotocols, headers: headers)
        let loop = group.next()
        let ready = loop.makePromise(of: WebSocketConnection.self)
        let late = loop.scheduleTask(in: TimeAmount(connectTimeout)) {
            ready.fail(WebSocketConnectionError.timedOut)
        }
        ready.futureResult.whenComplete { _ in late.cancel() }
        ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(connectTimeout))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    ready.futureResult.whenFailure { _ in channel.close(promise: nil) }
                    if let context {
                        // Server names are for DNS names only (RFC 6066 §3); an IP literal is checked by address.
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: url.isAddress ? nil : url.host))
                    }
                    try WebSocketClient.configure(
                        channel, request: request, limits: limits, onFailure: { ready.fail($0) }
                    ) { channel, subprotocol in
                        ready.succeed(try WebSocketConnection(channel, subprotocol: subprotocol, limits: limits))
                    }
                }
            }
            .connect(host: url.host, port: url.port).whenFailure { ready.fail($0) }
        do {
            return try await withTaskCancellationHandler {
                try await ready.futureResult.get()
            } onCancel: {
                ready.fail(WebSocketConnectionError.cancelled)
            }
        } catch {
            throw WebSocketConnectionError(opening: error)
        }
    }

    /// Sends text; returns at once.
    ///
    /// - Throws: ``WebSocketConnectionError/tooMuchUnsent``, ``WebSocketConnectionError/closed``.
    public func send(text: String) throws(WebSocketConnectionError) {
        try outbox.send(WebSocketMessage(.text, ByteBuffer(string: text)))
    }

    /// Sends octets; returns at once.
    ///
    /// - Throws: ``WebSocketConnectionError/tooMuchUnsent``, ``WebSocketConnectionError/closed``.
    public func send(binary octets: [UInt8]) throws(WebSocketConnectionError) {
        try outbox.send(WebSocketMessage(.binary, ByteBuffer(bytes: octets)))
    }

    /// Sends text; waits while too much is unsent.
    public func sendWaiting(text: String) async throws(WebSocketConnectionError) {
        try await outbox.sendWaiting(WebSocketMessage(.text, ByteBuffer(string: text)))
    }

    /// Sends octets; waits while too much is unsent.
    public func sendWaiting(binary octets: [UInt8]) async throws(WebSocketConnectionError) {
        try await outbox.sendWaiting(WebSocketMessage(.binary, ByteBuffer(bytes: octets)))
    }

    /// Octets that were given to be sent and are not written yet.
    public var unsentOctets: Int { outbox.octets }

    /// Messages that have come and were not taken yet.
    var unread: Int { inbox.count }

    /// What the peer's Close frame said; `nil` while none has come.
    public var closed: WebSocketClosed? { inbox.closed }

    /// Sends what waits and then a Close frame, and returns when the connection is gone. What comes meanwhile is
    /// forgotten.
    ///
    /// - Parameters:
    ///   - code: one that may be sent; another counts as ``WebSocketCloseCode/normal``.
    ///   - reason: for people; only its first 123 octets are sent.
    public func close(code: WebSocketCloseCode = .normal, reason: String = "") async {
        outbox.close()
        var short = Substring(reason)
        while short.utf8.count > 123 { short.removeLast() }
        let wish = WebSocketClosing(code: code.mayBeSent ? code : .normal, reason: String(short))
        channel.eventLoop.execute { [outbox, channel] in
            outbox.write()
            channel.triggerUserOutboundEvent(wish, promise: nil)
        }
        // Only now: whoever reads may close as well when the messages end, and the first code is the one that is said.
        inbox.discard()
        await waitUntilGone()
    }

    /// Breaks the connection without a Close frame.
    public func abort() async {
        outbox.close()
        inbox.discard()
        // Past the handler that would say goodbye first.
        channel.eventLoop.execute { [channel] in
            if let context = try? channel.pipeline.syncOperations.context(handlerType: WebSocketHandler.self) {
                context.close(promise: nil)
            } else {
                channel.close(promise: nil)
            }
        }
        await waitUntilGone()
    }

    /// Returns when the connection is gone.
    public func waitUntilGone() async {
        try? await channel.closeFuture.get()
    }
}

/// The messages of a connection.
public struct WebSocketMessages: AsyncSequence, Sendable {
    public typealias Element = WebSocketMessage
    public typealias Failure = WebSocketConnectionError

    let inbox: WebSocketInbox

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(inbox: inbox) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let inbox: WebSocketInbox

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(WebSocketConnectionError) -> WebSocketMessage? {
            try await inbox.next()
        }

        public mutating func next() async throws(WebSocketConnectionError) -> WebSocketMessage? {
            try await inbox.next()
        }
    }
}

extension WebSocketMessage {
    /// The payload as text: that of a text message, or of a binary one that is UTF-8.
    public var text: String? {
        String(validating: payload.readableBytesView, as: UTF8.self)
    }

    public var octets: [UInt8] { Array(payload.readableBytesView) }
}
