import SIPCore

/// A message as the carrier writes it: a start line and header lines in order.
///
/// Written here from the reference and not with the library's own builder: what both would get wrong, nobody would see.
struct CarrierMessage {
    private let startLine: String
    private let isCompact: Bool
    private var lines: [(name: String, value: String)] = []
    private var body: [UInt8] = []

    /// - Parameters:
    ///   - method: of the request.
    ///   - uri: the Request-URI.
    ///   - compact: whether names are compact, without a blank behind the colon.
    init(_ method: Method, _ uri: String, compact: Bool) {
        startLine = "\(method.name) \(uri) SIP/2.0"
        isCompact = compact
    }

    /// The answer to a request, with what it has to repeat (RFC 3261 §8.2.6.2).
    ///
    /// - Parameters:
    ///   - status: 100 to 699.
    ///   - reason: the phrase, with the carrier's code at its end where there is one.
    ///   - request: what is answered, with the source noted in its topmost Via.
    ///   - tag: of To, when the request has none.
    init(_ status: Int, _ reason: String, to request: Request, tag: String?) {
        startLine = "SIP/2.0 \(status) \(reason)"
        isCompact = false
        for value in request.values(of: .via) { add("Via", value) }
        add("From", request.first(.from) ?? "")
        var to = request.first(.to) ?? ""
        if let tag, request.toTag == nil { to += ";tag=\(tag)" }
        add("To", to)
        add("Call-ID", request.first(.callID) ?? "")
        add("CSeq", request.first(.cseq) ?? "")
    }

    mutating func add(_ name: String, _ value: String) { lines.append((name, value)) }

    mutating func setBody(_ octets: [UInt8], type: String) {
        body = octets
        add("Content-Type", type)
    }

    var octets: [UInt8] {
        var text = startLine + "\r\n"
        for (name, value) in lines + [("Content-Length", "\(body.count)")] {
            if isCompact {
                text += "\(Self.compact[name] ?? name):\(value)\r\n"
            } else {
                text += "\(name): \(value)\r\n"
            }
        }
        return Array((text + "\r\n").utf8) + body
    }

    var request: Request? {
        if case .request(let request)? = try? Message(parsing: octets) { request } else { nil }
    }

    var response: Response? {
        if case .response(let response)? = try? Message(parsing: octets) { response } else { nil }
    }

    /// The letters that the reference saw; Via stays long in the first line of a trace and is `v` in the others.
    private static let compact = [
        "From": "f", "To": "t", "Call-ID": "i", "Contact": "m", "Supported": "k", "Allow-Events": "u",
        "Content-Type": "c", "Content-Length": "l", "Session-Expires": "x", "Refer-To": "r", "Event": "o",
    ]
}

extension SIPMessage {
    var toTag: String? { (try? to)?.tag?.text }
    var fromTag: String? { (try? from)?.tag?.text }

    /// Whether a list header names an option, in any case.
    func lists(_ option: String, in name: HeaderName) -> Bool {
        list(of: name).contains { $0.lowercased() == option }
    }
}
