internal import NIOCore
internal import TelephonyPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension TransportAddress {
    /// The same address in our own terms; `nil` for Unix sockets.
    init?(_ address: SocketAddress) {
        if case .v4(let v4) = address {
            // Each datagram comes by here: a number is not put into words to be read again.
            self.init(
                ip: .v4(UInt32(bigEndian: v4.address.sin_addr.s_addr)), port: UInt16(bigEndian: v4.address.sin_port))
            return
        }
        guard let port = address.port.flatMap(UInt16.init(exactly:)), let host = address.ipAddress,
            // A link-local IPv6 address comes with its zone, which is of no meaning outside this machine.
            let ip = IPAddress(host.prefix { $0 != "%" })
        else { return nil }
        self.init(ip: ip, port: port)
    }
}

extension SocketAddress {
    init(_ address: TransportAddress) throws {
        if case .v4(let number) = address.ip {
            var socket = sockaddr_in()
            socket.sin_family = sa_family_t(AF_INET)
            socket.sin_port = address.port.bigEndian
            socket.sin_addr.s_addr = number.bigEndian
            self.init(socket, host: "")
            return
        }
        try self.init(ipAddress: address.ip.description, port: Int(address.port))
    }
}
