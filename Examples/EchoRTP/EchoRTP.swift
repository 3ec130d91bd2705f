import Glibc
import RTPMedia
import TelephonyPrimitives

/// Says back what it hears: PCMU or PCMA in, PCMU out, until nothing has come for 5 s.
@main
struct EchoRTP {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst().compactMap { UInt16($0) }
        guard arguments.count == 2, let port = DatagramPort(arguments[0]) else {
            print("usage: EchoRTP PORT PORT-OF-THE-OTHER-SIDE, both of 127.0.0.1")
            return
        }
        let other = TransportAddress(ip: .loopbackV4, port: arguments[1])
        let configuration = MediaSessionConfiguration(
            codec: .pcmu, sendPayloadType: 0, receivePayloadTypes: [0: .pcmu, 8: .pcma], remote: other,
            remoteRTCP: other, ssrc: .random(in: 1...UInt32.max), cname: "echo")
        var session = MediaSession(configuration: configuration, random: SystemRandomNumberGenerator())
        let start = ContinuousClock.now
        var tick = Instant.zero

        while true {
            let now = Instant.zero + start.duration(to: .now)
            if now >= tick {
                let frame = session.pull(now: now)
                session.push(frame, now: now)
                session.wake(now: now)
                tick = tick + .milliseconds(20)
            } else if let (datagram, source) = port.receive(within: tick - now) {
                session.receive(packet: datagram, from: source, now: .zero + start.duration(to: .now))
            }
            while let output = session.nextOutput() {
                switch output {
                case .rtp(let octets, let address), .rtcp(let octets, let address): port.send(octets, to: address)
                case .event(.sourceLatched(let address)): print("hears \(address)")
                case .event(.silent) where session.statistics.packetsReceived > 0: return report(session.statistics)
                case .event: break
                }
            }
        }
    }

    static func report(_ figures: MediaStatistics) {
        print("\(figures.packetsReceived) packets heard, \(figures.packetsLost) lost, jitter \(figures.jitter)")
        print("\(figures.packetsSent) packets sent, opinion score \((figures.estimatedMOS * 10).rounded() / 10)")
    }
}

/// A UDP port of 127.0.0.1.
struct DatagramPort {
    private let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)

    init?(_ number: UInt16) {
        var name = Self.name(number)
        guard Self.pass(&name, to: { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }) == 0 else {
            return nil
        }
    }

    func receive(within limit: Duration) -> ([UInt8], TransportAddress)? {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, Int32(limit.inMilliseconds) + 1) > 0 else { return nil }
        var datagram = [UInt8](repeating: 0, count: MediaSession.maximumDatagram + 1)
        var name = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = Self.pass(&name) { recvfrom(descriptor, &datagram, datagram.count, 0, $0, &length) }
        guard count >= 0 else { return nil }
        let source = TransportAddress(
            ip: .v4(UInt32(bigEndian: name.sin_addr.s_addr)), port: UInt16(bigEndian: name.sin_port))
        return (Array(datagram.prefix(count)), source)
    }

    func send(_ octets: [UInt8], to address: TransportAddress) {
        var name = Self.name(address.port)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = Self.pass(&name) { sendto(descriptor, octets, octets.count, 0, $0, length) }
    }

    private static func name(_ port: UInt16) -> sockaddr_in {
        let address = in_addr(s_addr: INADDR_LOOPBACK.bigEndian)
        return sockaddr_in(
            sin_family: sa_family_t(AF_INET), sin_port: port.bigEndian, sin_addr: address,
            sin_zero: (0, 0, 0, 0, 0, 0, 0, 0))
    }

    private static func pass<R>(_ name: inout sockaddr_in, to body: (UnsafeMutablePointer<sockaddr>) -> R) -> R {
        withUnsafeMutablePointer(to: &name) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
    }
}
