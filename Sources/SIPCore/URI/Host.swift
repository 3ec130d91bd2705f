public import TelephonyPrimitives

/// The host of a URI or a Via: a name or an address (RFC 3261 §25.1 `host`).
public enum Host: Hashable, Sendable, CustomStringConvertible {
    /// As written; compare without case.
    case name(String)
    case address(IPAddress)

    /// IPv6 addresses in square brackets.
    public var description: String {
        switch self {
        case .name(let name): name
        case .address(let address):
            if case .v6 = address { "[\(address)]" } else { address.description }
        }
    }

    /// Without brackets.
    public var text: String {
        switch self {
        case .name(let name): name
        case .address(let address): address.description
        }
    }

    static func parse(_ scanner: inout FieldScanner) throws(ParseError) -> (Host, UInt16?) {
        let host: Host
        if scanner.next == 0x5B {
            scanner.advance()
            let text = scanner.run { $0 != 0x5D }
            guard scanner.next == 0x5D else { throw scanner.error("An IPv6 address lacks its ]") }
            scanner.advance()
            // A slip of RFC 3261's grammar lets three colons precede an embedded IPv4 address (RFC 5118 §4.10).
            let literal = text.asText
            guard let address = IPAddress(literal) ?? IPAddress(literal.replacingTripleColon), case .v6 = address else {
                throw scanner.error("What stands between [ and ] is no IPv6 address")
            }
            host = .address(address)
        } else {
            let name = scanner.run(while: OctetClass.isHostName)
            guard let first = name.first, name.count <= 255 else {
                throw scanner.error("The host is missing or too long")
            }
            let address = OctetClass.isDigit(first) ? IPAddress(octets: name) : nil
            host = address.map { .address($0) } ?? .name(name.asText)
        }
        let start = scanner.position
        guard scanner.take(0x3A) else { return (host, nil) }
        let digits = scanner.run(while: OctetClass.isDigit)
        // "host:" without a port is seen in the wild and means none.
        if digits.isEmpty, scanner.isAtEnd || scanner.next == 0x3B || scanner.next == 0x3F { return (host, nil) }
        guard let port = digits.decimal.flatMap(UInt16.init(exactly:)) else {
            throw ParseError(
                offset: start - scanner.octets.startIndex, section: scanner.section,
                message: "The port is no number from 0 to 65535")
        }
        return (host, port)
    }

    /// Equality without case.
    func matches(_ other: Host) -> Bool {
        switch (self, other) {
        case (.address(let one), .address(let two)): one == two
        case (.name(let one), .name(let two)): one.utf8.isEqual(ignoringCase: two)
        default: false
        }
    }
}

extension String {
    /// With the first `:::` as `::`.
    fileprivate var replacingTripleColon: String {
        let octets = Array(utf8)
        guard octets.count >= 3 else { return self }
        for index in 0..<(octets.count - 2) where octets[index..<(index + 3)].allSatisfy({ $0 == 0x3A }) {
            return (octets[..<index] + octets[(index + 1)...]).asText
        }
        return self
    }
}
