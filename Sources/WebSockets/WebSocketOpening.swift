internal import NIOCore
package import NIOHTTP1

/// What a WebSocket server asks of the request that opens a connection (RFC 6455 §4.2).
public struct WebSocketServerTerms: Hashable, Sendable {
    /// The one path that is served; `nil` serves all.
    public var path: String?
    /// The subprotocols that are spoken, the best first; the client has to offer one of them. Empty asks for none.
    public var subprotocols: [String]
    /// The web origins whose pages may connect; `nil` lets all, and a client that is no browser names none.
    public var origins: Set<String>?

    /// - Parameters:
    ///   - path: the one path that is served; `nil` serves all.
    ///   - subprotocols: those that are spoken, the best first.
    ///   - origins: the web origins whose pages may connect; `nil` lets all.
    public init(path: String? = nil, subprotocols: [String] = [], origins: Set<String>? = nil) {
        self.path = path
        self.subprotocols = subprotocols
        self.origins = origins
    }

    /// What becomes of a request.
    package enum Verdict: Hashable {
        case accepted(WebSocketOpening)
        case refused(HTTPResponseStatus, String)
    }

    package func verdict(on head: HTTPRequestHead) -> Verdict {
        guard head.method == .GET, head.version.major == 1, head.version.minor >= 1 else {
            return .refused(.methodNotAllowed, "a WebSocket is opened with GET over HTTP/1.1")
        }
        let target = head.uri.prefix { $0 != "?" }
        if let path, target != path { return .refused(.notFound, "there is no WebSocket at this path") }
        guard head.headers[canonicalForm: "upgrade"].contains(where: { $0.lowercased() == "websocket" }),
            head.headers["sec-websocket-version"] == ["13"], head.headers["sec-websocket-key"].count == 1
        else { return .refused(.upgradeRequired, "this port speaks WebSocket, version 13") }
        let origin = head.headers["origin"].first
        if let origins, let origin, !origins.contains(origin) {
            return .refused(.forbidden, "this origin may not connect")
        }
        let offered = head.headers[canonicalForm: "sec-websocket-protocol"].map(String.init)
        let chosen = subprotocols.first { offered.contains($0) }
        guard chosen != nil || subprotocols.isEmpty else {
            return .refused(.badRequest, "none of the subprotocols is spoken here")
        }
        return .accepted(
            WebSocketOpening(
                path: String(target), query: String(head.uri.dropFirst(target.count + 1)), subprotocol: chosen,
                origin: origin, headers: head.headers.map { WebSocketHeaderField($0.name, $0.value) }))
    }
}

/// What was agreed on when a connection was opened.
public struct WebSocketOpening: Hashable, Sendable {
    /// The path, without its query.
    public let path: String
    /// What follows the `?`; empty without one.
    public let query: String
    public let subprotocol: String?
    /// The web origin that the client named.
    public let origin: String?
    /// All header fields of the client's request.
    public let headers: [WebSocketHeaderField]
}

/// What a WebSocket client asks for (RFC 6455 §4.1).
public struct WebSocketClientRequest: Hashable, Sendable {
    /// The Host header: a name or address, with a port unless it is the scheme's own.
    public var authority: String
    public var path: String
    /// The subprotocols that are offered, the best first; the server has to choose one of them. Empty offers none.
    public var subprotocols: [String]
    /// Further header fields, e.g. `Authorization`.
    public var headers: [WebSocketHeaderField]

    /// - Parameters:
    ///   - authority: the Host header.
    ///   - path: where the WebSocket is, with a query if there is one.
    ///   - subprotocols: those that are offered, the best first.
    ///   - headers: further header fields.
    public init(
        authority: String, path: String = "/", subprotocols: [String] = [], headers: [WebSocketHeaderField] = []
    ) {
        self.authority = authority
        self.path = path
        self.subprotocols = subprotocols
        self.headers = headers
    }
}

/// Why a server opened no WebSocket.
public enum WebSocketRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// It answered otherwise.
    case answered(WebSocketAnswer)
    /// It chose none of the subprotocols that were offered.
    case subprotocol(String?)

    public var description: String {
        switch self {
        case .answered(let answer): "the server opened no WebSocket: it answered \(answer.status)"
        case .subprotocol(let name):
            "the server chose \(name.map { "the subprotocol '\($0)'" } ?? "no subprotocol"), which was not offered"
        }
    }
}
