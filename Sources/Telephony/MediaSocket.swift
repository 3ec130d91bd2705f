internal import TelephonyPrimitives

/// The two UDP sockets of one call: RTP on an even port, RTCP on the odd one above it.
///
/// They are read when the call's sound is due, 50 times a second, and no sooner: nobody needs a packet before, and the
/// system notes when each came. So a packet costs one read and one write and nobody is woken for it; with a socket for
/// each call there is seldom more than one to be had at a time.
final class MediaSocket {
    /// Datagrams that are taken at a time; in a flood the rest waits and is dropped by the system.
    private static let batch = 32

    private var rtp: DatagramSocket?
    private var rtcp: DatagramSocket?
    private let ports: PortRange
    private let buffer = DatagramBuffer()
    /// The address and port for RTP, as bound.
    let local: TransportAddress
    /// Where the last packet went.
    private var destination: (remote: TransportAddress, name: SocketName)?

    private init(rtp: DatagramSocket, rtcp: DatagramSocket, ports: PortRange, local: TransportAddress) {
        self.rtp = rtp
        self.rtcp = rtcp
        self.ports = ports
        self.local = local
    }

    /// Takes a free pair of ports and opens both sockets on `ip`.
    ///
    /// - Throws: ``MediaSocketError/noFreePort(reason:)`` when the whole range is taken, here or by other programs.
    static func open(on ip: IPAddress, ports: PortRange) throws(MediaSocketError) -> MediaSocket {
        var reason = "all of them are taken by calls"
        for _ in 0..<min(ports.capacity, 64) {
            guard let port = ports.take() else { break }
            do throws(DatagramSocketError) {
                let local = TransportAddress(ip: ip, port: port)
                let rtp = try DatagramSocket(boundTo: local)
                let rtcp = try DatagramSocket(boundTo: TransportAddress(ip: ip, port: port + 1))
                return MediaSocket(rtp: rtp, rtcp: rtcp, ports: ports, local: local)
            } catch {
                // Another program holds it: the next pair may be free.
                ports.release(port)
                reason = error.description
            }
        }
        throw .noFreePort(reason: reason)
    }

    deinit {
        // The sockets first: whoever takes the ports next finds them free.
        rtp = nil
        rtcp = nil
        ports.release(local.port)
    }

    func send(_ octets: borrowing [UInt8], to remote: TransportAddress, control: Bool) {
        if control {
            rtcp?.send(octets, to: SocketName(remote))
            return
        }
        if destination?.remote != remote { destination = (remote, SocketName(remote)) }
        if let destination { rtp?.send(octets, to: destination.name) }
    }

    /// Reads what has come.
    ///
    /// - Parameters:
    ///   - control: from the RTCP port.
    ///   - body: takes a datagram, where it came from, and when.
    func receive(control: Bool, now: Instant, _ body: (Span<UInt8>, TransportAddress, Instant) -> Void) {
        guard let socket = control ? rtcp : rtp else { return }
        buffer.read(from: socket, atMost: Self.batch, now: now, body)
    }

    /// Drops what has come before anybody listens.
    func discard(now: Instant) {
        for _ in 0..<16 {
            receive(control: false, now: now) { _, _, _ in }
            receive(control: true, now: now) { _, _, _ in }
        }
    }
}

enum MediaSocketError: Error, CustomStringConvertible {
    case noFreePort(reason: String)

    var description: String {
        switch self {
        case .noFreePort(let reason): "no free pair of RTP ports: \(reason)"
        }
    }
}
