internal import NIOCore
internal import WebSockets

/// The WebSocket of one media stream: hands what comes to its call, on the call's loop.
final class StreamSocket: ChannelInboundHandler {
    typealias InboundIn = WebSocketMessage

    private let call: StreamCall
    private let number: Int
    private var isOver = false

    init(_ call: StreamCall, number: Int) {
        self.call = call
        self.number = number
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let message = unwrapInboundIn(data)
        call.onLoop { [number] call in
            switch message.kind {
            case .text: call.received(Array(message.payload.readableBytesView), by: number)
            case .binary: call.receivedBinary(by: number)
            }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        call.onLoop { [number] in $0.socket(isWritable: isWritable, of: number) }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is WebSocketClosed { end() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end()
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        guard !isOver else { return }
        isOver = true
        call.onLoop { [number] in $0.socketClosed(number) }
    }
}
