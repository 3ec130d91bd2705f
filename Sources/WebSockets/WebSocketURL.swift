internal import NIOCore

/// Where a WebSocket is: `ws://host:port/path?query` or `wss://…` (RFC 6455 §3).
public struct WebSocketURL: Hashable, Sendable, CustomStringConvertible {
    /// Whether TLS is spoken (`wss`).
    public let isSecure: Bool
    /// A domain name or an IP address, without brackets.
    public let host: String
    public let port: Int
    /// Path and query as they are asked for; begins with `/`.
    public private(set) var target: String

    private static let maximumOctets = 8_192

    /// A well-known place.
    ///
    /// - Parameters:
    ///   - isSecure: whether it is `wss`.
    ///   - host: a domain name or IP address.
    ///   - port: the scheme's own when `nil`.
    ///   - target: path and query, which begin with `/`.
    package init(isSecure: Bool, host: StaticString, port: UInt16? = nil, target: StaticString) {
        self.isSecure = isSecure
        self.host = "\(host)"
        self.port = port.map(Int.init) ?? (isSecure ? 443 : 80)
        self.target = "\(target)"
    }

    /// Reads a URL strictly; `nil` for another scheme, a user, a fragment, blanks, or a port that is none.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.maximumOctets else { return nil }
        let scheme = text.prefix { $0 != ":" }
        switch scheme.lowercased() {
        case "ws": isSecure = false
        case "wss": isSecure = true
        default: return nil
        }
        let rest = text.dropFirst(scheme.count)
        guard rest.hasPrefix("://") else { return nil }
        let authority = rest.dropFirst(3).prefix { $0 != "/" && $0 != "?" }
        let target = rest.dropFirst(3 + authority.count)
        guard Self.isTarget(target) else { return nil }
        self.target = target.hasPrefix("/") ? String(target) : "/\(target)"
        var name = authority
        var digits: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            name = authority[authority.index(after: authority.startIndex)..<end]
            let tail = authority[authority.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":"), name.contains(":"), Self.isAddress(name) else { return nil }
            if !tail.isEmpty { digits = tail.dropFirst() }
        } else {
            if let colon = authority.firstIndex(of: ":") {
                name = authority[..<colon]
                digits = authority[authority.index(after: colon)...]
            }
            guard Self.isName(name) else { return nil }
        }
        host = name.lowercased()
        guard let digits else {
            port = isSecure ? 443 : 80
            return
        }
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(digits), number > 0 else {
            return nil
        }
        port = Int(number)
    }

    /// The same with further members of the query, percent-encoded.
    public func appending(query members: [(name: String, value: String)]) -> WebSocketURL {
        var url = self
        for (name, value) in members {
            url.target += url.target.contains("?") ? "&" : "?"
            url.target += "\(Self.encoded(name))=\(Self.encoded(value))"
        }
        return url
    }

    /// What the Host header says.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The host is an IP address.
    var isAddress: Bool { Self.isAddress(host[...]) }

    /// Without the query, in which keys may stand.
    public var description: String { "\(isSecure ? "wss" : "ws")://\(authority)\(target.prefix { $0 != "?" })" }

    private static func isAddress(_ text: Substring) -> Bool {
        (try? SocketAddress(ipAddress: String(text), port: 0)) != nil
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 253
            && text.utf8.allSatisfy { isUnreserved($0) && $0 != UInt8(ascii: "~") }
    }

    /// The characters of RFC 3986 §3.3 and §3.4.
    private static func isTarget(_ text: Substring) -> Bool {
        var hexadecimals = 0
        for octet in text.utf8 {
            if hexadecimals > 0 {
                guard Character(UnicodeScalar(octet)).isHexDigit else { return false }
                hexadecimals -= 1
            } else if octet == UInt8(ascii: "%") {
                hexadecimals = 2
            } else {
                guard isUnreserved(octet) || "!$&'()*+,;=:@/?".utf8.contains(octet) else { return false }
            }
        }
        return hexadecimals == 0
    }

    private static func isUnreserved(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._~".utf8.contains(octet)
        }
    }

    private static func encoded(_ text: String) -> String {
        var result = ""
        for octet in text.utf8 {
            if isUnreserved(octet) {
                result.unicodeScalars.append(UnicodeScalar(octet))
            } else {
                let digits = String(octet, radix: 16, uppercase: true)
                result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
