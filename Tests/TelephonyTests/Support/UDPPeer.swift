import NIOCore
import NIOPosix
import RTPMedia

/// A plain UDP socket on 127.0.0.1: it knows nothing of SIP or RTP, so what it sees is what was sent.
final class UDPPeer: Sendable {
    struct Datagram: Sendable {
        var octets: [UInt8]
        var port: UInt16

        var text: String { String(decoding: octets, as: UTF8.self) }
        var rtp: RTPPacket? { try? RTPPacket(parsing: octets) }
    }

    /// One loop for all, so that what several sockets send goes out in order.
    private static let loop = MultiThreadedEventLoopGroup.singleton.next()

    let port: UInt16
    private let channel: any Channel
    private let datagrams: AsyncStream<Datagram>

    init() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Datagram.self)
        datagrams = stream
        channel = try await DatagramBootstrap(group: Self.loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiver(continuation))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = UInt16(channel.localAddress?.port ?? 0)
    }

    /// Runs `body` with a socket, and closes it.
    static func with<Result>(_ body: (UDPPeer) async throws -> Result) async throws -> Result {
        let peer = try await UDPPeer()
        do {
            let result = try await body(peer)
            try await peer.channel.close()
            return result
        } catch {
            try? await peer.channel.close()
            throw error
        }
    }

    func send(_ octets: [UInt8], to port: UInt16) async throws {
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: Int(port))
        try await channel.writeAndFlush(
            AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: octets)))
    }

    /// Sends datagrams from several sockets in this order, in one go.
    static func send(_ burst: [(from: UDPPeer, octets: [UInt8])], to port: UInt16) async throws {
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: Int(port))
        let last = burst.map { peer, octets in
            peer.channel.writeAndFlush(
                AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: octets)))
        }.last
        try await last?.get()
    }

    func send(_ text: String, to port: UInt16) async throws {
        try await send(Array(text.utf8), to: port)
    }

    func send(_ packet: RTPPacket, to port: UInt16) async throws {
        try await send(packet.serialized, to: port)
    }

    /// The next datagram.
    func receive() async throws -> Datagram {
        for await datagram in datagrams { return datagram }
        throw Unexpected("no datagram came")
    }

    /// The next SIP message that `matches`; others are passed over.
    func receive(_ what: String, where matches: (SIPText) -> Bool) async throws -> SIPText {
        for await datagram in datagrams {
            let message = SIPText(datagram.text)
            if matches(message) { return message }
        }
        throw Unexpected("no \(what) came")
    }

    func response(_ status: Int) async throws -> SIPText {
        try await receive("\(status)") { $0.status == status }
    }

    func request(_ method: String) async throws -> SIPText {
        try await receive(method) { $0.method == method }
    }

    /// The next RTP packet.
    func rtp() async throws -> RTPPacket {
        for await datagram in datagrams {
            if let packet = datagram.rtp { return packet }
        }
        throw Unexpected("no RTP came")
    }

    private final class Receiver: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>

        private let continuation: AsyncStream<Datagram>.Continuation

        init(_ continuation: AsyncStream<Datagram>.Continuation) {
            self.continuation = continuation
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            continuation.yield(
                Datagram(
                    octets: Array(envelope.data.readableBytesView), port: UInt16(envelope.remoteAddress.port ?? 0)))
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {}

        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    }
}
