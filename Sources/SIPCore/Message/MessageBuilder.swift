/// Makes a message line by line. To change a message is to build a new one from it.
///
/// No value can end its line: CR, LF and NUL in it become blanks, so nothing that comes from outside adds a header.
public struct MessageBuilder: Sendable {
    private enum Start: Sendable {
        case request(method: Method, uri: String, version: String)
        case response(status: Int, reason: String)
    }

    private var start: Start
    private var lines: [(name: HeaderName, value: String)] = []
    private var body: [UInt8] = []

    /// A request without headers.
    public init(request method: Method, uri: URI) {
        start = .request(method: method, uri: uri.description, version: "SIP/2.0")
    }

    /// A response with what it takes from its request: Via, From, To, Call-ID, CSeq and, when it makes a dialog,
    /// Record-Route (RFC 3261 §8.2.6, §12.1.1).
    ///
    /// - Parameters:
    ///   - status: 100…699.
    ///   - reason: the standard phrase when `nil`.
    ///   - request: what is answered.
    ///   - toTag: added to To unless it has a tag already.
    public init(response status: Int, reason: String? = nil, to request: Request, toTag: Tag?) {
        start = .response(status: status, reason: reason ?? ReasonPhrase.of(status))
        let makesDialog = [Method.invite, .subscribe, .refer, .notify].contains(request.method)
        for (name, value) in request.headers {
            switch name {
            case .via, .from, .callID, .cseq:
                lines.append((name, value))
            case .to:
                if let toTag, let to = try? NameAddress(parsing: value), to.tag == nil {
                    lines.append((name, "\(value);tag=\(toTag.text)"))
                } else {
                    lines.append((name, value))
                }
            case .recordRoute where makesDialog && (101..<300).contains(status):
                lines.append((name, value))
            default:
                break
            }
        }
    }

    /// Adds a line at the end.
    public mutating func add(_ name: HeaderName, _ value: String) {
        lines.append((name, value))
    }

    /// Replaces all lines of `name` by one, in the place of the first or at the end.
    public mutating func set(_ name: HeaderName, _ value: String) {
        guard let first = lines.firstIndex(where: { $0.name == name }) else {
            add(name, value)
            return
        }
        lines[first].value = value
        let later = lines[(first + 1)...].filter { $0.name != name }
        lines.replaceSubrange((first + 1)..., with: later)
    }

    /// The body, and Content-Type.
    public mutating func setBody(_ octets: [UInt8], contentType: String) {
        body = octets
        set(.contentType, contentType)
    }

    /// - Precondition: the builder was made for a request; from one for a response an OPTIONS to nobody comes.
    public func buildRequest() -> Request {
        guard case .request(let method, let uri, let version) = start else {
            return MessageBuilder(request: .options, uri: .other(scheme: "sip", text: "invalid")).buildRequest()
        }
        let safeURI = Self.safe(uri)
        let place = Self.safe(method.name).utf8.count + 1
        let (octets, index) = build([Self.safe(method.name), " ", safeURI, " ", Self.safe(version)])
        return Request(
            octets: octets, index: index, method: method, requestURI: place..<(place + safeURI.utf8.count),
            version: version)
    }

    /// - Precondition: the builder was made for a response; from one for a request a 500 comes.
    public func buildResponse() -> Response {
        var (status, reason) = (500, ReasonPhrase.of(500))
        if case .response(let ours, let phrase) = start { (status, reason) = (ours, Self.safe(phrase)) }
        let (octets, index) = build(["SIP/2.0 ", String(status), " ", reason])
        return Response(octets: octets, index: index, status: status, reason: reason, version: "SIP/2.0")
    }

    private func build(_ startLine: [String]) -> ([UInt8], HeaderIndex) {
        var octets: [UInt8] = []
        var index = HeaderIndex()
        octets.reserveCapacity(lines.reduce(128 + body.count) { $0 + $1.value.utf8.count + 24 })
        index.entries.reserveCapacity(lines.count + 1)
        for part in startLine { octets += part.utf8 }
        octets += [0x0D, 0x0A]
        func append(_ name: HeaderName, _ value: String) {
            let start = octets.count
            octets += name.text.utf8
            let end = octets.count
            octets += [0x3A, 0x20]
            octets += Self.safe(value).utf8
            index.entries.append(
                HeaderIndex.Entry(name.known, name: start..<end, value: (end + 2)..<octets.count))
            octets += [0x0D, 0x0A]
        }
        for (name, value) in lines where name.known != .contentLength { append(name, value) }
        append(.contentLength, String(body.count))
        octets += [0x0D, 0x0A]
        index.body = octets.count..<(octets.count + body.count)
        octets += body
        return (octets, index)
    }

    /// Makes blanks of all that could end a line, and of NUL, which may stand behind a backslash alone (RFC 3261 §25.1).
    static func safe(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 }) else { return value }
        var last: UInt8 = 0
        return value.utf8.map { octet in
            defer { last = octet }
            return octet == 0x0D || octet == 0x0A || (octet == 0 && last != 0x5C) ? 0x20 : octet
        }.asText
    }
}
