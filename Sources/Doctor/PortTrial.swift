internal import NIOCore
internal import NIOPosix
internal import TelephonyPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Whether a port can be had.
enum PortTrial {
    enum Outcome: Sendable, Equatable {
        case free
        /// Somebody has it; who, when that can be seen.
        case taken(by: PortOwner?)
        /// The address is none of this machine's.
        case notOurs
        /// It takes a privilege that we lack.
        case forbidden
        case failed(String)
    }

    /// Opens it for a moment.
    static func bind(_ address: TransportAddress, isUDP: Bool) async -> Outcome {
        let group = MultiThreadedEventLoopGroup.singleton
        do {
            let channel: any Channel
            if isUDP {
                channel = try await DatagramBootstrap(group: group)
                    .bind(host: address.ip.description, port: Int(address.port)).get()
            } else {
                // As the server does: what is left of closed connections is in nobody's way.
                channel = try await ServerBootstrap(group: group)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .bind(host: address.ip.description, port: Int(address.port)).get()
            }
            try await channel.close()
            return .free
        } catch let error as IOError {
            switch error.errnoCode {
            case EADDRINUSE: return .taken(by: PortOwner.find(address.port, isUDP: isUDP))
            case EADDRNOTAVAIL: return .notOurs
            case EACCES, EPERM: return .forbidden
            default: return .failed("\(error)")
            }
        } catch {
            return .failed("\(error)")
        }
    }
}
