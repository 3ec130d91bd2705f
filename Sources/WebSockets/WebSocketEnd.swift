internal import NIOCore

/// The last handler of a connection: hands messages to the inbox, and reads no more from the peer while that is full.
final class WebSocketEnd: ChannelDuplexHandler {
    typealias InboundIn = WebSocketMessage
    typealias OutboundIn = WebSocketMessage
    typealias OutboundOut = WebSocketMessage

    private let inbox: WebSocketInbox
    private let outbox: WebSocketOutbox

    init(inbox: WebSocketInbox, outbox: WebSocketOutbox) {
        self.inbox = inbox
        self.outbox = outbox
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbox.put(unwrapInboundIn(data))
    }

    func read(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let isHeld = inbox.holds {
            loop.execute {
                let (end, context) = bound.value
                end.read(context: context)
            }
        }
        if !isHeld { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let closed = event as? WebSocketClosed { inbox.peerClosed(closed) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        inbox.end(WebSocketConnectionError(open: error))
        outbox.close()
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.end(.lost("the peer ended it without a Close frame"))
        outbox.close()
        context.fireChannelInactive()
    }
}
