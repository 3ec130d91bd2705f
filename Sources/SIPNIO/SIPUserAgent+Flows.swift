internal import Logging
internal import NIOCore
internal import SIPCore
internal import TelephonyPrimitives

/// Where requests go: names become addresses (RFC 3263), and addresses become sockets and connections.
extension SIPUserAgent {
    func openFlow(_ request: FlowRequestID, to target: FlowTarget) {
        // Unstructured, since a look-up or connection outlives the datagram that caused it; both are bounded in time.
        Task {
            do {
                let flow = try await self.flow(to: target)
                finish(.flowOpened(request, flow))
            } catch {
                finish(.flowFailed(request, reason: "\(target.host): \(Self.sentence(error))"))
            }
        }
    }

    func flow(to target: FlowTarget) async throws -> Flow {
        try target.check()
        if let connection = target.connection {
            guard target.tried.isEmpty, let open = ledger[connection.id]?.flow, open == connection else {
                throw FlowFailure.unreachable
            }
            return open
        }
        var servers = try await directory.servers(of: target, preferences: preferences(for: target))
        var failure: (any Error)?
        while let server = servers.next() {
            do {
                return try await flow(to: server)
            } catch {
                logger.notice(
                    "a server could not be reached",
                    metadata: ["server": "\(server)", "of": "\(target.host)", "reason": "\(Self.sentence(error))"])
                if server.transport.isReliable { await directory.noteUnreachable(server) }
                failure = error
            }
        }
        throw failure ?? FlowFailure.noServer(servers.overloadedUntil.map { $0 - .now })
    }

    /// UDP where we have a socket for it; connections can always be made, WebSockets where they are asked for.
    private func preferences(for target: FlowTarget) -> LocatingPreferences {
        let families = AddressFamily.allCases.filter { family in
            configuration.listen.contains { $0.address.ip.family == family }
        }
        let webSocket = target.transport.map { $0.isWebSocket ? [$0] : [] } ?? []
        return LocatingPreferences(
            transports: (sockets.isEmpty ? [] : [.udp]) + [.tcp, .tls] + webSocket, families: families)
    }

    private func flow(to server: LocatedServer) async throws -> Flow {
        let transport = server.transport
        let remote = server.address
        if transport == .udp {
            guard let socket = socket(for: remote) else { throw FlowFailure.noSocket(transport, remote) }
            let local = try await socket.localAddress(toward: remote, loop: loop)
            return Flow(protocol: .udp, local: local, remote: remote, id: socket.id)
        }
        if let open = ledger.flow(over: transport, to: remote, name: server.name) { return open }
        return try await StreamTransport.connect(transport, to: remote, host: server.name, loop: loop, agent: self)
    }

    /// The UDP socket from which `remote` can be reached.
    private func socket(for remote: TransportAddress) -> UDPTransport? {
        sockets.values.sorted { $0.id < $1.id }.first { socket in
            switch (socket.bound.ip, remote.ip) {
            case (.v4, .v4), (.v6, .v6):
                socket.bound.ip.isUnspecified || socket.bound.ip.isLoopback == remote.ip.isLoopback
            default: false
            }
        }
            ?? sockets.values.first { socket in
                switch (socket.bound.ip, remote.ip) {
                case (.v4, .v4), (.v6, .v6): true
                default: false
                }
            }
    }
}
