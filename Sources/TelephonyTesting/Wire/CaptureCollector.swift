import TelephonyPrimitives

/// Takes the packets of a capture one after the other and makes a trace of them.
struct CaptureCollector {
    /// Connections beyond this many are not followed.
    private static let maximumStreams = 4096
    /// Copies of a packet on other interfaces come within this time.
    private static let copyWindow = Duration.milliseconds(5)
    /// Ports of name resolution, address assignment, time and discovery, whose packets may look like RTP.
    private static let foreignPorts: Set<UInt16> = [53, 67, 68, 123, 137, 138, 1900, 5353, 5355]

    let link: CaptureLink
    /// Ports at which TLS was spoken that is not seen here any more.
    private let decrypted: Set<UInt16>
    private var fragments = FragmentAssembly()
    private var streams: [Direction: CapturedStream] = [:]
    private var datagrams: [(time: Instant, datagram: Datagram)] = []
    private var recent: [Datagram: Instant] = [:]
    private var end = Instant.zero
    private var skipped = 0

    private struct Direction: Hashable {
        let source: TransportAddress
        let destination: TransportAddress
    }

    init(link: CaptureLink, decrypted: Set<UInt16>) {
        self.link = link
        self.decrypted = decrypted
    }

    /// Takes one frame as it was captured.
    mutating func add(_ frame: ArraySlice<UInt8>, at time: Instant) {
        end = max(end, time)
        guard let octets = link.packet(in: frame), let packet = CapturedPacket(octets) else {
            skipped += 1
            return
        }
        guard let payload = fragments.add(packet) else { return }
        switch packet.transport {
        case 17: addUDP(payload, packet, at: time)
        case 6: addTCP(payload, packet, at: time)
        default: skipped += 1
        }
    }

    private mutating func addUDP(_ segment: ArraySlice<UInt8>, _ packet: CapturedPacket, at time: Instant) {
        guard let direction = direction(of: segment, packet), let length = segment.big16(at: 4), length >= 8,
            segment.count >= length, !Self.foreignPorts.contains(direction.source.port),
            !Self.foreignPorts.contains(direction.destination.port)
        else {
            skipped += 1
            return
        }
        let datagram = Datagram(
            Array(segment.prefix(length).dropFirst(8)), from: direction.source, to: direction.destination)
        if link.seesSeveralInterfaces {
            if recent.count > 1024 { recent = recent.filter { $0.value + Self.copyWindow >= time } }
            if let earlier = recent[datagram], earlier + Self.copyWindow >= time {
                skipped += 1
                return
            }
            recent[datagram] = time
        }
        datagrams.append((time, datagram))
    }

    private mutating func addTCP(_ segment: ArraySlice<UInt8>, _ packet: CapturedPacket, at time: Instant) {
        guard let direction = direction(of: segment, packet), let sequence = segment.big32(at: 4),
            let length = segment.octet(at: 12).map({ Int($0 >> 4) * 4 }), let flags = segment.octet(at: 13),
            length >= 20, segment.count >= length, streams[direction] != nil || streams.count < Self.maximumStreams
        else {
            skipped += 1
            return
        }
        if flags & 0x02 != 0 {
            streams[direction, default: CapturedStream()].synchronise(sequence)
            return
        }
        let messages = streams[direction, default: CapturedStream()].add(segment.dropFirst(length), sequence: sequence)
        let isDecrypted = decrypted.contains(direction.source.port) || decrypted.contains(direction.destination.port)
        for message in messages {
            datagrams.append(
                (
                    time,
                    Datagram(
                        message, from: direction.source, to: direction.destination, over: isDecrypted ? .tls : .tcp)
                ))
        }
    }

    private func direction(of segment: ArraySlice<UInt8>, _ packet: CapturedPacket) -> Direction? {
        guard let from = segment.big16(at: 0), let to = segment.big16(at: 2) else { return nil }
        return Direction(
            source: TransportAddress(ip: packet.source, port: UInt16(truncatingIfNeeded: from)),
            destination: TransportAddress(ip: packet.destination, port: UInt16(truncatingIfNeeded: to)))
    }

    // MARK: The trace

    /// What was collected. A captured packet counts as sent and as arrived when it was captured.
    func capture(packets: Int, name: (TransportAddress) -> String?) -> Capture {
        let sides = CaptureSides(of: datagrams.map(\.datagram))
        let ordered = datagrams.enumerated().sorted {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }
        let records = ordered.map { _, entry in
            let (time, datagram) = entry
            return Trace.Record(
                time: time, protocol: datagram.protocol, source: datagram.source, destination: datagram.destination,
                sender: name(datagram.source) ?? sides.name(of: datagram.source),
                receiver: name(datagram.destination) ?? sides.name(of: datagram.destination),
                octets: datagram.octets, fate: .delivered(at: [time]))
        }
        return Capture(
            trace: Trace(records: records, end: end, precision: .captured), packets: packets, skipped: skipped)
    }
}

/// Which addresses of a capture belong to one side.
struct CaptureSides {
    /// IP addresses at which more than one side lives, as on one machine.
    private var shared: Set<IPAddress> = []
    /// The port that stands in Via for an address from which requests came over a connection.
    private var ports: [TransportAddress: UInt16] = [:]

    init(of datagrams: [Datagram]) {
        for datagram in datagrams {
            guard let message = datagram.message else { continue }
            if datagram.source.ip == datagram.destination.ip { shared.insert(datagram.source.ip) }
            guard message.isRequest, ports[datagram.source] == nil,
                let via = message.list("Via").first?.splitOutsideQuotes(at: ";").first,
                let sentBy = via.split(separator: " ").last
            else { continue }
            let host = sentBy.first == "[" ? sentBy.dropFirst().prefix { $0 != "]" } : sentBy.prefix { $0 != ":" }
            let port = sentBy.dropFirst(host.count + (sentBy.first == "[" ? 2 : 0)).dropFirst()
            if IPAddress(host) == datagram.source.ip { ports[datagram.source] = UInt16(port) ?? 5060 }
        }
    }

    /// The name of the side that has an address.
    func name(of address: TransportAddress) -> String {
        guard shared.contains(address.ip) else { return address.ip.description }
        return TransportAddress(ip: address.ip, port: ports[address] ?? address.port).description
    }
}
