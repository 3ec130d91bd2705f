import TelephonyPrimitives

/// A host that was checked: an address is read, a name only found.
enum HostPlace {
    case name(Range<Int>)
    /// With the place of its text, brackets aside.
    case address(IPAddress, Range<Int>)

    /// Where its text is, brackets aside.
    var text: Range<Int> {
        switch self {
        case .name(let place), .address(_, let place): place
        }
    }

    /// The host, and the port behind it.
    static func parse(
        _ octets: Span<UInt8>, _ cursor: inout OctetCursor
    ) throws(ParseError) -> (HostPlace, UInt16?) {
        let host = try cursor.next(octets) == 0x5B ? bracketed(octets, &cursor) : plain(octets, &cursor)
        let start = cursor.position
        guard cursor.take(0x3A, octets) else { return (host, nil) }
        let digits = cursor.place(octets, while: OctetClass.isDigit)
        let next = cursor.next(octets)
        // "host:" without a port is seen in the wild and means none.
        if digits.isEmpty, next == nil || next == 0x3B || next == 0x3F { return (host, nil) }
        var port: UInt32 = digits.isEmpty ? .max : 0
        for place in digits where port <= 65_535 { port = port &* 10 &+ UInt32(octets[place] &- 0x30) }
        guard let port = UInt16(exactly: port) else {
            cursor.move(to: start)
            throw cursor.error("The port is no number from 0 to 65535")
        }
        return (host, port)
    }

    /// A name, or an IPv4 address.
    private static func plain(_ octets: Span<UInt8>, _ cursor: inout OctetCursor) throws(ParseError) -> HostPlace {
        if let (number, place) = dottedAddress(octets, cursor.position, cursor.end) {
            cursor.move(to: place.upperBound)
            return .address(.v4(number), place)
        }
        let place = cursor.place(octets, while: OctetClass.isHostName)
        guard !place.isEmpty, place.count <= 255 else { throw cursor.error("The host is missing or too long") }
        return .name(place)
    }

    /// The IPv4 address that is written there; `nil` for anything else.
    private static func dottedAddress(
        _ octets: Span<UInt8>, _ start: Int, _ end: Int
    ) -> (number: UInt32, place: Range<Int>)? {
        var value: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var dots = 0
        var place = start
        while place < end {
            let octet = octets[place]
            let digit = octet &- 0x30
            if digit < 10 {
                part = part &* 10 &+ UInt32(digit)
                digits &+= 1
            } else if octet == 0x2E, dots < 3, digits > 0, digits <= 3, part <= 255 {
                value = value &<< 8 | part
                (part, digits) = (0, 0)
                dots &+= 1
            } else {
                break
            }
            place &+= 1
        }
        guard dots == 3, digits > 0, digits <= 3, part <= 255, place == end || !OctetClass.isHostName(octets[place])
        else { return nil }
        return (value &<< 8 | part, start..<place)
    }

    private static func bracketed(_ octets: Span<UInt8>, _ cursor: inout OctetCursor) throws(ParseError) -> HostPlace {
        cursor.advance()
        let place = cursor.place(octets) { $0 != 0x5D }
        guard !cursor.isAtEnd else { throw cursor.error("An IPv6 address lacks its ]") }
        cursor.advance()
        guard place.count <= 64 else { throw cursor.error("What stands between [ and ] is no IPv6 address") }
        var literal: [UInt8] = []
        for index in place { literal.append(octets[index]) }
        // A slip of RFC 3261's grammar lets three colons precede an embedded IPv4 address (RFC 5118 §4.10).
        guard let address = IPAddress(octets: literal[...]) ?? IPAddress(octets: literal.withoutTripleColon[...]),
            case .v6 = address
        else { throw cursor.error("What stands between [ and ] is no IPv6 address") }
        return .address(address, place)
    }
}

extension [UInt8] {
    /// With the first `:::` as `::`.
    fileprivate var withoutTripleColon: [UInt8] {
        guard count >= 3 else { return self }
        for index in 0..<(count - 2) where self[index..<(index + 3)].allSatisfy({ $0 == 0x3A }) {
            return Array(self[..<index] + self[(index + 1)...])
        }
        return self
    }
}
