public import SIPCore
public import TelephonyPrimitives

/// Where to take SIP: a transport, an address of this machine, and a port, e.g. `udp:127.0.0.1:5060`.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    public var `protocol`: TransportProtocol
    /// Address and port; port 0 lets the system choose one.
    public var address: TransportAddress

    public init(_ protocol: TransportProtocol, _ address: TransportAddress) {
        self.protocol = `protocol`
        self.address = address
    }

    /// Reads `udp:192.0.2.1:5060`, `tcp:[2001:db8::1]:5060`, `tls:0.0.0.0:5061`; without a port the transport's own
    /// is meant. `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let transport = TransportProtocol(rawValue: parts[0].lowercased()) else { return nil }
        let rest = parts[1]
        var host = rest
        var port: UInt16? = transport.defaultPort
        if rest.first == "[" {
            guard let close = rest.lastIndex(of: "]") else { return nil }
            host = rest[...close]
            let tail = rest[rest.index(after: close)...]
            if tail.first == ":" { port = UInt16(tail.dropFirst()) } else if !tail.isEmpty { return nil }
        } else if let colon = rest.lastIndex(of: ":") {
            guard rest.firstIndex(of: ":") == colon else { return nil }
            host = rest[..<colon]
            port = UInt16(rest[rest.index(after: colon)...])
        }
        guard let port, let ip = IPAddress(host) else { return nil }
        self.init(transport, TransportAddress(ip: ip, port: port))
    }

    /// SIP over UDP on `address`, e.g. `127.0.0.1`.
    public static func udp(_ address: String, _ port: UInt16) throws(SIPTransportError) -> ListenAddress {
        try make(.udp, address, port)
    }

    /// SIP over TCP on `address`.
    public static func tcp(_ address: String, _ port: UInt16) throws(SIPTransportError) -> ListenAddress {
        try make(.tcp, address, port)
    }

    /// SIP over TLS on `address`.
    public static func tls(_ address: String, _ port: UInt16) throws(SIPTransportError) -> ListenAddress {
        try make(.tls, address, port)
    }

    /// SIP over WebSocket on `address` (RFC 7118).
    public static func ws(_ address: String, _ port: UInt16) throws(SIPTransportError) -> ListenAddress {
        try make(.ws, address, port)
    }

    /// SIP over WebSocket with TLS on `address` (RFC 7118).
    public static func wss(_ address: String, _ port: UInt16) throws(SIPTransportError) -> ListenAddress {
        try make(.wss, address, port)
    }

    private static func make(
        _ transport: TransportProtocol, _ address: String, _ port: UInt16
    ) throws(SIPTransportError) -> ListenAddress {
        guard let ip = IPAddress(address) else { throw .notAnAddress(address) }
        return ListenAddress(transport, TransportAddress(ip: ip, port: port))
    }

    public var description: String { "\(self.protocol.rawValue):\(address)" }
}
