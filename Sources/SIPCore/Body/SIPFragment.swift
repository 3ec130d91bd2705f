/// The body of type `message/sipfrag`: a part of a SIP message, as a NOTIFY about a REFER has it (RFC 3420 §2, RFC 3515
/// §2.4.5). Its headers are read like those of a message; none of them has to be there.
public struct SIPFragment: SIPMessage {
    /// How a fragment begins when it does not begin with a header.
    public enum StartLine: Hashable, Sendable {
        case status(Int, reason: String)
        /// The Request-URI as written.
        case request(Method, uri: String)
    }

    public let octets: [UInt8]
    public let index: HeaderIndex
    public let version: String
    /// `nil` for a fragment without one.
    public let startLine: StartLine?

    /// Reads a fragment. A header that can't be read is left out.
    ///
    /// - Throws: when it is too long, or nothing of it is a part of a SIP message.
    public init(parsing octets: [UInt8]) throws(ParseError) {
        self.octets = octets
        do {
            switch try Message(parsing: octets) {
            case .request(let request):
                startLine = .request(request.method, uri: request.requestURIText)
                (index, version) = (request.index, request.version)
            case .response(let response):
                startLine = .status(response.status, reason: response.reason)
                (index, version) = (response.index, response.version)
            }
            return
        } catch {
            startLine = nil
            version = "SIP/2.0"
        }
        var parser = try MessageParser(octets, limits: .default)
        if octets.first == 0x0D || octets.first == 0x0A {
            // Neither start line nor headers: an empty line and a body.
            var index = HeaderIndex()
            let lineEnd = octets.starts(with: [0x0D, 0x0A]) ? 2 : 1
            index.body = lineEnd..<octets.count
            self.index = index
            return
        }
        parser.headers()
        index = parser.index
        guard !index.entries.isEmpty else {
            throw ParseError(
                offset: 0, section: "RFC 3420 §2", message: "The body is no fragment of a SIP message")
        }
    }

    /// Whether there is more to it than a status line.
    public var hasMoreThanStatus: Bool {
        if case .request = startLine { return true }
        return !index.entries.isEmpty
    }
}
