internal import NIOCore
internal import SIPCore
internal import TelephonyPrimitives

/// The open TCP and TLS connections, by flow and by peer, so that one to the same place is used again.
struct ConnectionTable {
    private struct Peer: Hashable {
        var `protocol`: TransportProtocol
        var remote: TransportAddress
    }

    private struct Connection {
        var channel: any Channel
        var inbound: Bool
    }

    private var byFlow: [Flow: Connection] = [:]
    private var byPeer: [Peer: Flow] = [:]
    private var inboundPerSource: [IPAddress: Int] = [:]
    private(set) var inboundCount = 0

    var count: Int { byFlow.count }
    var channels: [any Channel] { byFlow.values.map(\.channel) }

    /// Whether one more connection from `source` is within the limits.
    func admits(_ source: IPAddress, limits: StreamLimits) -> Bool {
        inboundCount < limits.maximumInbound && inboundPerSource[source, default: 0] < limits.maximumInboundPerSource
    }

    mutating func add(_ flow: Flow, channel: any Channel, inbound: Bool) {
        byFlow[flow] = Connection(channel: channel, inbound: inbound)
        byPeer[Peer(protocol: flow.protocol, remote: flow.remote)] = flow
        if inbound {
            inboundCount += 1
            inboundPerSource[flow.remote.ip, default: 0] += 1
        }
    }

    mutating func remove(_ flow: Flow) {
        guard let connection = byFlow.removeValue(forKey: flow) else { return }
        let peer = Peer(protocol: flow.protocol, remote: flow.remote)
        if byPeer[peer] == flow { byPeer[peer] = nil }
        guard connection.inbound else { return }
        inboundCount -= 1
        let left = inboundPerSource[flow.remote.ip, default: 1] - 1
        inboundPerSource[flow.remote.ip] = left > 0 ? left : nil
    }

    func channel(of flow: Flow) -> (any Channel)? {
        byFlow[flow]?.channel
    }

    /// A connection to `remote` that is open already.
    func flow(to remote: TransportAddress, protocol: TransportProtocol) -> Flow? {
        byPeer[Peer(protocol: `protocol`, remote: remote)]
    }
}
