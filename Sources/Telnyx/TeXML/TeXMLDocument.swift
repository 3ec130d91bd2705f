/// What is to be done with a call, for a TeXML application that asks.
public enum TeXMLDocument: Sendable, Hashable {
    /// Answer, and stream the sound until the stream ends; then hang up.
    ///
    /// - Parameters:
    ///   - stream: its URL, codecs and track. Legs and token are not said: the first is nothing that TeXML has, and a token
    ///     belongs into the URL.
    ///   - callback: where it is told how the stream fares; `nil`: nowhere.
    case connect(StreamOptions, callback: String?)
    /// Refuse it; it costs nothing.
    case reject(RejectCommand.Cause)
    /// End it.
    case hangUp

    /// The document, in ASCII.
    public var xml: String {
        let verbs =
            switch self {
            case .connect(let stream, let callback):
                "<Connect>" + Self.element("Stream", Self.attributes(of: stream, callback)) + "</Connect><Hangup/>"
            case .reject(let cause):
                Self.element("Reject", [("reason", cause == .busy ? "busy" : "rejected")])
            case .hangUp: "<Hangup/>"
            }
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>\(verbs)</Response>\n"
    }

    private static func attributes(of stream: StreamOptions, _ callback: String?) -> [(String, String)] {
        var attributes = [("url", stream.url), ("track", stream.track.rawValue)]
        if let codec = stream.codec { attributes.append(("codec", codec.rawValue)) }
        if let reply = stream.reply {
            attributes += [
                ("bidirectionalMode", "rtp"), ("bidirectionalCodec", reply.encoding.rawValue),
                ("bidirectionalSamplingRate", "\(reply.sampleRate)"),
            ]
        }
        if let callback { attributes += [("statusCallback", callback), ("statusCallbackMethod", "POST")] }
        return attributes
    }

    private static func element(_ name: String, _ attributes: [(String, String)]) -> String {
        "<\(name)" + attributes.map { " \($0)=\"\(escaped($1))\"" }.joined() + "/>"
    }

    /// As the value of an attribute (XML 1.0 §2.4, §3.3.3). What XML has no place for is left out.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&apos;"
            case "\u{20}"..."\u{7E}": escaped.unicodeScalars.append(scalar)
            case "\t", "\n", "\r", "\u{7F}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}":
                escaped += "&#\(scalar.value);"
            default: break
            }
        }
        return escaped
    }
}
