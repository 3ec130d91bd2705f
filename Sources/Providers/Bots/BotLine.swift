internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import WebSockets

/// A connection to a bot.
protocol BotLine: Sendable {
    /// Sends now or never.
    ///
    /// - Returns: `false` when the bot takes too little. That it is gone is told by ``next()``.
    func send(_ message: BotMessage) -> Bool
    /// The next message; `nil` when the bot has closed. To be asked by one task.
    ///
    /// - Throws: when the connection broke.
    func next() async throws -> BotMessage?
    func close() async
}

/// A bot at a WebSocket.
struct WebSocketBotLine: BotLine {
    let connection: WebSocketConnection

    func send(_ message: BotMessage) -> Bool {
        do throws(WebSocketConnectionError) {
            switch message {
            case .text(let text): try connection.send(text: text)
            case .octets(let octets): try connection.send(binary: octets)
            }
            return true
        } catch {
            if case .tooMuchUnsent = error { return false }
            return true
        }
    }

    func next() async throws -> BotMessage? {
        var messages = connection.messages.makeAsyncIterator()
        guard let message = try await messages.next() else { return nil }
        return message.kind == .text ? message.text.map { .text($0) } : .octets(message.octets)
    }

    func close() async { await connection.close() }
}

/// A bot at a TCP port.
final class TCPBotLine: BotLine {
    private let channel: any Channel
    private let inbox: TCPInbox
    private let unsent = Mutex(0)

    private static let maximumUnsent = 131_072

    private init(_ channel: any Channel, _ inbox: TCPInbox) {
        self.channel = channel
        self.inbox = inbox
    }

    deinit {
        channel.close(promise: nil)
    }

    static func open(host: String, port: Int, timeout: Duration) async throws -> TCPBotLine {
        let inbox = TCPInbox()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(TimeAmount(timeout))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TCPReader(inbox))
                }
            }
            .connect(host: host, port: port).get()
        return TCPBotLine(channel, inbox)
    }

    func send(_ message: BotMessage) -> Bool {
        guard case .octets(let octets) = message, channel.isActive else { return true }
        let hasRoom = unsent.withLock { unsent in
            guard unsent + octets.count <= Self.maximumUnsent else { return false }
            unsent += octets.count
            return true
        }
        guard hasRoom else { return false }
        channel.writeAndFlush(ByteBuffer(bytes: octets)).whenComplete { [self] _ in
            unsent.withLock { $0 -= octets.count }
        }
        return true
    }

    func next() async throws -> BotMessage? { try await inbox.next().map { .octets($0) } }

    func close() async {
        inbox.end(nil)
        try? await channel.close().get()
    }
}

/// What came over TCP and was not taken yet; the channel reads no more until it was.
private final class TCPInbox: Sendable {
    private struct State {
        var octets: [UInt8] = []
        var end: Result<Void, any Error>?
        var waiting: CheckedContinuation<Void, Never>?
        var resume: (@Sendable () -> Void)?
    }

    private static let maximumUnread = 65_536
    private let state = Mutex(State())

    func put(_ octets: [UInt8]) {
        let waiting = state.withLock { state in
            if state.end == nil { state.octets += octets }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    func holds(_ resume: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard state.end == nil, state.octets.count >= Self.maximumUnread else { return false }
            state.resume = resume
            return true
        }
    }

    func end(_ error: (any Error)?) {
        let waiting = state.withLock { state in
            if state.end == nil { state.end = error.map { .failure($0) } ?? .success(()) }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    func next() async throws -> [UInt8]? {
        while true {
            let (octets, end, resume) = state.withLock { state in
                defer {
                    state.octets = []
                    state.resume = nil
                }
                return (state.octets, state.end, state.resume)
            }
            resume?()
            if !octets.isEmpty { return octets }
            if let end {
                try end.get()
                return nil
            }
            try Task.checkCancellation()
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        guard state.octets.isEmpty, state.end == nil, !Task.isCancelled else { return true }
                        state.waiting = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                let waiting = state.withLock { state in
                    defer { state.waiting = nil }
                    return state.waiting
                }
                waiting?.resume()
            }
        }
    }
}

private final class TCPReader: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let inbox: TCPInbox

    init(_ inbox: TCPInbox) {
        self.inbox = inbox
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbox.put(Array(unwrapInboundIn(data).readableBytesView))
    }

    func read(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let isHeld = inbox.holds {
            loop.execute {
                let (reader, context) = bound.value
                reader.read(context: context)
            }
        }
        if !isHeld { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        inbox.end(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.end(nil)
        context.fireChannelInactive()
    }
}
