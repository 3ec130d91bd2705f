/// Makes a message line by line. To change a message is to build a new one from it.
///
/// No value can end its line: CR, LF and NUL in it become blanks, so nothing that comes from outside adds a header.
public struct MessageBuilder: Sendable {
    private enum Start: Sendable {
        case request(method: Method, uri: Range<Int>)
        case response(status: Int, reason: String)
    }

    private let start: Start
    private var writer: MessageWriter
    private var body: [UInt8] = []

    /// A request without headers.
    public init(request method: Method, uri: URI) {
        self.init(request: method) { $0.write(uri.description) }
    }

    /// A request without headers, for whom `other` is for, octet for octet.
    package init(request method: Method, uriOf other: Request) {
        self.init(request: method) { $0.write(other.requestURIOctets) }
    }

    private init(request method: Method, writeURI: (inout MessageWriter) -> Void) {
        writer = MessageWriter(capacity: 1_024)
        writer.write(method.name)
        writer.write(" ")
        let uriStart = writer.octets.count
        writeURI(&writer)
        start = .request(method: method, uri: uriStart..<writer.octets.count)
        writer.write(" SIP/2.0")
        writer.endLine()
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
        let reason = reason ?? ReasonPhrase.of(status)
        writer = MessageWriter(capacity: request.index.body.lowerBound + 512)
        writer.write("SIP/2.0 ")
        writer.write(status: status)
        writer.write(" ")
        let phrase = writer.write(reason)
        start = .response(status: status, reason: writer.octets[phrase].asText)
        writer.endLine()
        let recordsRoute = request.method.makesDialog && (101..<300).contains(status)
        for entry in request.index.entries {
            guard let known = entry.known else { continue }
            switch known {
            case .via, .from, .callID, .cseq:
                writer.line(HeaderName(known), request.value(of: entry))
            case .to:
                let value = request.value(of: entry)
                writer.line(.to, value, tag: value.lacksTag ? toTag : nil)
            case .recordRoute where recordsRoute:
                writer.line(.recordRoute, request.value(of: entry))
            default:
                break
            }
        }
    }

    /// Adds a line at the end. Content-Length is not taken: it is that of the body.
    public mutating func add(_ name: HeaderName, _ value: String) {
        if name.known != .contentLength { writer.line(name, value) }
    }

    /// Adds lines that were written before.
    package mutating func add(_ lines: HeaderLines) {
        writer.append(lines)
    }

    /// Adds all lines of header `name` that another message has, octet for octet.
    package mutating func copy(_ name: HeaderName, of message: some SIPMessage) {
        guard name.known != .contentLength else { return }
        for entry in message.index.entries where message.has(entry, name) {
            writer.line(name, message.value(of: entry))
        }
    }

    /// Replaces all lines of `name` by one, in the place of the first or at the end.
    public mutating func set(_ name: HeaderName, _ value: String) {
        let lines = writer.index.entries.indices.filter { isLine($0, of: name) }
        guard let first = lines.first else {
            add(name, value)
            return
        }
        for later in lines.dropFirst().reversed() { writer.removeLine(later) }
        writer.replaceValue(ofLine: first, with: value)
    }

    private func isLine(_ number: Int, of name: HeaderName) -> Bool {
        let entry = writer.index.entries[number]
        return entry.known == name.known
            && (entry.known != nil || writer.octets[entry.name].isEqual(ignoringCase: name.text))
    }

    /// The body, and Content-Type.
    public mutating func setBody(_ octets: [UInt8], contentType: String) {
        body = octets
        set(.contentType, contentType)
    }

    /// - Precondition: the builder was made for a request; from one for a response an OPTIONS to nobody comes.
    public consuming func buildRequest() -> Request {
        guard case .request(let method, let uri) = start else {
            return MessageBuilder(request: .options, uri: .other(scheme: "sip", text: "invalid")).buildRequest()
        }
        writer.finish(body: body)
        return Request(
            octets: writer.octets, index: writer.index, method: method, requestURI: uri, version: "SIP/2.0")
    }

    /// - Precondition: the builder was made for a response; from one for a request a 500 comes.
    public consuming func buildResponse() -> Response {
        guard case .response(let status, let reason) = start else {
            return answeringServerError()
        }
        writer.finish(body: body)
        return Response(
            octets: writer.octets, index: writer.index, status: status, reason: reason, version: "SIP/2.0")
    }

    private func answeringServerError() -> Response {
        var other = MessageWriter(capacity: writer.octets.count + body.count + 64)
        let reason = ReasonPhrase.of(500)
        other.write("SIP/2.0 500 \(reason)")
        other.endLine()
        for entry in writer.index.entries {
            let name = entry.known.map { HeaderName($0) } ?? HeaderName(writer.octets[entry.name].asText)
            other.line(name, writer.octets[entry.value])
        }
        other.finish(body: body)
        return Response(octets: other.octets, index: other.index, status: 500, reason: reason, version: "SIP/2.0")
    }
}

extension Method {
    /// Whether a response to it may make a dialog, or belongs to one that is made.
    fileprivate var makesDialog: Bool { self == .invite || self == .subscribe || self == .refer || self == .notify }
}

extension ArraySlice<UInt8> {
    /// Whether it is an address that can be read and has no tag.
    fileprivate var lacksTag: Bool {
        do throws(ParseError) {
            return try NameAddressHead.tag(span, 0..<count) == nil
        } catch {
            return false
        }
    }
}
