/// A SIP message as its lines of text: read without mercy for the reader's own stack, written as wrongly as a test wants.
///
/// The auditor reads with this type and not with `SIPCore`'s parser, so that a mistake of the parser can't hide itself;
/// scripted peers build with it, because it checks nothing. Header names are kept as written; every look-up folds case
/// and the compact forms of RFC 3261 §7.3.3.
public struct WireMessage: Sendable, Hashable {
    /// The request line or status line, without its line end.
    public var startLine: String {
        didSet { facts = nil }
    }
    /// The header fields in order, unfolded, one per line.
    public var fields: [Field] {
        didSet { facts = nil }
    }
    /// The octets after the empty line.
    public var body: [UInt8]

    /// What an auditor asks for again and again; `nil` once the message was changed.
    private var facts: Facts?

    /// One header field line.
    public struct Field: Sendable, Hashable {
        public var name: String {
            didSet { folded = HeaderSpelling.folded(name) }
        }
        public var value: String
        /// The name as it is compared.
        private(set) var folded: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
            folded = HeaderSpelling.folded(name)
        }
    }

    public init(startLine: String, fields: [Field] = [], body: [UInt8] = []) {
        self.startLine = startLine
        self.fields = fields
        self.body = body
    }

    /// Reads octets that look like a SIP message (RFC 3261 §7); `nil` when the start line is none of SIP's or there are
    /// more than 512 lines.
    public init?(_ octets: [UInt8]) {
        var lines: [String] = []
        var start = 0
        var bodyStart = octets.count
        while start < octets.count {
            guard lines.count <= 512 else { return nil }
            let feed = octets[start...].firstIndex(of: 0x0A) ?? octets.count
            var end = feed
            if end > start, octets[end - 1] == 0x0D { end -= 1 }
            let next = min(feed + 1, octets.count)
            if end == start {
                bodyStart = next
                break
            }
            let line = String(decoding: octets[start..<end], as: UTF8.self)
            if let first = octets[start..<end].first, first == 0x20 || first == 0x09, lines.count > 1 {
                lines[lines.count - 1] += " " + line.trimmed
            } else {
                lines.append(line)
            }
            start = next
        }
        guard let startLine = lines.first, WireMessage.isStartLine(startLine) else { return nil }
        self.startLine = startLine
        fields = lines.dropFirst().map { line in
            guard let colon = line.firstIndex(of: ":") else { return Field("", line) }
            return Field(line[..<colon].trimmed, line[line.index(after: colon)...].trimmed)
        }
        body = Array(octets[bodyStart...])
        facts = Facts(self)
    }

    /// The message as octets, with CRLF line ends; nothing is added or mended.
    public var octets: [UInt8] {
        var text = startLine + "\r\n"
        for field in fields { text += field.name.isEmpty ? field.value + "\r\n" : "\(field.name): \(field.value)\r\n" }
        return Array((text + "\r\n").utf8) + body
    }

    /// Whether `line` is a status line or a request line of SIP/2.0.
    static func isStartLine(_ line: String) -> Bool {
        if line.hasPrefix("SIP/2.0 ") { return true }
        let parts = line.split(separator: " ", omittingEmptySubsequences: true)
        guard let method = parts.first, let version = parts.last, parts.count >= 3 else { return false }
        return version == "SIP/2.0" && method.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

// MARK: - Fields

extension WireMessage {
    /// The values of all fields with this name, one per line.
    public func values(_ name: String) -> [String] {
        let wanted = HeaderSpelling.folded(name)
        return fields.filter { $0.folded == wanted }.map(\.value)
    }

    /// The values of all fields with this name, comma-separated lists taken apart.
    public func list(_ name: String) -> [String] {
        values(name).flatMap { $0.splitOutsideQuotes(at: ",") }.map(\.trimmed).filter { !$0.isEmpty }
    }

    /// The first value of this field; setting replaces the first, adds one at the end, or with `nil` removes all.
    public subscript(name: String) -> String? {
        get { values(name).first }
        set {
            let wanted = HeaderSpelling.folded(name)
            guard let newValue else {
                fields.removeAll { $0.folded == wanted }
                return
            }
            if let index = fields.firstIndex(where: { $0.folded == wanted }) {
                fields[index].value = newValue
            } else {
                fields.append(Field(name, newValue))
            }
        }
    }

    /// Sets the body, its Content-Type and its Content-Length.
    public mutating func setBody(_ octets: [UInt8], type: String) {
        body = octets
        self["Content-Type"] = octets.isEmpty ? nil : type
        self["Content-Length"] = String(octets.count)
    }

    /// Sets a session description as the body.
    public mutating func setSessionDescription(_ text: String) {
        setBody(Array(text.utf8), type: "application/sdp")
    }
}

// MARK: - What the fields say

extension WireMessage {
    /// Whether the start line is a request line.
    public var isRequest: Bool { facts?.isRequest ?? !startLine.hasPrefix("SIP/2.0 ") }

    /// The method of the request line; `nil` in a response.
    public var method: String? { (facts ?? Facts(self)).method }

    /// The Request-URI; `nil` in a response.
    public var requestURI: String? {
        guard isRequest else { return nil }
        let parts = startLine.split(separator: " ", omittingEmptySubsequences: true)
        return parts.count >= 3 ? parts[1..<(parts.count - 1)].joined(separator: " ") : nil
    }

    /// The status code; `nil` in a request.
    public var status: Int? { (facts ?? Facts(self)).status }
    /// The number of CSeq.
    public var sequenceNumber: UInt32? { (facts ?? Facts(self)).sequenceNumber }
    /// The method of CSeq.
    public var sequenceMethod: String? { (facts ?? Facts(self)).sequenceMethod }
    public var callID: String? { (facts ?? Facts(self)).callID }
    public var fromTag: String? { (facts ?? Facts(self)).fromTag }
    public var toTag: String? { (facts ?? Facts(self)).toTag }
    /// The branch of the top Via.
    public var branch: String? { (facts ?? Facts(self)).branch }
    /// The URI of the first Contact.
    public var contactURI: String? { list("Contact").first?.addressURI }
    /// The body as a session description, when Content-Type says so and it can be read.
    public var sessionDescription: WireSessionDescription? {
        hasSessionDescription ? WireSessionDescription(body) : nil
    }

    /// Whether the body claims to be a session description.
    public var hasSessionDescription: Bool {
        guard !body.isEmpty, let type = self["Content-Type"] else { return false }
        return type.lowercased().hasPrefix("application/sdp")
    }
}

extension WireMessage {
    public static func == (one: WireMessage, other: WireMessage) -> Bool {
        one.startLine == other.startLine && one.fields == other.fields && one.body == other.body
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(startLine)
        hasher.combine(fields)
        hasher.combine(body)
    }

    /// What a message's start line and first fields say, read once.
    private struct Facts: Sendable {
        let isRequest: Bool
        let method: String?
        let status: Int?
        let sequenceNumber: UInt32?
        let sequenceMethod: String?
        let callID: String?
        let fromTag: String?
        let toTag: String?
        let branch: String?

        init(_ message: WireMessage) {
            isRequest = !message.startLine.hasPrefix("SIP/2.0 ")
            let words = message.startLine.split(separator: " ")
            method = isRequest ? words.first.map(String.init) : nil
            status = isRequest ? nil : words.dropFirst().first.flatMap { Int($0) }
            let sequence = message["CSeq"]?.split(whereSeparator: { $0 == " " || $0 == "\t" }) ?? []
            sequenceNumber = sequence.first.flatMap { UInt32($0) }
            sequenceMethod = sequence.dropFirst().first.map(String.init)
            callID = message["Call-ID"]
            fromTag = message["From"]?.headerParameter("tag")
            toTag = message["To"]?.headerParameter("tag")
            branch = message.list("Via").first?.headerParameter("branch")
        }
    }
}

/// Header names as they are compared: lower case, compact forms made long (RFC 3261 §7.3.3, §20).
enum HeaderSpelling {
    private static let compact: [String: String] = [
        "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
        "c": "content-type", "e": "content-encoding", "s": "subject", "k": "supported", "o": "event",
        "r": "refer-to", "b": "referred-by", "u": "allow-events", "x": "session-expires",
    ]

    static func folded(_ name: String) -> String {
        let lower = name.lowercased()
        return compact[lower] ?? lower
    }
}
