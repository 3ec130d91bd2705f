public import TelephonyPrimitives

/// A SIP request (RFC 3261 §7.1): its octets and where things are in them.
public struct Request: SIPMessage {
    public let octets: [UInt8]
    public let index: HeaderIndex
    public let method: Method
    /// The Request-URI as it stands in the request line.
    public let requestURIText: String
    public let version: String

    init(octets: [UInt8], index: HeaderIndex, method: Method, requestURIText: String, version: String) {
        self.octets = octets
        self.index = index
        self.method = method
        self.requestURIText = requestURIText
        self.version = version
    }

    public var requestURI: URI {
        get throws(ParseError) {
            do {
                return try URI(parsing: requestURIText)
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
        guard var via = try? topVia, let line = first(.via) else { return self }
        via.noteSource(source)
        let rest = ListSplitter.split(line).dropFirst()
        return replacingFirst(.via, with: ([via.description] + rest).joined(separator: ", "))
    }

    private func replacingFirst(_ name: HeaderName, with value: String) -> Request {
        var builder = MessageBuilder(copying: self)
        builder.replaceFirst(name, with: value)
        return builder.buildRequest()
    }
}
