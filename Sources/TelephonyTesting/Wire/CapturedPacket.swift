import TelephonyPrimitives

/// What a capture wraps IP packets in, by the number of its link type.
enum CaptureLink: Int {
    case ethernet = 1
    case rawIP = 101
    /// "Linux cooked", of the device "any".
    case linuxCooked = 113
    case linuxCooked2 = 276

    /// Whether one packet may be seen on several interfaces.
    var seesSeveralInterfaces: Bool { self == .linuxCooked || self == .linuxCooked2 }

    /// The IP packet in a frame.
    func packet(in frame: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let type: Int?
        var start: Int
        switch self {
        case .rawIP:
            return frame
        case .linuxCooked:
            (type, start) = (frame.big16(at: 14), 16)
        case .linuxCooked2:
            (type, start) = (frame.big16(at: 0), 20)
        case .ethernet:
            var tagged = frame.big16(at: 12)
            start = 14
            // VLAN tags, IEEE 802.1Q and 802.1ad.
            while start <= 18, tagged == 0x8100 || tagged == 0x88A8 {
                tagged = frame.big16(at: start + 2)
                start += 4
            }
            type = tagged
        }
        guard type == 0x0800 || type == 0x86DD, start <= frame.count else { return nil }
        return frame.dropFirst(start)
    }
}

/// The part of an IP packet that matters here.
struct CapturedPacket {
    let source: IPAddress
    let destination: IPAddress
    /// 17 for UDP, 6 for TCP, ….
    let transport: UInt8
    let payload: ArraySlice<UInt8>
    /// Set when the payload is a piece of a larger one.
    let fragment: Fragment?

    /// Where a fragment belongs (RFC 791 §3.2, RFC 8200 §4.5).
    struct Fragment {
        let identification: UInt32
        let offset: Int
        let isLast: Bool
    }

    /// `nil` for octets that are no whole IP packet.
    init?(_ packet: ArraySlice<UInt8>) {
        switch packet.octet(at: 0).map({ $0 >> 4 }) {
        case 4: self.init(version4: packet)
        case 6: self.init(version6: packet)
        default: return nil
        }
    }

    private init?(version4 packet: ArraySlice<UInt8>) {
        guard let first = packet.octet(at: 0), let length = packet.big16(at: 2), let flags = packet.big16(at: 6),
            let identification = packet.big16(at: 4), let transport = packet.octet(at: 9),
            let source = packet.big32(at: 12), let destination = packet.big32(at: 16)
        else { return nil }
        let start = Int(first & 0x0F) * 4
        // A length of 0 stands for a packet that the network card was to segment; then the capture's length counts.
        let end = length == 0 ? packet.count : length
        guard start >= 20, end >= start, packet.count >= end else { return nil }
        self.source = .v4(source)
        self.destination = .v4(destination)
        self.transport = transport
        payload = packet.prefix(end).dropFirst(start)
        let offset = (flags & 0x1FFF) * 8
        let isLast = flags & 0x2000 == 0
        fragment =
            offset == 0 && isLast
            ? nil : Fragment(identification: UInt32(identification), offset: offset, isLast: isLast)
    }

    private init?(version6 packet: ArraySlice<UInt8>) {
        guard let length = packet.big16(at: 4), packet.count >= 40 else { return nil }
        let end = length == 0 ? packet.count : 40 + length
        guard packet.count >= end, let source = Self.address(packet, at: 8),
            let destination = Self.address(packet, at: 24),
            var next = packet.octet(at: 6)
        else { return nil }
        let whole = packet.prefix(end)
        var start = 40
        var fragment: Fragment?
        // Extension headers: hop-by-hop, routing, fragment, destination options.
        for _ in 0..<8 {
            guard [0, 43, 44, 60].contains(next) else { break }
            guard let following = whole.octet(at: start), let octet = whole.octet(at: start + 1) else { return nil }
            if next == 44 {
                guard let place = whole.big16(at: start + 2), let identification = whole.big32(at: start + 4) else {
                    return nil
                }
                let (offset, isLast) = (place & 0xFFF8, place & 1 == 0)
                if offset != 0 || !isLast {
                    fragment = Fragment(identification: identification, offset: offset, isLast: isLast)
                }
            }
            start += next == 44 ? 8 : (Int(octet) + 1) * 8
            next = following
            if fragment != nil { break }
        }
        guard start <= end else { return nil }
        self.source = source
        self.destination = destination
        transport = next
        payload = whole.dropFirst(start)
        self.fragment = fragment
    }

    private static func address(_ packet: ArraySlice<UInt8>, at offset: Int) -> IPAddress? {
        var words: [UInt64] = []
        for index in 0..<4 {
            guard let word = packet.big32(at: offset + 4 * index) else { return nil }
            words.append(UInt64(word))
        }
        return .v6(words[0] << 32 | words[1], words[2] << 32 | words[3])
    }
}
