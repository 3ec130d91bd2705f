public import TelephonyPrimitives

/// A SIP request (RFC 3261 §7.1): its octets and where things are in them.
public struct Request: SIPMessage {
    public let octets: [UInt8]
    public let index: HeaderIndex
    public let method: Method
    let uriPlace: Range<Int>
    public let version: String
    /// The peer in the trust domain that it came from; `nil` when it came from anybody else, or from nowhere yet.
    public internal(set) var assertor: IPAddress?

    init(octets: [UInt8], index: HeaderIndex, method: Method, requestURI: Range<Int>, version: String) {
        self.octets = octets
        self.index = index
        self.method = method
        uriPlace = requestURI
        self.version = version
    }

    /// The Request-URI as it stands in the request line.
    public var requestURIText: String { requestURIOctets.asText }

    /// The same as octets.
    package var requestURIOctets: ArraySlice<UInt8> { octets[uriPlace] }

    public var requestURI: URI {
        get throws(ParseError) {
            do {
                return try URI.read(octets[uriPlace])
            } catch {
                throw error.ofRequestURI
            }
        }
    }

    /// How many more hops it may take; `nil` without Max-Forwards.
    public var maxForwards: Int? {
        get throws(ParseError) {
            guard let digits = firstOctets(of: .maxForwards) else { return nil }
            guard let value = digits.decimal, value <= 255 else {
                throw ParseError(
                    offset: 0, section: "RFC 3261 §20.22", message: "Max-Forwards is no number from 0 to 255")
            }
            return value
        }
    }

    /// Whether it can be worked with: the version is ours and the headers that every request has are there once and
    /// can be read.
    ///
    /// - Throws: what is wrong; its `suggestedStatus` is the status to answer with.
    public func validate() throws(ParseError) { try validate(hasReadableTopVia: false) }

    /// - Parameter hasReadableTopVia: whether the topmost Via was read before.
    func validate(hasReadableTopVia: Bool) throws(ParseError) {
        guard version == "SIP/2.0" || version.utf8.isEqual(ignoringCase: "SIP/2.0") else {
            throw ParseError(
                offset: 0, section: "RFC 3261 §21.5.6", message: "The version is \(version), not SIP/2.0",
                suggestedStatus: 505)
        }
        try validateCommonHeaders(hasReadableTopVia: hasReadableTopVia)
        try checkRequestURI()
        _ = try maxForwards
        guard try hasMethodInCSeq(method) else {
            throw ParseError(
                offset: 0, section: "RFC 3261 §8.1.1.5", message: "The method of CSeq is not that of the request line")
        }
        try checkContacts()
        try checkRecordRoutes()
        if let entry = index.first(.contentType) {
            try look(at: entry) { octets, place throws(ParseError) in try MediaType.check(octets, place) }
        }
    }

    private func checkRequestURI() throws(ParseError) {
        guard uriPlace.count <= Limits.maxURIOctets else {
            throw ParseError(
                offset: uriPlace.lowerBound, section: "RFC 3261 §21.4.15",
                message: "The Request-URI has more than \(Limits.maxURIOctets) octets", suggestedStatus: 414)
        }
        do {
            try URI.check(octets.span, uriPlace)
        } catch {
            throw error.ofRequestURI
        }
    }

    /// The request with the source noted in its topmost Via (RFC 3261 §18.2.1, RFC 3581 §4).
    public func withTopViaReceived(from source: TransportAddress) -> Request {
        guard let number = index.entries.firstIndex(where: { $0.known == .via }), var via = try? topVia else {
            return self
        }
        via.noteSource(source)
        let value = value(of: index.entries[number])
        var text = via.description
        var values = ListPlaces(value.span, 0..<value.count)
        if values.next(value.span) != nil, let rest = values.rest(value.span) {
            text += ", " + value.part(rest).asText
        }
        var writer = MessageWriter(changing: octets, index)
        writer.replaceValue(ofLine: number, with: text)
        guard writer.octets.count <= Int(UInt32.max) else { return self }
        return Request(
            octets: writer.octets, index: writer.index, method: method, requestURI: uriPlace, version: version)
    }
}

extension ParseError {
    fileprivate var ofRequestURI: ParseError {
        var error = self
        error.message = "Request-URI: \(message)"
        return error
    }
}
