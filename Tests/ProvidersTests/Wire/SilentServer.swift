import NIOCore
import NIOPosix
import Synchronization

/// Takes connections and never says anything.
final class SilentServer: Sendable {
    private final class Clients: Sendable {
        let count = Mutex(0)
    }

    private let channel: any Channel
    private let clients: Clients

    init() async throws {
        let clients = Clients()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                clients.count.withLock { $0 += 1 }
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.clients = clients
    }

    var port: Int { channel.localAddress?.port ?? 0 }
    var hasClient: Bool { clients.count.withLock { $0 > 0 } }

    func stop() async {
        try? await channel.close().get()
    }
}
