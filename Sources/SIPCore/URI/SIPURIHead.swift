internal import TelephonyPrimitives

/// Where the parts of a SIP URI are that come before its parameters (RFC 3261 §19.1.1).
struct SIPURIHead {
    static let section: StaticString = "RFC 3261 §19.1.1"

    let isSecure: Bool
    let user: Range<Int>?
    let password: Range<Int>?
    let host: HostPlace
    let port: UInt16?

    /// Leaves the cursor before the parameters.
    init(_ octets: Span<UInt8>, _ cursor: inout OctetCursor) throws(ParseError) {
        let scheme = cursor.place(octets) { $0 != 0x3A }
        guard cursor.next(octets) == 0x3A else { throw cursor.error("The URI has no scheme") }
        switch octets.shortName(scheme) {
        case ShortName.sip: isSecure = false
        case ShortName.sips: isSecure = true
        default: throw cursor.error("The scheme is not sip or sips", status: 416)
        }
        cursor.advance()
        guard cursor.end &- cursor.start <= Limits.maxURIOctets else {
            throw cursor.error("The URI has more than 2,048 octets")
        }
        let rest = cursor.position..<cursor.end
        if octets.firstPlace(of: 0x25, from: rest.lowerBound, to: rest.upperBound) != nil,
            !PercentCoding.isWellFormed(octets, rest)
        {
            throw cursor.error("A % in the URI is not followed by two hexadecimal digits")
        }
        if let at = octets.firstPlace(of: 0x40, from: rest.lowerBound, to: rest.upperBound) {
            (user, password) = try Self.userInfo(octets, &cursor, before: at)
        } else {
            (user, password) = (nil, nil)
        }
        do {
            (host, port) = try HostPlace.parse(octets, &cursor)
        } catch {
            throw Self.fault(octets, cursor) ?? error
        }
    }

    /// Everything before the one `@` there may be; the user part may hold `;` and `?` (RFC 3261 §25.1).
    private static func userInfo(
        _ octets: Span<UInt8>, _ cursor: inout OctetCursor, before at: Int
    ) throws(ParseError) -> (Range<Int>?, Range<Int>?) {
        let user = cursor.place(octets, while: OctetClass.isUser)
        var password: Range<Int>?
        if cursor.next(octets) == 0x3A {
            guard !user.isEmpty else { throw cursor.error("The URI has a password and no user") }
            cursor.advance()
            password = cursor.place(octets) { OctetClass.isURI($0) && $0 != 0x40 }
        }
        guard cursor.position == at else {
            throw fault(octets, cursor) ?? cursor.error("The user part of the URI can't be read")
        }
        cursor.advance()
        return (user.isEmpty ? nil : user, password)
    }

    /// What is wrong with a URI that could not be read to its end, when it is one of its octets.
    static func fault(_ octets: Span<UInt8>, _ cursor: OctetCursor) -> ParseError? {
        var ats = 0
        for place in cursor.start..<cursor.end {
            if octets[place] == 0x40 { ats &+= 1 }
            guard OctetClass.isURI(octets[place]) else {
                return cursor.error("The URI has a blank or another character in it that has to be escaped")
            }
        }
        return ats < 2 ? nil : cursor.error("The URI has more than one @")
    }
}
