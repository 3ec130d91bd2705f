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
                return try URI(octets[uriPlace])
            } catch {
                var error = error
                error.message = "Request-URI: \(error.message)"
                throw error
            }
        }
    }

    /// How many more hops it may take; `nil` without Max-Forwards.
    public var maxForwards: Int? {
        get throws(ParseError) {
            guard let text = first(.maxForwards) else { return nil }
            guard let value = UInt64(text), text.utf8.allSatisfy(OctetClass.isDigit), value <= 255 else {
                throw ParseError(
                    offset: 0, section: "RFC 3261 §20.22", message: "Max-Forwards is no number from 0 to 255")
            }
            return Int(value)
        }
    }

    /// Whether it can be worked with: the version is ours and the headers that every request has are there once and
    /// can be read.
    ///
    /// - Throws: what is wrong; its `suggestedStatus` is the status to answer with.
    public func validate() throws(ParseError) {
        guard version.utf8.isEqual(ignoringCase: "SIP/2.0") else {
            throw ParseError(
                offset: 0, section: "RFC 3261 §21.5.6", message: "The version is \(version), not SIP/2.0",
                suggestedStatus: 505)
        }
        try validateCommonHeaders()
        _ = try requestURI
        _ = try maxForwards
        guard try cseq.method == method else {
            throw ParseError(
                offset: 0, section: "RFC 3261 §8.1.1.5", message: "The method of CSeq is not that of the request line")
        }
        _ = try (contacts, recordRoutes, contentType)
    }

    /// The request with the source noted in its topmost Via (RFC 3261 §18.2.1, RFC 3581 §4).
    public func withTopViaReceived(from source: TransportAddress) -> Request {
        guard let number = index.entries.firstIndex(where: { $0.known == .via }), var via = try? topVia else {
            return self
        }
        via.noteSource(source)
        let rest = ListSplitter.split(value(of: index.entries[number])).dropFirst()
        var writer = MessageWriter(changing: octets, index)
        writer.replaceValue(ofLine: number, with: ([via.description] + rest.map(\.asText)).joined(separator: ", "))
        guard writer.octets.count <= Int(UInt32.max) else { return self }
        return Request(
            octets: writer.octets, index: writer.index, method: method, requestURI: uriPlace, version: version)
    }
}
