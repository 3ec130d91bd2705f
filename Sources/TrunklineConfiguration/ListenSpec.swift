public import TelephonyPrimitives

/// Where to take SIP: `udp:127.0.0.1:5060`, `tcp:[::1]:5060`, `tls:192.0.2.1`.
public struct ListenSpec: Sendable, Hashable {
    /// How SIP is carried.
    public enum Transport: String, Sendable, CaseIterable {
        case udp, tcp, tls

        /// The port SIP has on it (RFC 3261 §19.1.2).
        public var defaultPort: UInt16 { self == .tls ? 5061 : 5060 }
    }

    /// How SIP is carried.
    public var transport: Transport
    /// An address of this machine, or 0.0.0.0 or :: for all of them.
    public var ip: IPAddress
    /// 0 lets the system choose one.
    public var port: UInt16

    /// Names a transport, an address and a port.
    public init(transport: Transport, ip: IPAddress, port: UInt16) {
        self.transport = transport
        self.ip = ip
        self.port = port
    }

    /// Reads `udp:ADDRESS:PORT`; IPv6 stands in brackets, and without a port it is 5060, for tls 5061.
    public init(_ text: String) throws(InvalidValue) {
        let form = "write udp:ADDRESS:PORT, tcp:… or tls:…, such as udp:127.0.0.1:5060 or udp:[::1]:5060"
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, let transport = Transport(rawValue: name.lowercased()), parts.count == 2 else {
            throw InvalidValue("does not begin with udp:, tcp: or tls:", fix: form)
        }
        let rest = parts[1]
        var host = rest
        var portText: Substring?
        if rest.first == "[" {
            guard let close = rest.firstIndex(of: "]") else {
                throw InvalidValue("lacks the closing bracket of its IPv6 address", fix: form)
            }
            host = rest[...close]
            let tail = rest[rest.index(after: close)...]
            guard tail.isEmpty || tail.first == ":" else {
                throw InvalidValue("has something other than a port after its address", fix: form)
            }
            if !tail.isEmpty { portText = tail.dropFirst() }
        } else if let colon = rest.firstIndex(of: ":") {
            host = rest[..<colon]
            let tail = rest[rest.index(after: colon)...]
            guard !tail.contains(":") else {
                throw InvalidValue(
                    "has too many colons", fix: "put an IPv6 address in brackets: \(transport):[::1]:5060")
            }
            portText = tail
        }
        guard let ip = IPAddress(host) else {
            throw InvalidValue("has no IP address (a host name does not do)", fix: form)
        }
        var port = transport.defaultPort
        if let portText {
            guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(portText) else {
                throw InvalidValue("has no port from 0 to 65535", fix: form)
            }
            port = number
        }
        self.init(transport: transport, ip: ip, port: port)
    }

    /// Address and port.
    public var address: TransportAddress { TransportAddress(ip: ip, port: port) }
}

extension ListenSpec: CustomStringConvertible {
    /// `udp:127.0.0.1:5060`
    public var description: String { "\(transport.rawValue):\(address)" }
}
