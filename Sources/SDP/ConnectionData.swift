public import TelephonyPrimitives

/// The `c=` line: where media is to be sent (RFC 8866 §5.7).
public struct ConnectionData: Sendable, Hashable {
    /// `IN`
    public var networkType: String
    /// `IP4` or `IP6`
    public var addressType: String
    /// The address as written: an IP address or a host name, for multicast with `/ttl`.
    public var address: String

    /// Names an address as text; nothing is checked.
    public init(networkType: String = "IN", addressType: String, address: String) {
        self.networkType = networkType
        self.addressType = addressType
        self.address = address
    }

    /// An Internet address of ours.
    public init(_ ip: IPAddress) {
        switch ip {
        case .v4: self.init(addressType: "IP4", address: "\(ip)")
        case .v6: self.init(addressType: "IP6", address: "\(ip)")
        }
    }

    /// The address without `/ttl` and without brackets, which some peers put around IPv6.
    public var host: String {
        var host = address.prefix { $0 != "/" }
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        return String(host)
    }

    /// The address as a number; `nil` for a host name or another network than the Internet.
    public var ip: IPAddress? {
        networkType.lowercased() == "in" ? IPAddress(host) : nil
    }
}
