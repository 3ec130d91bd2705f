import TelephonyPrimitives

// What the user agent reads from messages beyond single headers.

extension SIPMessage {
    /// Whether a list of tokens has this one: an option tag in Supported or Require.
    func lists(_ token: String, in name: HeaderName) -> Bool {
        if let known = name.known, !index.present.contains(known) { return false }
        let wanted = token.utf8.span
        for entry in index.entries where has(entry, name) {
            let isListed = try? look(at: entry) { octets, place throws(ParseError) in
                var values = ListPlaces(octets, place)
                while let value = values.next(octets) {
                    if octets.isEqual(value, ignoringCase: wanted) { return true }
                }
                return false
            }
            if isListed ?? false { return true }
        }
        return false
    }

    var hasBody: Bool { !index.body.isEmpty }

    /// The tag of From, of a message that was validated.
    var fromTag: Tag? { fromTagOctets.map { Tag($0.asText) } }

    /// The tag of To, of a message that was validated.
    var toTag: Tag? { toTagOctets.map { Tag($0.asText) } }

    /// The URI of the one Contact; `nil` without Contact (or with `*`).
    /// - Throws: when there are several, or it can't be read.
    var contactTarget: URI? {
        get throws(ParseError) {
            // Before any is decoded: there may be many.
            guard !index.repeated.contains(.contact), try hasOneContact else {
                throw ParseError(
                    offset: 0, section: "RFC 3261 §8.1.1.8", message: "There is more than one Contact",
                    suggestedStatus: 400)
            }
            guard case .addresses(let addresses) = try contacts else { return nil }
            return addresses.first?.uri
        }
    }
}

extension SIPMessage {
    /// Whether the first line of Contact, when there is one, has one value.
    private var hasOneContact: Bool {
        get throws(ParseError) {
            guard let entry = index.first(.contact) else { return true }
            return try look(at: entry) { octets, place throws(ParseError) in
                var values = ListPlaces(octets, place)
                var count = 0
                while let value = values.next(octets) { count += value.isEmpty ? 0 : 1 }
                return count <= 1
            }
        }
    }
}

extension Request {
    /// Whether the Request-URI is of a scheme that can mean us.
    var hasServedScheme: Bool {
        let uri = requestURIOctets
        return uri.prefix(4).isEqual(ignoringCase: "sip:") || uri.prefix(5).isEqual(ignoringCase: "sips:")
            || uri.prefix(4).isEqual(ignoringCase: "tel:")
    }

    /// The ACK of a 3xx–6xx (RFC 3261 §17.1.1.3): the INVITE's Request-URI, top Via, Route, From, Call-ID and number,
    /// and the To of the response.
    func acknowledgement(of response: Response) -> Request {
        follower(.ack, to: response.first(.to), headers: [])
    }

    /// The CANCEL of this INVITE (RFC 3261 §9.1).
    func cancellation(headers: HeaderFields) -> Request {
        follower(.cancel, to: nil, headers: headers)
    }

    private func follower(_ method: Method, to: String?, headers: HeaderFields) -> Request {
        var builder = MessageBuilder(request: method, uri: uriAsWritten)
        if let via = list(of: .via).first { builder.add(.via, via) }
        for route in values(of: .route) { builder.add(.route, route) }
        builder.add(.maxForwards, "70")
        if let from = first(.from) { builder.add(.from, from) }
        if let to = to ?? first(.to) { builder.add(.to, to) }
        if let callID = first(.callID) { builder.add(.callID, callID) }
        let number = cseqNumber ?? 0
        builder.add(.cseq, "\(number) \(method.name)")
        for value in values(of: .authorization) { builder.add(.authorization, value) }
        for value in values(of: .proxyAuthorization) { builder.add(.proxyAuthorization, value) }
        for (name, value) in headers where name.isFree { builder.add(name, value) }
        if let name = first(.userAgent) { builder.add(.userAgent, name) }
        return builder.buildRequest()
    }

    /// The Request-URI; a request of our own always has a readable one.
    private var uriAsWritten: URI {
        guard let uri = try? requestURI else { return .other(scheme: "sip", text: requestURIText) }
        return uri
    }

    /// Whether our Contact in the dialog that it makes has to be a `sips` URI: because of its Request-URI, the first
    /// Record-Route, or without one its Contact (RFC 3261 §12.1.1).
    var wantsSecureContact: Bool {
        if requestURIOctets.isSecureURI { return true }
        let header: KnownHeader = index.present.contains(.recordRoute) ? .recordRoute : .contact
        guard let entry = index.first(header) else { return false }
        let isSecure = try? look(at: entry) { octets, place throws(ParseError) in
            var values = ListPlaces(octets, place)
            var cursor = OctetCursor(values.next(octets) ?? place, section: "RFC 3261 §12.1.1")
            let uri = try NameAddressHead(octets, &cursor).uri
            return octets.shortName(uri.lowerBound..<min(uri.lowerBound &+ 5, uri.upperBound)) == ShortName.sips | 0x3A
                << 32
        }
        return isSecure ?? false
    }

    /// The user part of a Request-URI that is a SIP URI; `nil` without one.
    var requestURIUser: String? {
        var cursor = OctetCursor(uriPlace, section: SIPURIHead.section)
        return (try? SIPURIHead(octets.span, &cursor))?.user.map { octets[$0].asText }
    }
}

extension ArraySlice<UInt8> {
    /// Whether it begins with the scheme `sips`.
    fileprivate var isSecureURI: Bool { prefix(5).isEqual(ignoringCase: "sips:") }
}

extension URI {
    /// Whether every hop has to be secure.
    var isSecure: Bool { sip?.isSecure ?? false }

    /// Without what a Request-URI must not have (RFC 3261 §19.1.1, table 1).
    var asRequestURI: URI {
        guard var sip else { return self }
        sip.headers = []
        sip.parameters.remove("method")
        return .sip(sip)
    }
}

extension FlowTarget {
    /// What a request to `uri` has to reach (RFC 3263 §4.1, RFC 3261 §19.1.1 for `maddr`).
    public init(_ uri: SIPURI) {
        self.init(
            host: uri.maddr ?? uri.hostText, port: uri.port,
            transport: uri.transportParameter.flatMap { TransportProtocol(uriParameter: $0, secure: uri.isSecure) },
            secure: uri.isSecure)
    }
}

extension UserAgentConfiguration {
    /// Whether an INFO is of a package that we take, or of none (RFC 6086 §4.2.2).
    func takesInfo(_ request: Request) -> Bool {
        guard let value = request.first(.infoPackage) else { return true }
        let package = value.prefix { $0 != ";" }.trimmingBlanks.lowercased()
        return infoPackages.contains { $0.lowercased() == package }
    }
}
