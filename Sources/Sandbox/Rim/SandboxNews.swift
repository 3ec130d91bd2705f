internal import SIPCore

/// What whoever looks on is told.
public enum SandboxNews: Sendable {
    case message(SandboxMessageLine)
    /// A request to the API, a webhook or a media stream, in a line without anything that is secret.
    case control(String)
    /// A caller is put through to a number that answers by itself.
    case handedOn(caller: String, to: String)
    /// A sentence about something that one would not see in the messages.
    case remark(String)
}

/// A message in a line: never its headers or its body, which may hold what is nobody's business.
public struct SandboxMessageLine: Sendable {
    public var isIncoming: Bool
    /// Who is at the other end.
    public var peer: String
    /// Method and Request-URI, or status and phrase with the method.
    public var text: String

    init(_ octets: [UInt8], isIncoming: Bool, peer: String) {
        self.isIncoming = isIncoming
        self.peer = peer
        let line: String
        switch try? Message(parsing: octets) {
        case .request(let request)?: line = "\(request.method) \(request.requestURIText)"
        case .response(let response)?:
            let method = (try? response.cseq.method.name) ?? "?"
            line = "\(response.status) \(response.reason) (\(method))"
        case nil: line = "\(octets.count) octets that are no SIP"
        }
        text = Self.plain(line)
    }

    /// It goes to a terminal, and strangers wrote it.
    static func plain(_ line: String) -> String {
        String(
            String.UnicodeScalarView(
                line.unicodeScalars.prefix(160).map { (0x20...0x7E).contains($0.value) ? $0 : "?" }))
    }
}
