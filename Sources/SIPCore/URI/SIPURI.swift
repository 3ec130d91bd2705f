/// A `sip` or `sips` URI (RFC 3261 §19.1).
public struct SIPURI: Hashable, Sendable, CustomStringConvertible {
    /// `name=value` behind the question mark; both still escaped.
    public struct Header: Hashable, Sendable {
        public var name: String
        public var value: String

        public var unescapedValue: String { PercentCoding.decode(value) }
    }

    /// Whether it is a `sips` URI: every hop up to the target's domain uses TLS.
    public var isSecure: Bool
    /// Still escaped; see ``unescapedUser``.
    public var user: String?
    /// Still escaped.
    public var password: String?
    public var host: Host
    public var port: UInt16?
    /// Values are still escaped.
    public var parameters: Parameters
    public var headers: [Header]

    public init(
        user: String? = nil, host: Host, port: UInt16? = nil, parameters: Parameters = Parameters(),
        isSecure: Bool = false
    ) {
        self.isSecure = isSecure
        self.user = user
        password = nil
        self.host = host
        self.port = port
        self.parameters = parameters
        headers = []
    }

    /// - Throws: a sentence; `suggestedStatus` is 416 when the scheme is another one.
    public init(parsing text: String) throws(ParseError) {
        try self.init(Array(text.utf8)[...])
    }

    init(_ octets: ArraySlice<UInt8>) throws(ParseError) { self = try SIPURI.read(octets) }

    /// What `init(_:)` makes. A function, because an initialiser that may fail copies what it has made.
    static func read(_ octets: ArraySlice<UInt8>) throws(ParseError) -> SIPURI {
        var cursor = OctetCursor(0..<octets.count, section: SIPURIHead.section)
        let head = try SIPURIHead(octets.span, &cursor)
        let parameters = try SIPURI.parameters(octets, &cursor)
        let headers = try SIPURI.headers(octets, &cursor)
        try finish(octets.span, &cursor)
        var uri = SIPURI(
            user: head.user.map { octets.part($0).asText }, host: Host(head.host, in: octets), port: head.port,
            parameters: parameters, isSecure: head.isSecure)
        if let place = head.password { uri.password = octets.part(place).asText }
        if !headers.isEmpty { uri.headers = headers }
        return uri
    }

    /// Whether it can be read, without reading it.
    static func check(_ octets: Span<UInt8>, _ place: Range<Int>) throws(ParseError) {
        var cursor = OctetCursor(place, section: SIPURIHead.section)
        _ = try SIPURIHead(octets, &cursor)
        var count = 0
        while try nextParameter(octets, &cursor, after: count) != nil { count &+= 1 }
        if cursor.next(octets) == 0x3F { try checkHeaders(octets, &cursor) }
        try finish(octets, &cursor)
    }

    private static func parameters(
        _ octets: ArraySlice<UInt8>, _ cursor: inout OctetCursor
    ) throws(ParseError) -> Parameters {
        var parameters = Parameters()
        let span = octets.span
        while let (name, value) = try nextParameter(span, &cursor, after: parameters.count) {
            if parameters.isEmpty { parameters.reserveCapacity(3) }
            var text: String?
            if let value { text = octets.part(value).asText }
            parameters.append(Parameter(name: Parameter.name(octets.part(name)), value: text))
        }
        return parameters
    }

    /// Nothing may be left.
    private static func finish(_ octets: Span<UInt8>, _ cursor: inout OctetCursor) throws(ParseError) {
        guard cursor.isAtEnd else {
            throw SIPURIHead.fault(octets, cursor)
                ?? cursor.error("The URI is followed by something that does not belong there")
        }
    }

