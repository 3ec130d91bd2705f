public import TelephonyPrimitives

/// A network address translator between nodes and the rest of the network (RFC 4787's terms).
public struct NAT: Sendable, Hashable {
    /// The address that the outside sees.
    public var publicAddress: IPAddress
    public var mapping: Dependence
    public var filtering: Dependence
    /// A mapping without outgoing traffic for this long is forgotten (RFC 4787 REQ-5 asks for 2 minutes; many have 30 s).
    public var idleTimeout: Duration

    /// On what a mapping or a filter depends.
    public enum Dependence: Sendable, Hashable {
        /// On nothing but the inside address: "full cone".
        case endpointIndependent
        /// On the outside host.
        case addressDependent
        /// On the outside host and port: as mapping, "symmetric".
        case addressAndPortDependent
    }

    public init(
        publicAddress: IPAddress, mapping: Dependence = .endpointIndependent,
        filtering: Dependence = .addressAndPortDependent, idleTimeout: Duration = .seconds(30)
    ) {
        self.publicAddress = publicAddress
        self.mapping = mapping
        self.filtering = filtering
        self.idleTimeout = idleTimeout
    }
}

/// The mappings that a ``NAT`` has made.
struct NATState {
    let nat: NAT
    private var mappings: [Key: Mapping] = [:]
    private var byPort: [UInt16: Key] = [:]
    private var nextPort: UInt16 = 20_000

    init(_ nat: NAT) {
        self.nat = nat
    }

    private struct Key: Hashable {
        let inside: TransportAddress
        let outsideHost: IPAddress?
        let outsidePort: UInt16?
    }

    private struct Mapping {
        let port: UInt16
        var lastUse: Instant
        var peers: Set<TransportAddress>
    }

    /// The public address under which a datagram leaves; makes or renews the mapping. `nil` when all ports are taken.
    mutating func outgoing(
        from inside: TransportAddress, to outside: TransportAddress, now: Instant
    ) -> TransportAddress? {
        let key = Key(
            inside: inside,
            outsideHost: nat.mapping == .endpointIndependent ? nil : outside.ip,
            outsidePort: nat.mapping == .addressAndPortDependent ? outside.port : nil)
        if var mapping = mappings[key], mapping.lastUse + nat.idleTimeout > now {
            mapping.lastUse = now
            mapping.peers.insert(outside)
            mappings[key] = mapping
            return TransportAddress(ip: nat.publicAddress, port: mapping.port)
        }
        if let old = mappings.removeValue(forKey: key) { byPort[old.port] = nil }
        guard let port = freePort() else { return nil }
        mappings[key] = Mapping(port: port, lastUse: now, peers: [outside])
        byPort[port] = key
        return TransportAddress(ip: nat.publicAddress, port: port)
    }

    /// The inside address for a datagram that reaches a public port; `nil` when the NAT refuses it.
    func incoming(from outside: TransportAddress, toPort port: UInt16, now: Instant) -> TransportAddress? {
        guard let key = byPort[port], let mapping = mappings[key], mapping.lastUse + nat.idleTimeout > now else {
            return nil
        }
        let passes =
            switch nat.filtering {
            case .endpointIndependent: true
            case .addressDependent: mapping.peers.contains { $0.ip == outside.ip }
            case .addressAndPortDependent: mapping.peers.contains(outside)
            }
        return passes ? key.inside : nil
    }

    private mutating func freePort() -> UInt16? {
        for _ in 0..<45_000 {
            let port = nextPort
            nextPort = nextPort == 65_000 ? 20_000 : nextPort + 1
            if byPort[port] == nil { return port }
        }
        return nil
    }
}
