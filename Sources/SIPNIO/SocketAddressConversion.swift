internal import NIOCore
internal import TelephonyPrimitives

extension TransportAddress {
    /// The same address in our own terms; `nil` for Unix sockets.
    init?(_ address: SocketAddress) {
        guard let port = address.port.flatMap(UInt16.init(exactly:)), let host = address.ipAddress,
            // A link-local IPv6 address comes with its zone, which is of no meaning outside this machine.
            let ip = IPAddress(host.prefix { $0 != "%" })
        else { return nil }
        self.init(ip: ip, port: port)
    }
}

extension SocketAddress {
    init(_ address: TransportAddress) throws {
        try self.init(ipAddress: address.ip.description, port: Int(address.port))
    }
}
