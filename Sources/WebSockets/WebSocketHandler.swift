internal import NIOCore
internal import NIOWebSocket

/// The end of an open WebSocket connection: turns frames into ``WebSocketMessage`` and back, answers pings, pings a
/// silent peer, and closes with the handshake of RFC 6455 §7.
///
/// Reads and writes `WebSocketMessage`. Closing the channel sends a Close frame first. A peer's fault is told as
/// ``WebSocketViolation`` through `errorCaught`, after the Close frame with its code has been sent; a peer's Close as
/// the user event ``WebSocketClosed``.
final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketMessage
    typealias OutboundIn = WebSocketMessage
    typealias OutboundOut = WebSocketFrame

    private let limits: WebSocketLimits
    private let isServer: Bool
    private var assembler: WebSocketAssembler
    private var hasSentClose = false
    private var isAwaitingPong = false
    private var heardSincePing = false
    private var pinging: RepeatedTask?
    private var closing: Scheduled<Void>?
    private var closed: EventLoopPromise<Void>?
    private var farewell = WebSocketClosing(code: .normal, reason: "")
    /// Whether what comes is being read at all; while it is not, no pong can be missed.
    private var isReading = true

    init(limits: WebSocketLimits, isServer: Bool) {
        self.limits = limits
        self.isServer = isServer
        assembler = WebSocketAssembler(limits: limits, expectsMasks: isServer)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard let interval = limits.pingInterval else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let delay = TimeAmount(interval)
        pinging = context.eventLoop.scheduleRepeatedTask(initialDelay: delay, delay: delay) { _ in
            let (handler, context) = bound.value
            handler.ping(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        pinging?.cancel()
        closing?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        pinging?.cancel()
        closing?.cancel()
        closed?.succeed()
        closed = nil
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        heardSincePing = true
        do {
            switch try assembler.receive(unwrapInboundIn(data)) {
            case .message(let message): if !hasSentClose { context.fireChannelRead(wrapInboundOut(message)) }
            case .ping(let payload): if !hasSentClose { send(.pong, payload, context) }
            case .pong: isAwaitingPong = false
            case .close(let code, let reason): peerCloses(code, reason, context)
            case nil: break
            }
        } catch {
            fail(error, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        isReading = true
        context.read()
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let wish = event as? WebSocketClosing else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        farewell = wish
        close(context: context, mode: .all, promise: promise)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !hasSentClose else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        let message = unwrapOutboundIn(data)
        context.write(
            wrapOutboundOut(frame(message.kind == .text ? .text : .binary, message.payload)), promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .all, let closed, context.channel.isActive {
            // It is being closed: whoever says so once more waits with the others.
            closed.futureResult.cascade(to: promise)
            return
        }
        guard mode == .all, !hasSentClose, context.channel.isActive else {
            context.close(mode: mode, promise: promise)
            return
        }
        // Before anything is written: a write that fails ends the connection, and that what waits for its end, at once.
        let done = context.eventLoop.makePromise(of: Void.self)
        closed = done
        done.futureResult.cascade(to: promise)
        sendClose(farewell.code, reason: farewell.reason, context)
        guard context.channel.isActive else { return }
        // A peer that does not answer must not hold the connection.
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        closing = context.eventLoop.scheduleTask(in: TimeAmount(limits.closeTimeout)) {
            bound.value.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error as? NIOWebSocketError {
        case .invalidFrameLength: fail(WebSocketViolation(.tooLarge, "a frame is too long"), context)
        case .some: fail(WebSocketViolation(.protocolError, "a control frame is fragmented or too long"), context)
        case nil: context.fireErrorCaught(error)
        }
    }

    private func ping(_ context: ChannelHandlerContext) {
        defer { heardSincePing = false }
        guard !hasSentClose, !heardSincePing, isReading else {
            isAwaitingPong = false
            return
        }
        if isAwaitingPong {
            context.fireErrorCaught(WebSocketViolation(.goingAway, "the peer answers no ping"))
            context.close(promise: nil)
            return
        }
        isAwaitingPong = true
        send(.ping, ByteBuffer(), context)
    }

    private func peerCloses(_ code: WebSocketCloseCode?, _ reason: String, _ context: ChannelHandlerContext) {
        context.fireUserInboundEventTriggered(WebSocketClosed(code: code, reason: reason))
        if !hasSentClose { sendClose(code ?? .normal, context) }
        context.close(promise: nil)
    }

    private func fail(_ violation: WebSocketViolation, _ context: ChannelHandlerContext) {
        guard !hasSentClose else { return }
        sendClose(violation.code, context)
        context.fireErrorCaught(violation)
        context.close(promise: nil)
    }

    private func sendClose(_ code: WebSocketCloseCode, reason: String = "", _ context: ChannelHandlerContext) {
        hasSentClose = true
        var payload = ByteBuffer(integer: code.rawValue)
        payload.writeString(reason)
        send(.connectionClose, payload, context)
    }

    private func send(_ opcode: WebSocketOpcode, _ payload: ByteBuffer, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(frame(opcode, payload)), promise: nil)
    }

    private func frame(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: isServer ? nil : .random(), data: payload)
    }
}

/// Asks for the connection to be closed with this code and reason; an outbound user event.
package struct WebSocketClosing: Sendable {
    let code: WebSocketCloseCode
    /// At most 123 octets.
    let reason: String

    package init(code: WebSocketCloseCode, reason: String) {
        self.code = code
        self.reason = reason
    }
}

/// The peer has closed the connection, and why.
public struct WebSocketClosed: Hashable, Sendable {
    /// `nil` when the peer gave none.
    public let code: WebSocketCloseCode?
    public let reason: String

    public init(code: WebSocketCloseCode?, reason: String) {
        self.code = code
        self.reason = reason
    }
}
