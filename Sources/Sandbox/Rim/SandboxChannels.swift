import NIOCore
import NIOSSL
import SIPCore
import TelephonyPrimitives

extension TransportAddress {
    /// `nil` for Unix sockets.
    init?(_ address: SocketAddress) {
        guard let host = address.ipAddress, let port = address.port.flatMap(UInt16.init(exactly:)) else { return nil }
        self.init(host: host, port: port)
    }
}

/// Datagrams of an edge.
final class SandboxDatagrams: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let edge: Int
    private let server: SandboxServer

    init(edge: Int, server: SandboxServer) {
        self.edge = edge
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let octets = Array(envelope.data.readableBytesView)
        // Empty lines and zeros hold a pinhole open.
        guard let remote = TransportAddress(envelope.remoteAddress), octets.contains(where: { $0 > 0x20 }) else {
            return
        }
        let wire = SandboxWire(.udp, edge: edge, remote: remote)
        server.assumeIsolated { $0.received(octets, from: wire) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An ICMP error of one peer says nothing about the others.
    }
}

/// Questions to the name server.
final class SandboxNameQueries: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let server: SandboxServer

    init(server: SandboxServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let remote = TransportAddress(envelope.remoteAddress) else { return }
        let octets = Array(envelope.data.readableBytesView)
        server.assumeIsolated { $0.asked(octets, by: remote) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Who has asked is gone.
    }
}

/// A connection of an edge, over TCP or TLS.
final class SandboxConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let transport: TransportProtocol
    private let edge: Int
    private let server: SandboxServer
    private var framer = StreamFramer()
    private var wire: SandboxWire?

    init(_ transport: TransportProtocol, edge: Int, server: SandboxServer) {
        self.transport = transport
        self.edge = edge
        self.server = server
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        guard let remote = channel.remoteAddress.flatMap(TransportAddress.init),
            let id = server.assumeIsolated({ $0.opened(channel) })
        else {
            context.close(promise: nil)
            return
        }
        wire = SandboxWire(transport, edge: edge, remote: remote, connection: id)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let wire else { return }
        framer.append(Array(unwrapInboundIn(data).readableBytesView))
        do {
            while let frame = try framer.next() {
                switch frame {
                case .message(let octets): server.assumeIsolated { $0.received(octets, from: wire) }
                case .keepAlivePing: context.writeAndFlush(NIOAny(ByteBuffer(string: "\r\n")), promise: nil)
                case .keepAlivePong: break
                }
            }
        } catch {
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let wire { server.assumeIsolated { $0.closed(wire.connection) } }
        wire = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Many close a connection without the goodbye of TLS.
        if let error = error as? NIOSSLError, case .handshakeFailed = error, let wire {
            server.assumeIsolated { $0.tlsFailed(wire.remote, error) }
        }
        context.close(promise: nil)
    }
}

/// Sound that comes to one side of a call.
final class SandboxSound: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let call: UInt64
    private let side: SoundSide
    private let isControl: Bool
    private let server: SandboxServer

    init(call: UInt64, side: SoundSide, isControl: Bool, server: SandboxServer) {
        self.call = call
        self.side = side
        self.isControl = isControl
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let (call, side, isControl) = (call, side, isControl)
        server.assumeIsolated {
            $0.heard(envelope.data, from: envelope.remoteAddress, at: side, isControl: isControl, of: call)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Nobody listens there yet, or any more.
    }
}
