internal import NIOCore
internal import SIPCore
package import TelephonyPrimitives

/// Connections come, are used, and go; how many there may be, the ``ConnectionLedger`` says.
extension SIPUserAgent {
    /// A peer has connected.
    ///
    /// - Returns: the connection's number; `nil` when it is refused.
    func accept(_ channel: any Channel) -> UInt64? {
        guard let source = channel.remoteAddress.flatMap(TransportAddress.init)?.ip else { return nil }
        let isTrusted = configuration.trustedSources.contains(source)
        guard isTrusted || connectionRate.admits(source, now: .now) else {
            note(.connectionRate, source)
            return nil
        }
        let id = makeConnectionID()
        switch ledger.accept(id, from: source, isTrusted: isTrusted) {
        case .admitted: break
        case .admittedInPlaceOf(let other, let cause):
            note(cause, source)
            channels[other]?.close(mode: .all, promise: nil)
        case .refused(let cause):
            note(cause, source)
            return nil
        }
        channels[id] = channel
        // Together for TLS and WebSocket: a peer that does neither gets as far as one that does the first half.
        handshakes[id] = loop.scheduleTask(in: TimeAmount(configuration.connections.handshake)) {
            channel.close(promise: nil)
        }
        channel.closeFuture.whenComplete { [weak self] _ in
            self?.assumeIsolated { $0.forget(id) }
        }
        return id
    }

    /// A connection is ready for messages.
    ///
    /// - Returns: whether its peer is a stranger.
    func connectionOpened(_ flow: Flow, channel: any Channel, isInbound: Bool, names: Set<String>) -> Bool {
        handshakes.removeValue(forKey: flow.id)?.cancel()
        channels[flow.id] = channel
        let isStranger = isInbound && names.isEmpty && !configuration.trustedSources.contains(flow.remote.ip)
        ledger.open(
            ConnectionLedger.Entry(
                flow: flow, isInbound: isInbound, names: names, isStranger: isStranger, lastHeard: .now))
        return isStranger
    }

    func heard(_ flow: Flow, isIdle: Bool) {
        ledger.heard(flow.id, isIdle: isIdle, now: .now)
    }

    /// Whether nothing has shown yet that the host is there.
    package func isStranger(_ source: IPAddress) -> Bool { core.isStranger(source) }

    func isStranger(_ flow: Flow) -> Bool {
        ledger[flow.id]?.isStranger ?? true
    }

    /// Looks whether the first request on a connection offers it for ours (RFC 5923 §5).
    func noteAlias(in message: [UInt8], _ flow: Flow) {
        guard case .request(let request) = try? Message(parsing: message, limits: configuration.core.limits),
            let via = try? request.topVia, via.parameters.has("alias")
        else { return }
        ledger.alias(flow.id, port: via.sentByPort ?? flow.protocol.defaultPort)
    }

    func connectionClosed(_ flow: Flow, reason: String) {
        forget(flow.id)
        finish(.flowClosed(flow, reason: reason))
    }

    private func forget(_ id: UInt64) {
        handshakes.removeValue(forKey: id)?.cancel()
        channels[id] = nil
        ledger.remove(id)
    }
}
