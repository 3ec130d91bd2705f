/// A request or a response, as it comes from the network.
public enum Message: Sendable {
    case request(Request)
    case response(Response)

    /// Reads the start line and finds the headers and the body; says nothing about their values.
    ///
    /// - Parameters:
    ///   - octets: one whole message. Octets behind the body that Content-Length gives are left out
    ///     (RFC 3261 §18.3).
    ///   - limits: how large it may be.
    /// - Throws: when it can't be told to be SIP at all. A message with faulty headers is returned, so that it can be
    ///   answered: see ``Request/validate()``.
    public init(parsing octets: [UInt8], limits: Limits = .default) throws(ParseError) {
        var parser = try MessageParser(octets, limits: limits)
        let line = try parser.startLine()
        if line.starts(with: "SIP/".utf8) || line.prefix(4).isEqual(ignoringCase: "SIP/") {
            let (version, status, reason) = try Message.statusLine(line)
            parser.headers()
            self = .response(
                Response(octets: octets, index: parser.index, status: status, reason: reason, version: version))
        } else {
            let (method, uri, version) = try Message.requestLine(line)
            parser.headers()
            self = .request(
                Request(
                    octets: octets, index: parser.index, method: Method(method), requestURIText: uri, version: version))
        }
    }

    /// `Method SP Request-URI SP SIP-Version`. Blanks too many are let pass where it stays clear what is what.
    private static func requestLine(
        _ line: ArraySlice<UInt8>
    ) throws(ParseError) -> (method: String, uri: String, version: String) {
        let line = line.trimmed
        let words = line.split(whereSeparator: OctetClass.isBlank)
        guard words.count >= 3, let first = words.first, let last = words.last, first.startIndex == line.startIndex,
            first.allSatisfy(OctetClass.isToken), last.prefix(4).isEqual(ignoringCase: "SIP/")
        else {
            throw ParseError(
                offset: line.startIndex, section: "RFC 3261 §7.1",
                message: "The first line is neither a request line nor a status line")
        }
        let uri = line[first.endIndex..<last.startIndex].trimmed
        return (first.asText, uri.asText, last.asText)
    }

    /// `SIP-Version SP Status-Code SP Reason-Phrase`; the second blank may be missing.
    private static func statusLine(
        _ line: ArraySlice<UInt8>
    ) throws(ParseError) -> (version: String, status: Int, reason: String) {
        let parts = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[1].count == 3, parts[1].allSatisfy(OctetClass.isDigit),
            let status = Int(parts[1].asText), (100...699).contains(status)
        else {
            throw ParseError(
                offset: line.startIndex, section: "RFC 3261 §7.2", message: "The status is no number from 100 to 699")
        }
        return (parts[0].asText, status, parts.dropFirst(2).first?.asText ?? "")
    }
}
