internal import TelephonyPrimitives

/// STUN on the SIP port, as far as keep-alives of RFC 5626 §4.4.2 go: binding requests of RFC 8489, without
/// authentication.
enum STUNBinding {
    private static let cookie: [UInt8] = [0x21, 0x12, 0xA4, 0x42]
    private static let headerLength = 20

    /// Whether `octets` are a STUN message: SIP begins with a letter or a line end, STUN with two zero bits and has
    /// the magic cookie (RFC 8489 §5).
    static func isSTUN(_ octets: [UInt8]) -> Bool {
        octets.count >= headerLength && octets[0] < 0x04 && octets[4..<8].elementsEqual(cookie)
    }

    /// The success response to a binding request from `remote`; `nil` for whatever else is STUN: it is swallowed.
    static func response(to octets: [UInt8], from remote: TransportAddress) -> [UInt8]? {
        guard isSTUN(octets), octets[0] == 0x00, octets[1] == 0x01 else { return nil }
        let length = Int(octets[2]) << 8 | Int(octets[3])
        guard length % 4 == 0, octets.count == headerLength + length else { return nil }
        let transaction = octets[8..<20]
        var mask = cookie + transaction
        var address: [UInt8]
        switch remote.ip {
        case .v4(let value):
            address = (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) }
            mask = cookie
        case .v6(let high, let low):
            address = (0..<8).map { UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * $0)) }
            address += (0..<8).map { UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * $0)) }
        }
        address = zip(address, mask).map { $0 ^ $1 }
        let port = remote.port ^ 0x2112
        let family: UInt8 = address.count == 4 ? 0x01 : 0x02
        // XOR-MAPPED-ADDRESS (RFC 8489 §14.2).
        let attribute: [UInt8] =
            [0x00, 0x20, 0x00, UInt8(4 + address.count), 0x00, family, UInt8(port >> 8), UInt8(port & 0xFF)] + address
        return [0x01, 0x01, 0x00, UInt8(attribute.count)] + cookie + transaction + attribute
    }
}
