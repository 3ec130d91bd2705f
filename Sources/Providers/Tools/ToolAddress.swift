internal import Agent
internal import FoundationEssentials
internal import NIOCore
internal import NIOPosix
internal import TelephonyPrimitives

/// Where a tool's requests go: the parts of its URL, and the address that its name leads to just then.
struct ToolAddress: Sendable, Equatable {
    var isSecure: Bool
    /// A name, or an address without brackets.
    var host: String
    var port: Int
    /// Path and query as they stand in the URL.
    var target: String

    /// What a name leads to.
    typealias Resolver = @Sendable (_ host: String, _ port: Int) async throws -> IPAddress

    /// - Throws: ``ToolRefusal`` with what is wrong with the URL.
    init(_ url: String) throws(ToolRefusal) {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
            scheme == "https" || scheme == "http"
        else { throw ToolRefusal("\(url) is no URL that begins with https:// or http://.") }
        guard let host = parts.host, !host.isEmpty else { throw ToolRefusal("\(url) names no host.") }
        guard parts.user == nil, parts.password == nil else {
            throw ToolRefusal("A URL of a tool holds no password; use token_env or token_file.")
        }
        guard parts.fragment == nil else { throw ToolRefusal("\(url) has a part after #, which no server sees.") }
        isSecure = scheme == "https"
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? (isSecure ? 443 : 80)
        guard (1...65_535).contains(port) else { throw ToolRefusal("\(url) names no port from 1 to 65535.") }
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        target = path + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }

    /// The address, looked up now, and refused when it may not be asked: what a name leads to may change at any time.
    func resolve(allowsPrivate: Bool, with resolver: Resolver) async throws -> IPAddress {
        let address: IPAddress
        if let literal = IPAddress(host) {
            address = literal
        } else {
            do {
                address = try await resolver(host, port)
            } catch {
                throw ToolRefusal("The service's name can't be looked up.")
            }
        }
        guard allowsPrivate || !address.isPrivate && !address.isV4InDisguise else {
            throw ToolRefusal("The service's address is private, and the configuration does not allow that.")
        }
        return address
    }

    /// By the system's resolver.
    static let system: Resolver = { host, port in
        let found = try await NIOThreadPool.singleton.runIfActive {
            try SocketAddress.makeAddressResolvingHost(host, port: port)
        }
        guard let address = found.ipAddress.flatMap({ IPAddress($0) }) else { throw ToolRefusal("It has no address.") }
        return address
    }
}

extension IPAddress {
    /// Whether it is IPv6 that stands for an IPv4 address, which is told as that by every honest resolver: mapped
    /// (RFC 4291 §2.5.5), translated (RFC 6052) or 6to4 (RFC 3056).
    fileprivate var isV4InDisguise: Bool {
        guard case .v6(let upper, let lower) = self else { return false }
        return (upper == 0 && lower >> 32 <= 0xFFFF) || upper == 0x0064_FF9B_0000_0000 || upper >> 48 == 0x2002
    }
}
