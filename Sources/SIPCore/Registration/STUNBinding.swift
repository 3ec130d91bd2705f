import TelephonyPrimitives

/// A STUN Binding request or its answer, as far as SIP Outbound's keep-alive over UDP needs it (RFC 5626 §3.5.2,
/// RFC 8489 §5, §14.2): without credentials.
enum STUNBinding: Hashable, Sendable {
    case request(id: [UInt8])
    /// The address that the other side sees us at.
    case success(id: [UInt8], mapped: TransportAddress)
    /// The other side does not want to say.
    case failure(id: [UInt8])

    private static let cookie: [UInt8] = [0x21, 0x12, 0xA4, 0x42]
    private static let headerOctets = 20
    /// Octets of a transaction identifier.
    static let idOctets = 12
    /// MAPPED-ADDRESS, USERNAME, MESSAGE-INTEGRITY (both), ERROR-CODE and XOR-MAPPED-ADDRESS; any other below 0x8000
    /// would have to be understood.
    private static let known: Set<UInt16> = [0x0001, 0x0006, 0x0008, 0x0009, 0x001C, 0x0020]

    /// `nil` for what is no STUN message, no Binding, or asks for something that is not known here.
    init?(parsing octets: [UInt8]) {
        guard octets.count >= Self.headerOctets, octets.count % 4 == 0, octets[4..<8].elementsEqual(Self.cookie),
            Self.number(octets[2..<4]) == octets.count - Self.headerOctets
        else { return nil }
        let id = Array(octets[8..<20])
        var mapped: TransportAddress?
        var rest = octets[Self.headerOctets...]
        while rest.count >= 4 {
            let type = UInt16(Self.number(rest.prefix(2)))
            let length = Self.number(rest.dropFirst(2).prefix(2))
            let value = rest.dropFirst(4).prefix(length)
            guard value.count == length, type >= 0x8000 || Self.known.contains(type) else { return nil }
            if type == 0x0020, mapped == nil { mapped = Self.address(Array(value), id: id) }
            rest = rest.dropFirst(4 + (length + 3) / 4 * 4)
        }
        switch Self.number(octets[0..<2]) {
        case 0x0001: self = .request(id: id)
        case 0x0101:
            guard let mapped else { return nil }
            self = .success(id: id, mapped: mapped)
        case 0x0111: self = .failure(id: id)
        default: return nil
        }
    }

    /// The message as it is sent.
    var octets: [UInt8] {
        switch self {
        case .request(let id): Self.message([0x00, 0x01], id: id, attribute: [])
        case .success(let id, let mapped):
            Self.message([0x01, 0x01], id: id, attribute: Self.attribute(mapped, id: id))
        case .failure(let id):
            // ERROR-CODE 400.
            Self.message([0x01, 0x11], id: id, attribute: [0x00, 0x09, 0x00, 0x04, 0x00, 0x00, 0x04, 0x00])
        }
    }

    private static func message(_ type: [UInt8], id: [UInt8], attribute: [UInt8]) -> [UInt8] {
        type + [0x00, UInt8(truncatingIfNeeded: attribute.count)] + cookie + id + attribute
    }

    /// XOR-MAPPED-ADDRESS (RFC 8489 §14.2).
    private static func attribute(_ address: TransportAddress, id: [UInt8]) -> [UInt8] {
        let (family, ip): (UInt8, [UInt8]) =
            switch address.ip {
            case .v4(let number): (0x01, octets(of: UInt64(number), count: 4))
            case .v6(let upper, let lower): (0x02, octets(of: upper, count: 8) + octets(of: lower, count: 8))
            }
        let port = zip(octets(of: UInt64(address.port), count: 2), cookie).map { $0 ^ $1 }
        let masked = zip(ip, cookie + id).map { $0 ^ $1 }
        return [0x00, 0x20, 0x00, UInt8(truncatingIfNeeded: 4 + ip.count), 0x00, family] + port + masked
    }

    private static func address(_ value: [UInt8], id: [UInt8]) -> TransportAddress? {
        guard value.count >= 8 else { return nil }
        let port = UInt16(truncatingIfNeeded: number(zip(value[2..<4], cookie).map { $0 ^ $1 }[...]))
        let ip = zip(value[4...], cookie + id).map { $0 ^ $1 }
        switch (value[1], value.count) {
        case (0x01, 8):
            return TransportAddress(ip: .v4(UInt32(truncatingIfNeeded: number(ip[...]))), port: port)
        case (0x02, 20):
            let halves = (wide(ip.prefix(8)), wide(ip.suffix(8)))
            return TransportAddress(ip: .v6(halves.0, halves.1), port: port)
        default:
            return nil
        }
    }

    private static func number(_ octets: ArraySlice<UInt8>) -> Int { Int(truncatingIfNeeded: wide(octets)) }

    private static func wide(_ octets: ArraySlice<UInt8>) -> UInt64 {
        octets.reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func octets(of number: UInt64, count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }
}
