import TelephonyPrimitives
import TelephonyTesting

/// A pcap file put together octet by octet.
struct PcapBuilder {
    enum Link: Int, CaseIterable, Sendable {
        case ethernet = 1
        case rawIP = 101
        case linuxCooked = 113
        case linuxCooked2 = 276
    }

    private(set) var octets: [UInt8] = []
    private let link: Link
    private let isLittleEndian: Bool
    private let hasNanoseconds: Bool

    init(link: Link = .ethernet, linkType: Int? = nil, isLittleEndian: Bool = true, hasNanoseconds: Bool = false) {
        self.link = link
        self.isLittleEndian = isLittleEndian
        self.hasNanoseconds = hasNanoseconds
        octets = number(hasNanoseconds ? 0xA1B2_3C4D : 0xA1B2_C3D4)
        octets += isLittleEndian ? [2, 0, 4, 0] : [0, 2, 0, 4]
        octets += number(0) + number(0) + number(262_144) + number(linkType ?? link.rawValue)
    }

    static func big(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
    }

    private func number(_ value: Int) -> [UInt8] {
        let octets = Self.big(value, 4)
        return isLittleEndian ? octets.reversed() : octets
    }

    // MARK: Frames

    /// - Parameter time: milliseconds.
    mutating func addFrame(_ frame: some Collection<UInt8>, at time: Double) {
        let nanoseconds = 1_700_000_000_000_000_000 + Int((time * 1e6).rounded())
        let fraction = nanoseconds % 1_000_000_000
        octets += number(nanoseconds / 1_000_000_000) + number(hasNanoseconds ? fraction : fraction / 1000)
        octets += number(frame.count) + number(frame.count) + frame
    }

    /// An IP packet in what the link wraps it in.
    func frame(_ packet: [UInt8], isIPv6: Bool = false) -> [UInt8] {
        let type: [UInt8] = isIPv6 ? [0x86, 0xDD] : [8, 0]
        return switch link {
        case .rawIP: packet
        // Short frames are padded, as Ethernet does it.
        case .ethernet: [UInt8](repeating: 2, count: 12) + type + packet + [UInt8](repeating: 0, count: 4)
        case .linuxCooked: [0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0] + type + packet
        case .linuxCooked2: type + [0, 0, 0, 0, 0, 2, 0, 1, 0, 6] + [UInt8](repeating: 0, count: 8) + packet
        }
    }

    func ip(
        _ transport: UInt8, _ payload: [UInt8], from source: UInt32 = 0xC000_0201, to destination: UInt32 = 0xC000_0202,
        fragmentOffset: Int = 0, isLast: Bool = true
    ) -> [UInt8] {
        [0x45, 0] + Self.big(payload.count + 20, 2) + [0, 9] + Self.big(fragmentOffset / 8 | (isLast ? 0 : 0x2000), 2)
            + [64, transport, 0, 0] + Self.big(Int(source), 4) + Self.big(Int(destination), 4) + payload
    }

    func ip6(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let network: [UInt8] = [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11)
        return [0x60, 0, 0, 0] + Self.big(payload.count, 2) + [next, 64] + network + [1] + network + [2] + payload
    }

    func udp(_ payload: [UInt8], ports: (Int, Int)) -> [UInt8] {
        Self.big(ports.0, 2) + Self.big(ports.1, 2) + Self.big(payload.count + 8, 2) + [0, 0] + payload
    }

    // MARK: Packets

    mutating func addUDP(_ payload: [UInt8], at time: Double, ports: (Int, Int) = (5060, 5060)) {
        addFrame(frame(ip(17, udp(payload, ports: ports))), at: time)
    }

    mutating func addTCP(
        _ payload: [UInt8], sequence: UInt32, at time: Double, ports: (Int, Int) = (40_000, 5060),
        isSynchronising: Bool = false, isOneMachine: Bool = false
    ) {
        let header =
            Self.big(ports.0, 2) + Self.big(ports.1, 2) + Self.big(Int(sequence), 4) + [0, 0, 0, 0]
            + [0x60, isSynchronising ? 2 : 0x18, 0xFF, 0xFF, 0, 0, 0, 0, 1, 1, 1, 1]
        addFrame(frame(ip(6, header + payload, to: isOneMachine ? 0xC000_0201 : 0xC000_0202)), at: time)
    }

    /// Every datagram of a trace over IPv4.
    mutating func add(_ trace: Trace) {
        for record in trace.records {
            guard case .v4(let source) = record.source.ip, case .v4(let destination) = record.destination.ip else {
                continue
            }
            let segment = udp(record.octets, ports: (Int(record.source.port), Int(record.destination.port)))
            addFrame(
                frame(ip(17, segment, from: source, to: destination)), at: Double(record.time.nanoseconds) / 1e6)
        }
    }
}