    /// One `;` too many at the end is let pass.
    private static func nextParameter(
        _ octets: Span<UInt8>, _ cursor: inout OctetCursor, after count: Int
    ) throws(ParseError) -> (name: Range<Int>, value: Range<Int>?)? {
        guard cursor.next(octets) == 0x3B else { return nil }
        cursor.advance()
        if cursor.isAtEnd || cursor.next(octets) == 0x3F { return nil }
        guard count < Limits.maxParameters else {
            throw cursor.error("The URI has more than \(Limits.maxParameters) parameters")
        }
        let name = cursor.place(octets, while: OctetClass.isURIParameterName)
        guard !name.isEmpty else {
            throw SIPURIHead.fault(octets, cursor) ?? cursor.error("A parameter of the URI has no name")
        }
        guard cursor.next(octets) == 0x3D else { return (name, nil) }
        cursor.advance()
        return (name, cursor.place(octets, while: OctetClass.isURIParameterValue))
    }

    /// Goes over `?name=value&name=value`, as ``headers`` are read.
    private static func checkHeaders(_ octets: Span<UInt8>, _ cursor: inout OctetCursor) throws(ParseError) {
        cursor.advance()
        var count = 0
        while !cursor.isAtEnd {
            let pair = cursor.place(octets) { OctetClass.isURI($0) && $0 != 0x26 && $0 != 0x40 }
            guard cursor.isAtEnd || cursor.next(octets) == 0x26 else { return }
            cursor.advance()
            guard !pair.isEmpty else { continue }
            guard count < Limits.maxParameters else {
                throw cursor.error("The URI has more than \(Limits.maxParameters) headers")
            }
            guard octets[pair.lowerBound] != 0x3D else { throw cursor.error("A header of the URI has no name") }
            count &+= 1
        }
    }

    private static func headers(
        _ octets: ArraySlice<UInt8>, _ cursor: inout OctetCursor
    ) throws(ParseError) -> [Header] {
        guard cursor.next(octets.span) == 0x3F else { return [] }
        let start = cursor.position + 1
        try checkHeaders(octets.span, &cursor)
        return octets.part(start..<cursor.position).split(separator: 0x26).map { pair in
            let parts = pair.split(separator: 0x3D, maxSplits: 1, omittingEmptySubsequences: false)
            return Header(name: parts.first?.asText ?? "", value: parts.dropFirst().first?.asText ?? "")
        }
    }

    public var scheme: String { isSecure ? "sips" : "sip" }

    public var description: String {
        var text = "\(scheme):"
        if let user {
            text += user
            if let password { text += ":\(password)" }
            text += "@"
        }
        text += host.description
        if let port { text += ":\(port)" }
        for parameter in parameters {
            text += ";\(parameter.name)"
            if let value = parameter.value { text += "=\(value)" }
        }
        if !headers.isEmpty {
            text += "?" + headers.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        }
        return text
    }
}

extension SIPURI {
    public var unescapedUser: String? { user.map { PercentCoding.decode($0) } }

    /// `user` with everything escaped that can't stand in the user part of a URI.
    public static func escapingUser(_ user: String) -> String {
        if user.utf8.allSatisfy(OctetClass.isUnreserved) { return user }
        // A user that was parsed is escaped already: its % signs stay.
        let allowed = "&=+$,;?/" + (PercentCoding.isWellFormed(user.utf8) ? "%" : "")
        return PercentCoding.encode(user, allowed: allowed)
    }

    public func parameter(_ name: String) -> String? { parameters.value(of: name) }

    /// The `transport` parameter as written.
    public var transportParameter: String? { parameters.value(of: "transport") }

    /// The `maddr` parameter: the address to send to instead of the host.
    public var maddr: String? { parameters.value(of: "maddr") }

    /// Whether it names a loose router (RFC 3261 §19.1.1 `lr`).
    public var isLooseRoute: Bool { parameters.has("lr") }

    /// The host without brackets.
    public var hostText: String { host.text }

    /// The same URI with another `transport`.
    public func addingTransport(_ transport: String) -> SIPURI {
        var uri = self
        uri.parameters.set("transport", to: transport)
        return uri
    }
}
