import SIPCore
import TelephonyPrimitives

/// What a proxy writes: messages that came, with some header lines changed (RFC 3261 §16.6, §16.7).
enum ProxyMessages {
    /// A message of these parts; header lines that a test's messages have are one line each.
    private static func octets(_ startLine: String, _ headers: [(HeaderName, String)], _ body: [UInt8]) -> [UInt8] {
        let lines = [startLine] + headers.map { "\($0.0.text): \($0.1)" }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }

    /// A request on its way on: with the proxy's Via and Record-Route in front and one hop less to live.
    static func forwarded(
        _ request: Request, to target: URI, via: String, recordRoute: String?, routes: [String]
    ) -> [UInt8] {
        var headers: [(HeaderName, String)] = [(.via, via)]
        if let recordRoute { headers.append((.recordRoute, recordRoute)) }
        headers += routes.map { (.route, $0) }
        let hops = ((try? request.maxForwards) ?? 70) - 1
        for (name, value) in request.headers where name != .route {
            headers.append((name, name == .maxForwards ? "\(hops)" : value))
        }
        return octets("\(request.method.name) \(target) SIP/2.0", headers, request.body)
    }

    /// A response on its way back: without the proxy's Via, which has a line of its own.
    static func passedOn(_ response: Response) -> [UInt8] {
        var headers = response.headers
        if let first = headers.firstIndex(where: { $0.name == .via }) { headers.remove(at: first) }
        return octets(
            "SIP/2.0 \(response.status) \(response.reason)", headers.map { ($0.name, $0.value) }, response.body)
    }

    /// The CANCEL of a request that the proxy has sent (RFC 3261 §9.1).
    static func cancel(of request: Request) -> [UInt8] {
        var headers: [(HeaderName, String)] = []
        for (name, value) in request.headers {
            if name == .via, headers.contains(where: { $0.0 == .via }) { continue }
            if name == .cseq {
                headers.append((name, value.replacingMethod("CANCEL")))
            } else if [.via, .from, .to, .callID, .maxForwards, .route].contains(name) {
                headers.append((name, value))
            }
        }
        headers.append((.contentLength, "0"))
        return octets("CANCEL \(request.requestURIText) SIP/2.0", headers, [])
    }
}

extension String {
    fileprivate func replacingMethod(_ method: String) -> String {
        (split(separator: " ").first.map(String.init) ?? "") + " " + method
    }
}
