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

    init(_ octets: ArraySlice<UInt8>) throws(ParseError) {
        var scanner = FieldScanner(octets, section: "RFC 3261 §19.1.1")
        let scheme = scanner.run { $0 != 0x3A }
        guard scanner.next == 0x3A else { throw scanner.error("The URI has no scheme") }
        if scheme.isEqual(ignoringCase: "sip") {
            isSecure = false
        } else if scheme.isEqual(ignoringCase: "sips") {
            isSecure = true
        } else {
            throw scanner.error("The scheme is \(scheme.asText), not sip or sips", status: 416)
        }
        scanner.advance()
        let marks = URIMarks(octets)
        guard marks.isLegal else {
            throw scanner.error("The URI has a blank or another character in it that has to be escaped")
        }
        guard !marks.hasEscapes || PercentCoding.isWellFormed(octets) else {
            throw scanner.error("A % in the URI is not followed by two hexadecimal digits")
        }
        guard marks.ats < 2 else { throw scanner.error("The URI has more than one @") }
        (user, password) = marks.ats == 0 ? (nil, nil) : try SIPURI.userInfo(&scanner)
        (host, port) = try Host.parse(&scanner)
        parameters = try SIPURI.parameters(&scanner)
        headers = try SIPURI.headers(&scanner)
        try scanner.finish("The URI")
    }

    /// Everything before the one `@` there may be; the user part may hold `;` and `?` (RFC 3261 §25.1).
    private static func userInfo(_ scanner: inout FieldScanner) throws(ParseError) -> (String?, String?) {
        let user = scanner.place { $0 != 0x3A && $0 != 0x40 }
        var password: String?
        if scanner.next == 0x3A {
            guard !user.isEmpty else { throw scanner.error("The URI has a password and no user") }
            scanner.advance()
            password = scanner.text(scanner.place { $0 != 0x40 })
        }
        scanner.advance()
        return (user.isEmpty ? nil : scanner.text(user), password)
    }

    private static func parameters(_ scanner: inout FieldScanner) throws(ParseError) -> Parameters {
        var parameters = Parameters()
        guard scanner.next == 0x3B else { return parameters }
        let rest = scanner.octets[scanner.position...]
        parameters.reserveCapacity(min(rest.count(of: 0x3B), Limits.maxParameters))
        while scanner.next == 0x3B {
            scanner.advance()
            if scanner.isAtEnd || scanner.next == 0x3F { break }
            guard parameters.count < Limits.maxParameters else {
                throw scanner.error("The URI has more than \(Limits.maxParameters) parameters")
            }
            let name = scanner.place { $0 != 0x3B && $0 != 0x3D && $0 != 0x3F && $0 != 0x2C }
            guard !name.isEmpty else { throw scanner.error("A parameter of the URI has no name") }
            var value: String?
            if scanner.next == 0x3D {
                scanner.advance()
                value = scanner.text(scanner.place { $0 != 0x3B && $0 != 0x3F && $0 != 0x2C })
            }
            parameters.append(Parameter(name: Parameter.name(scanner.octets[name]), value: value))
        }
        return parameters
    }

    private static func headers(_ scanner: inout FieldScanner) throws(ParseError) -> [Header] {
        guard scanner.next == 0x3F else { return [] }
        scanner.advance()
        var headers: [Header] = []
        for pair in scanner.rest().split(separator: 0x26) {
            guard headers.count < Limits.maxParameters else {
                throw scanner.error("The URI has more than \(Limits.maxParameters) headers")
            }
            let parts = pair.split(separator: 0x3D, maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first, !name.isEmpty else { throw scanner.error("A header of the URI has no name") }
            headers.append(Header(name: name.asText, value: parts.dropFirst().first?.asText ?? ""))
        }
        return headers
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

/// What is seen of a URI in one pass, before its parts are cut.
private struct URIMarks {
    /// Whether no octet is in it that has to be escaped.
    private(set) var isLegal = true
    private(set) var hasEscapes = false
    /// How often `@` is in it.
    private(set) var ats = 0

    init(_ octets: ArraySlice<UInt8>) {
        let span = octets.span
        for place in span.indices {
            let octet = span[place]
            if octet == 0x40 { ats &+= 1 }
            if octet == 0x25 { hasEscapes = true }
            if !OctetClass.isURI(octet) { isLegal = false }
        }
    }
}
