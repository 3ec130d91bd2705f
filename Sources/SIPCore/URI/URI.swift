/// Whom a request is for or an address names: a SIP URI, a telephone number, or something of another scheme.
public enum URI: Hashable, Sendable, CustomStringConvertible {
    case sip(SIPURI)
    case tel(TelURI)
    /// A scheme that is only carried along; `text` is what follows the colon.
    case other(scheme: String, text: String)

    public init(parsing text: String) throws(ParseError) {
        try self.init(Array(text.utf8)[...])
    }

    init(_ octets: ArraySlice<UInt8>) throws(ParseError) { self = try URI.read(octets) }

    /// What `init(_:)` makes. A function, because an initialiser that may fail copies what it has made.
    static func read(_ octets: ArraySlice<UInt8>) throws(ParseError) -> URI {
        if octets.span.hasSIPScheme(0..<octets.count) { return .sip(try SIPURI.read(octets)) }
        switch try Scheme(octets.span, 0..<octets.count) {
        case .sip: return .sip(try SIPURI.read(octets))
        case .tel: return .tel(try TelURI(octets))
        case .other(let end):
            let colon = octets.startIndex + end
            return .other(scheme: octets[..<colon].asText, text: octets[(colon + 1)...].asText)
        }
    }

    /// Whether it can be read, without reading it.
    static func check(_ octets: Span<UInt8>, _ place: Range<Int>) throws(ParseError) {
        if octets.hasSIPScheme(place) {
            try SIPURI.check(octets, place)
            return
        }
        switch try Scheme(octets, place) {
        case .sip: try SIPURI.check(octets, place)
        case .tel:
            var copy: [UInt8] = []
            copy.reserveCapacity(place.count)
            for index in place { copy.append(octets[index]) }
            _ = try TelURI(copy[...])
        case .other: break
        }
    }

    private enum Scheme {
        case sip
        case tel
        /// Where its colon is.
        case other(colon: Int)

        init(_ octets: Span<UInt8>, _ place: Range<Int>) throws(ParseError) {
            var cursor = OctetCursor(place, section: "RFC 3261 §19.1.1")
            let scheme = cursor.place(octets) { octet in
                OctetClass.isAlphanumeric(octet) || octet == 0x2B || octet == 0x2D || octet == 0x2E
            }
            guard cursor.next(octets) == 0x3A, OctetClass.isAlpha(octets[scheme.lowerBound]) else {
                throw cursor.error("The URI has no scheme")
            }
            switch octets.shortName(scheme) {
            case ShortName.sip, ShortName.sips:
                self = .sip
            case ShortName.tel:
                self = .tel
            default:
                for index in cursor.position..<place.upperBound {
                    let octet = octets[index]
                    guard octet > 0x20, octet != 0x7F, octet != 0x3C, octet != 0x3E else {
                        throw cursor.error("The URI has a blank in it")
                    }
                }
                self = .other(colon: cursor.position)
            }
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

extension Span<UInt8> {
    /// Whether `sip:` stands there, as nearly always.
    @inline(__always)
    fileprivate func hasSIPScheme(_ place: Range<Int>) -> Bool {
        place.count > 4 && shortName(place.lowerBound..<(place.lowerBound &+ 4)) == ShortName.sip | 0x3A00_0000
    }
}
