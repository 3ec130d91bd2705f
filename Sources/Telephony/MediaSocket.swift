internal import NIOCore
internal import NIOPosix
internal import SIPNIO
internal import Synchronization
internal import TelephonyPrimitives

/// The two UDP sockets of one call: RTP on an even port, RTCP on the odd one above it.
struct MediaSocket {
    private let rtp: any Channel
    private let rtcp: any Channel
    private let ports: PortRange
    /// The address and port for RTP, as bound.
    let local: TransportAddress

    /// Takes a free pair of ports and opens both sockets on `ip`.
    ///
    /// - Parameter receive: called on `loop` for each datagram; the flag says whether it came to the RTCP port.
    /// - Throws: ``MediaSocketError/noFreePort`` when the whole range is taken, here or by other programs.
    static func open(
        on ip: IPAddress, ports: PortRange, loop: any EventLoop,
        receive: @escaping @Sendable (_ octets: [UInt8], _ from: TransportAddress, _ control: Bool) -> Void
    ) async throws(MediaSocketError) -> MediaSocket {
        var reason = "all of them are taken by calls"
        for _ in 0..<min(ports.capacity, 64) {
            guard let port = ports.take() else { break }
            do {
                let rtp = try await bind(.init(ip: ip, port: port), loop: loop, control: false, receive: receive)
                do {
                    let rtcp = try await bind(
                        .init(ip: ip, port: port + 1), loop: loop, control: true, receive: receive)
                    return MediaSocket(rtp: rtp, rtcp: rtcp, ports: ports, local: .init(ip: ip, port: port))
                } catch {
                    try? await rtp.close()
                    throw error
                }
            } catch {
                // Another program holds it: the next pair may be free.
                ports.release(port)
                reason = (error as? IOError)?.description ?? String(describing: error)
            }
        }
        throw .noFreePort(reason: reason)
    }

    func send(_ octets: [UInt8], to remote: TransportAddress, control: Bool) {
        guard let address = try? SocketAddress(ipAddress: remote.ip.description, port: Int(remote.port)) else { return }
        let channel = control ? rtcp : rtp
        channel.writeAndFlush(
            AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: octets)), promise: nil)
    }

    /// Closes both sockets; the ports are free for others once they are.
    func close() {
        let (ports, port) = (ports, local.port)
        rtp.close(promise: nil)
        rtcp.close(promise: nil)
        rtp.closeFuture.and(rtcp.closeFuture).whenComplete { _ in ports.release(port) }
    }

    private static func bind(
        _ address: TransportAddress, loop: any EventLoop, control: Bool,
        receive: @escaping @Sendable ([UInt8], TransportAddress, Bool) -> Void
    ) async throws -> any Channel {
        // A datagram channel that could not be bound is not closed by NIO: its socket would stay open for ever.
        let unbound = Mutex<(any Channel)?>(nil)
        do {
            return try await DatagramBootstrap(group: loop)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4 * 2048))
                .channelOption(.datagramVectorReadMessageCount, value: 4)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        unbound.withLock { $0 = channel }
                        try channel.pipeline.syncOperations.addHandler(
                            MediaReceiver { octets, from in receive(octets, from, control) })
                    }
                }
                .bind(to: SocketAddress(ipAddress: address.ip.description, port: Int(address.port))).get()
        } catch {
            unbound.withLock { $0 }?.close(promise: nil)
            throw error
        }
    }
}

enum MediaSocketError: Error, CustomStringConvertible {
    case noFreePort(reason: String)

    var description: String {
        switch self {
        case .noFreePort(let reason): "no free pair of RTP ports: \(reason); widen rtp_ports"
        }
    }
}

private final class MediaReceiver: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let receive: ([UInt8], TransportAddress) -> Void

    init(receive: @escaping ([UInt8], TransportAddress) -> Void) {
        self.receive = receive
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let port = envelope.remoteAddress.port.flatMap(UInt16.init(exactly:)),
            let host = envelope.remoteAddress.ipAddress,
            let remote = TransportAddress(host: host.prefix { $0 != "%" }, port: port)
        else { return }
        receive(Array(envelope.data.readableBytesView), remote)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A port-unreachable from the peer is no reason to stop listening.
    }
}
