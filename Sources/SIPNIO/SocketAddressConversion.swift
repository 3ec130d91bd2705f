internal import Glibc
internal import NIOCore
internal import TelephonyPrimitives

extension TransportAddress {
    /// The same address in our own terms; `nil` for Unix sockets.
    init?(_ address: SocketAddress) {
        switch address {
        case .v4(let v4):
            let address = v4.address
            self.init(
                ip: .v4(UInt32(bigEndian: address.sin_addr.s_addr)), port: UInt16(bigEndian: address.sin_port))
        case .v6, .unixDomainSocket:
            guard let port = address.port.flatMap(UInt16.init(exactly:)), let host = address.ipAddress,
                // A link-local IPv6 address comes with its zone, which is of no meaning outside this machine.
                let ip = IPAddress(host.prefix { $0 != "%" })
            else { return nil }
            self.init(ip: ip, port: port)
        }
    }
}

extension SocketAddress {
    init(_ address: TransportAddress) throws {
        guard case .v4(let number) = address.ip else {
            try self.init(ipAddress: address.ip.description, port: Int(address.port))
            return
        }
        var v4 = sockaddr_in()
        v4.sin_family = sa_family_t(AF_INET)
        v4.sin_port = address.port.bigEndian
        v4.sin_addr.s_addr = number.bigEndian
        // Without a host it would put the number into words.
        self.init(v4, host: "")
    }
}
