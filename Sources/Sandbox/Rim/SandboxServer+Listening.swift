internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import SIPCore
internal import TelephonyPrimitives

extension SandboxServer {
    /// Opens all ports.
    func listen() async throws(SandboxFailure) {
        let settings = carrier.settings
        let tls = try settings.tls.map { tls throws(SandboxFailure) in try Self.context(tls.identity) }
        for (number, edge) in settings.edges.enumerated() {
            try await open(edge) { place in
                self.sockets[number] = try await self.bindDatagrams(place) {
                    SandboxDatagrams(edge: number, server: self)
                }
            }
            try await open(edge) { place in
                try await self.bindConnections(place) { channel in
                    try channel.pipeline.syncOperations.addHandler(
                        SandboxConnection(.tcp, edge: number, server: self))
                }
            }
            guard let tls, let port = settings.tls?.port else { continue }
            try await open(TransportAddress(ip: edge.ip, port: port)) { place in
                try await self.bindConnections(place) { channel in
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: tls))
                    try pipeline.addHandler(SandboxConnection(.tls, edge: number, server: self))
                }
            }
        }
        if let names = settings.names {
            try await open(names.listen) { place in
                self.names = try await self.bindDatagrams(place) { SandboxNameQueries(server: self) }
            }
        }
        if let control = settings.callControl {
            try await open(control.listen) { place in
                try await self.bindConnections(place) { channel in
                    try SandboxRequests.configure(channel, server: self)
                }
            }
        }
    }

    private func open(
        _ address: TransportAddress, _ bind: (SocketAddress) async throws -> Void
    ) async throws(SandboxFailure) {
        do {
            try await bind(try SocketAddress(ipAddress: address.ip.description, port: Int(address.port)))
        } catch {
            throw SandboxFailure(address: address, reason: "\(error)")
        }
    }

    private func bindDatagrams(
        _ place: SocketAddress, _ handler: @escaping @Sendable () -> any ChannelHandler
    ) async throws -> any Channel {
        try await DatagramBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler())
                }
            }
            .bind(to: place).get()
    }

    private func bindConnections(
        _ place: SocketAddress, _ prepare: @escaping @Sendable (any Channel) throws -> Void
    ) async throws {
        listeners.append(
            try await ServerBootstrap(group: loop, childGroup: loop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try prepare(channel) }
                }
                .bind(to: place).get())
    }

    /// TLS 1.2 and 1.3, as the carrier has it (reference A1).
    private static func context(_ identity: SandboxIdentity) throws(SandboxFailure) -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(identity.chain.utf8))
            let key = try NIOSSLPrivateKey(bytes: Array((identity.key.value + "\n").utf8), format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw SandboxFailure(address: nil, reason: "\(error)")
        }
    }
}
