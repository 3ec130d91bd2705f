internal import Agent
internal import WebSockets

/// Where a service is and how it knows us.
struct ServiceAddress: Sendable {
    /// The service, for people, e.g. `Deepgram`.
    var service: String
    var url: WebSocketURL
    /// Header fields that are no secret.
    var headers: [WebSocketHeaderField] = []
    /// The header field that the key goes in, and what stands before the key.
    var keyField: String
    var keyPrefix = ""
    var key: Secret
    /// Where a user has to put the key right, e.g. `DEEPGRAM_API_KEY`, when the key does not know where it is from.
    var keySource: String

    /// - Throws: when `url` is none.
    static func url(_ base: String, path: String, query: [(name: String, value: String)]) throws(ProviderError)
        -> WebSocketURL
    {
        let trimmed = base.hasSuffix("/") ? String(base.dropLast()) : base
        guard let url = WebSocketURL(trimmed + path) else {
            throw .unavailable("'\(base)' is no URL of a WebSocket: it has to begin with wss:// or ws://.")
        }
        return url.appending(query: query)
    }

    /// The fields of the request, the key among them.
    var requestHeaders: [WebSocketHeaderField] {
        headers + [WebSocketHeaderField(keyField, keyPrefix + key.value)]
    }

    /// What a refused or failed connection means.
    func error(_ error: WebSocketConnectionError) -> ProviderError {
        switch error {
        case .refused(let answer): return refusal(answer)
        case .timedOut: return .timedOut("\(service) was not reached in time.")
        case .cancelled: return .cancelled
        case .invalid(let what): return .unavailable("\(service): \(redacted(what))")
        case .tls, .wrongSubprotocol: return .unavailable("\(service): \(redacted(error.description)).")
        case .unreachable, .tooMuchUnsent, .closed, .lost, .violation:
            return .failed("\(service): \(redacted(error.description)).")
        }
    }

    private func refusal(_ answer: WebSocketAnswer) -> ProviderError {
        let said = answer.headers.first("dg-error") ?? String(decoding: answer.body, as: UTF8.self)
        let words = redacted(said)
        let sentence = "\(service) refused the connection (\(answer.status))" + (words.isEmpty ? "" : ": \(words)")
        switch answer.status {
        case 401, 403: return .unavailable("\(sentence). Check \(key.place ?? keySource).")
        case 402: return .unavailable("\(sentence). The account has no credit.")
        case 408: return .timedOut(sentence)
        case 429, 503, 529: return .overloaded(sentence)
        case 400..<500: return .unavailable(sentence)
        default: return .failed(sentence)
        }
    }

    /// The service's words in one line, at most 300 characters, and without the key should it repeat it.
    func redacted(_ words: String) -> String {
        let printable = words.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
        let text = key.leftOut(of: String(printable).split(separator: " ").joined(separator: " "))
        return String(text.prefix(300))
    }
}
