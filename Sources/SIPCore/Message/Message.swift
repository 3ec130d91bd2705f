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
        if octets[line].prefix(4).isEqual(ignoringCase: "SIP/") {
            let (version, status, reason) = try Message.statusLine(octets[line])
            parser.headers()
            self = .response(
                Response(octets: octets, index: parser.index, status: status, reason: reason, version: version))
        } else {
            let (method, uri, version) = try Message.requestLine(octets, line)
            parser.headers()
            self = .request(
                Request(octets: octets, index: parser.index, method: method, requestURI: uri, version: version))
        }
    }

    /// `Method SP Request-URI SP SIP-Version`. Blanks too many are let pass where it stays clear what is what.
    private static func requestLine(
        _ octets: [UInt8], _ line: Range<Int>
    ) throws(ParseError) -> (method: Method, uri: Range<Int>, version: String) {
        let line = octets[line].trimmed
        var methodEnd = line.startIndex
        while methodEnd < line.endIndex, OctetClass.isToken(line[methodEnd]) { methodEnd &+= 1 }
        var versionStart = line.endIndex
        while versionStart > methodEnd, !OctetClass.isBlank(line[versionStart &- 1]) { versionStart &-= 1 }
        let uri = line[methodEnd..<versionStart].trimmed
        let version = line[versionStart...]
        guard methodEnd > line.startIndex, methodEnd < versionStart, OctetClass.isBlank(line[methodEnd]), !uri.isEmpty,
            version.prefix(4).isEqual(ignoringCase: "SIP/")
        else {
            throw ParseError(
                offset: line.startIndex, section: "RFC 3261 §7.1",
                message: "The first line is neither a request line nor a status line")
        }
        return (Method(line[..<methodEnd]), uri.startIndex..<uri.endIndex, versionText(version))
    }

    /// Almost every message is of the one version.
    private static func versionText(_ octets: ArraySlice<UInt8>) -> String {
        octets.isEqual(to: "SIP/2.0") ? "SIP/2.0" : octets.asText
    }

    /// `SIP-Version SP Status-Code SP Reason-Phrase`; the second blank may be missing.
    private static func statusLine(
        _ line: ArraySlice<UInt8>
    ) throws(ParseError) -> (version: String, status: Int, reason: String) {
        let versionEnd = line.firstIndex(of: 0x20) ?? line.endIndex
        let rest = line[versionEnd...].dropFirst()
        let digits = rest.prefix { $0 != 0x20 }
        guard digits.count == 3, let status = digits.decimal, (100...699).contains(status) else {
            throw ParseError(
                offset: line.startIndex, section: "RFC 3261 §7.2", message: "The status is no number from 100 to 699")
        }
        return (versionText(line[..<versionEnd]), status, rest[digits.endIndex...].dropFirst().asText)
    }
}
