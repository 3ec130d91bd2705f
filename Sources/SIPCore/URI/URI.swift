/// Whom a request is for or an address names: a SIP URI, a telephone number, or something of another scheme.
public enum URI: Hashable, Sendable, CustomStringConvertible {
    case sip(SIPURI)
    case tel(TelURI)
    /// A scheme that is only carried along; `text` is what follows the colon.
    case other(scheme: String, text: String)

    public init(parsing text: String) throws(ParseError) {
        try self.init(Array(text.utf8)[...])
    }

    init(_ octets: ArraySlice<UInt8>) throws(ParseError) {
        var scanner = FieldScanner(octets, section: "RFC 3261 §19.1.1")
        let scheme = scanner.run { OctetClass.isAlphanumeric($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E }
        guard scanner.next == 0x3A, let first = scheme.first, OctetClass.isAlpha(first) else {
            throw scanner.error("The URI has no scheme")
        }
        if scheme.isEqual(ignoringCase: "sip") || scheme.isEqual(ignoringCase: "sips") {
            self = .sip(try SIPURI(octets))
        } else if scheme.isEqual(ignoringCase: "tel") {
            self = .tel(try TelURI(octets))
        } else {
            scanner.advance()
            guard scanner.octets.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != 0x3C && $0 != 0x3E }) else {
                throw scanner.error("The URI has a blank in it")
            }
            self = .other(scheme: scheme.asText, text: scanner.rest().asText)
        }
    }

    /// The SIP URI, if it is one.
    public var sip: SIPURI? {
        if case .sip(let uri) = self { uri } else { nil }
    }

    public var description: String {
        switch self {
        case .sip(let uri): uri.description
        case .tel(let uri): uri.description
        case .other(let scheme, let text): "\(scheme):\(text)"
        }
    }
}
