internal import NIOCore
internal import NIOPosix
internal import SIPNIO
internal import Synchronization
internal import TelephonyPrimitives

/// The two UDP sockets of one call: RTP on an even port, RTCP on the odd one above it.
///
/// Each packet has a read and a write of its own: with a socket for each call there is seldom more than one to be had,
/// and a read of several then costs more than it saves.
struct MediaSocket {
    private let rtp: any Channel
    private let rtcp: any Channel
    private let ports: PortRange
    /// The address and port for RTP, as bound.
    let local: TransportAddress
    /// Where the last packet went.
    private var destination: (remote: TransportAddress, address: SocketAddress)?
    private var datagram = ByteBuffer()

    private init(rtp: any Channel, rtcp: any Channel, ports: PortRange, local: TransportAddress) {
        self.rtp = rtp
        self.rtcp = rtcp
        self.ports = ports
        self.local = local
    }

    /// Takes a free pair of ports and opens both sockets on `ip`.
    ///
    /// - Parameter receive: called on `loop` for each datagram; the flag says whether it came to the RTCP port.
    /// - Throws: ``MediaSocketError/noFreePort`` when the whole range is taken, here or by other programs.
    static func open(
        on ip: IPAddress, ports: PortRange, loop: any EventLoop,
        receive: @escaping @Sendable (_ datagram: ByteBuffer, _ from: TransportAddress, _ control: Bool) -> Void
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

    mutating func send(_ octets: borrowing [UInt8], to remote: TransportAddress, control: Bool) {
        if destination?.remote != remote {
            destination = (try? SocketAddress(remote)).map { (remote, $0) }
        }
        guard let destination else { return }
        // The socket mostly lets go of it before the next packet: its storage is then used again.
        datagram.clear()
        datagram.writeBytes(octets)
        let channel = control ? rtcp : rtp
        channel.writeAndFlush(AddressedEnvelope(remoteAddress: destination.address, data: datagram), promise: nil)
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
        receive: @escaping @Sendable (ByteBuffer, TransportAddress, Bool) -> Void
    ) async throws -> any Channel {
        // A datagram channel that could not be bound is not closed by NIO: its socket would stay open for ever.
        let unbound = Mutex<(any Channel)?>(nil)
        do {
            return try await DatagramBootstrap(group: loop)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2048))
                .channelOption(.maxMessagesPerRead, value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        unbound.withLock { $0 = channel }
                        try channel.pipeline.syncOperations.addHandler(
                            MediaReceiver { datagram, from in receive(datagram, from, control) })
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

    private let receive: (ByteBuffer, TransportAddress) -> Void

    init(receive: @escaping (ByteBuffer, TransportAddress) -> Void) {
        self.receive = receive
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let remote = TransportAddress(envelope.remoteAddress) else { return }
        receive(envelope.data, remote)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A port-unreachable from the peer is no reason to stop listening.
    }
}
