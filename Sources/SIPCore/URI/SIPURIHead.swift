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
        let marks = URIMarks(octets, cursor.position..<cursor.end)
        guard marks.isLegal else {
            throw cursor.error("The URI has a blank or another character in it that has to be escaped")
        }
        guard !marks.hasEscapes || PercentCoding.isWellFormed(octets, cursor.position..<cursor.end) else {
            throw cursor.error("A % in the URI is not followed by two hexadecimal digits")
        }
        guard marks.ats < 2 else { throw cursor.error("The URI has more than one @") }
        (user, password) = marks.ats == 0 ? (nil, nil) : try Self.userInfo(octets, &cursor)
        (host, port) = try HostPlace.parse(octets, &cursor)
    }

    /// Everything before the one `@` there may be; the user part may hold `;` and `?` (RFC 3261 §25.1).
    private static func userInfo(
        _ octets: Span<UInt8>, _ cursor: inout OctetCursor
    ) throws(ParseError) -> (Range<Int>?, Range<Int>?) {
        let user = cursor.place(octets) { $0 != 0x3A && $0 != 0x40 }
        var password: Range<Int>?
        if cursor.next(octets) == 0x3A {
            guard !user.isEmpty else { throw cursor.error("The URI has a password and no user") }
            cursor.advance()
            password = cursor.place(octets) { $0 != 0x40 }
        }
        cursor.advance()
        return (user.isEmpty ? nil : user, password)
    }
}

/// What is seen of a URI in one pass, before its parts are cut.
private struct URIMarks {
    /// Whether no octet is in it that has to be escaped.
    private(set) var isLegal = true
    private(set) var hasEscapes = false
    /// How often `@` is in it.
    private(set) var ats = 0

    init(_ octets: Span<UInt8>, _ place: Range<Int>) {
        var next = place.lowerBound
        while next &+ 8 <= place.upperBound {
            let word = octets.word(at: next)
            // Without branches: nearly always there is none of them.
            let marks =
                OctetWord.octets(below: 0x26, word) | OctetWord.zeros(word ^ OctetWord.repeating(0x3C))
                | OctetWord.zeros(word ^ OctetWord.repeating(0x3E)) | OctetWord.zeros(word ^ OctetWord.repeating(0x7F))
            if marks != 0 {
                for octet in next..<(next &+ 8) { look(at: octets[octet]) }
            } else {
                ats &+= OctetWord.count(of: 0x40, in: word)
            }
            next &+= 8
        }
        while next < place.upperBound {
            look(at: octets[next])
            next &+= 1
        }
    }

    @inline(__always)
    private mutating func look(at octet: UInt8) {
        if octet == 0x40 { ats &+= 1 }
        if octet == 0x25 { hasEscapes = true }
        if !OctetClass.isURI(octet) { isLegal = false }
    }
}
