/// A SIP message as text, taken apart by hand, so that tests do not believe the parser that they test.
struct SIPText: Sendable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    private var head: Substring { text[...].components().head }
    var body: String { String(text[...].components().body) }

    private var startLine: Substring { head.split(separator: "\r\n").first ?? "" }

    var status: Int? {
        startLine.hasPrefix("SIP/2.0 ") ? Int(startLine.dropFirst(8).prefix(3)) : nil
    }

    var method: String? {
        startLine.hasSuffix(" SIP/2.0") ? startLine.split(separator: " ").first.map(String.init) : nil
    }

    /// The first value of a header field.
    func header(_ name: String) -> String? {
        headers(name).first
    }

    func headers(_ name: String) -> [String] {
        head.split(separator: "\r\n").dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name.lowercased() else {
                return nil
            }
            return String(line[line.index(after: colon)...].drop { $0 == " " })
        }
    }

    /// The version in the o= line of the session description (RFC 4566 §5.2).
    var sessionVersion: UInt64? {
        body.split(separator: "\r\n").first { $0.hasPrefix("o=") }
            .flatMap { $0.split(separator: " ").dropFirst(2).first }.flatMap { UInt64($0) }
    }

    /// The port of the audio in the session description.
    var audioPort: UInt16? {
        body.split(separator: "\r\n").first { $0.hasPrefix("m=audio ") }
            .flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { UInt16($0) }
    }
}

extension Substring {
    fileprivate func components() -> (head: Substring, body: Substring) {
        guard let end = firstRange(of: "\r\n\r\n") else { return (self, "") }
        return (self[..<end.lowerBound], self[end.upperBound...])
    }
}

/// A session description with one audio stream, as a plain peer writes it.
func audioDescription(port: UInt16, payloads: String = "0 101", lines: [String] = []) -> String {
    let all =
        [
            "v=0", "o=peer 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
            "m=audio \(port) RTP/AVP \(payloads)", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15",
        ] + lines
    return all.joined(separator: "\r\n") + "\r\n"
}
