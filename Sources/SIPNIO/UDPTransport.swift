internal import NIOCore
internal import NIOPosix
internal import SIPCore
internal import TelephonyPrimitives

/// One UDP socket: batches of datagrams in, datagrams out, each with the flow it belongs to.
struct UDPTransport {
    let channel: any Channel
    /// This socket's number, the `id` of all its flows.
    let id: UInt64
    let bound: TransportAddress

    /// Messages that one wake-up reads at most, with one system call, and the space for each. Each place costs a hundred
    /// instructions, used or not.
    private static let batch = 16
    private static let messageOctets = 65_535

    static func bind(
        _ address: TransportAddress, id: UInt64, loop: any EventLoop, agent: SIPUserAgent
    ) async throws -> UDPTransport {
        let allocation = FixedSizeRecvByteBufferAllocator(capacity: batch * messageOctets)
        let channel = try await DatagramBootstrap(group: loop)
            .channelOption(.datagramVectorReadMessageCount, value: batch)
            // Whether there is more, the next wake-up tells without another system call.
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: allocation)
            // To which of our addresses a datagram came is not known by the socket alone when it has all of them.
            .channelOption(.receivePacketInfo, value: address.ip.isUnspecified)
            .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(UDPReceiver(id: id, agent: agent))
                }
            }
            .bind(to: SocketAddress(address)).get()
        guard let bound = channel.localAddress.flatMap(TransportAddress.init) else {
            try? await channel.close()
            throw SIPTransportError.cannotListen(.init(.udp, address), reason: "the system gave it no address")
        }
        return UDPTransport(channel: channel, id: id, bound: bound)
    }

    /// The address of ours from which `remote` is reached: the bound one, or the one that the system's routes choose
    /// when the socket is bound to all of them.
    func localAddress(toward remote: TransportAddress, loop: any EventLoop) async throws -> TransportAddress {
        guard bound.ip.isUnspecified else { return bound }
        let probe = try await DatagramBootstrap(group: loop).connect(to: SocketAddress(remote)).get()
        let local = probe.localAddress.flatMap(TransportAddress.init)
        try? await probe.close()
        return TransportAddress(ip: local?.ip ?? bound.ip, port: bound.port)
    }
}

/// Hands datagrams to the user agent, and flushes what it answered once per batch.
private final class UDPReceiver: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let id: UInt64
    private let agent: SIPUserAgent
    private var bound: TransportAddress?

    init(id: UInt64, agent: SIPUserAgent) {
        self.id = id
        self.agent = agent
    }

    func channelActive(context: ChannelHandlerContext) {
        bound = context.localAddress.flatMap(TransportAddress.init)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let remote = TransportAddress(envelope.remoteAddress), let bound else { return }
        let destination = envelope.metadata?.packetInfo.flatMap { TransportAddress($0.destinationAddress) }
        let local = TransportAddress(ip: destination?.ip ?? bound.ip, port: bound.port)
        let flow = Flow(protocol: .udp, local: local, remote: remote, id: id)
        let response = agent.assumeIsolated { $0.received(envelope.data, on: flow) }
        guard let response else { return }
        let answer = AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: response))
        context.writeAndFlush(NIOAny(answer), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        agent.assumeIsolated { $0.flush() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An ICMP error on a shared socket says nothing about other peers: report it and go on.
        let reason = String(describing: error)
        agent.assumeIsolated { $0.transportError(reason, socket: "udp") }
    }
}
