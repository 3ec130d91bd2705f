internal import SIPCore
internal import TelephonyPrimitives

/// Which connections there are, who may have one more, and which one a request can take.
///
/// Knows nothing of sockets; a connection is its number.
struct ConnectionLedger: Sendable {
    typealias ID = UInt64

    /// What a connection was found to be when its handshakes were over.
    struct Entry: Hashable, Sendable {
        let flow: Flow
        let isInbound: Bool
        /// The TLS names for which the peer's certificate was checked, in lower case.
        var names: Set<String>
        var isStranger: Bool
        /// Whether no message is half read.
        var isIdle = true
        var lastHeard: Instant
    }

    /// What becomes of a new connection.
    enum Verdict: Hashable, Sendable {
        case admitted
        /// It is admitted, and this one is to be closed for it.
        case admittedInPlaceOf(ID, RefusalLog.Cause)
        case refused(RefusalLog.Cause)
    }

    private struct Way: Hashable {
        var `protocol`: TransportProtocol
        var remote: TransportAddress
        var name: String?
    }

    private let limits: ConnectionLimits
    private var entries: [ID: Entry] = [:]
    private var halfOpen: [ID: IPAddress] = [:]
    private var ways: [Way: ID] = [:]
    private var waysOf: [ID: Set<Way>] = [:]
    private var inboundPerSource: [IPAddress: Int] = [:]
    private var inboundOpen = 0

    /// Connections that are ready for messages.
    var count: Int { entries.count }
    /// Connections of peers, those whose handshake goes on included.
    var inboundCount: Int { inboundOpen + halfOpen.count }
    var halfOpenCount: Int { halfOpen.count }

    init(limits: ConnectionLimits) {
        self.limits = limits
    }

    subscript(_ id: ID) -> Entry? { entries[id] }

    /// A peer has connected; its handshakes begin. Numbers grow with time.
    mutating func accept(_ id: ID, from source: IPAddress, isTrusted: Bool) -> Verdict {
        guard isTrusted || inboundPerSource[source, default: 0] < limits.maximumInboundPerSource else {
            return .refused(.perSource)
        }
        var verdict = Verdict.admitted
        if inboundCount >= limits.maximumInbound {
            guard let oldest = oldestStranger(idle: true) ?? oldestHalfOpen ?? oldestStranger(idle: false) else {
                return .refused(.inAll)
            }
            remove(oldest)
            verdict = .admittedInPlaceOf(oldest, .evicted)
        } else if halfOpen.count >= limits.maximumHalfOpen, let oldest = oldestHalfOpen {
            remove(oldest)
            verdict = .admittedInPlaceOf(oldest, .halfOpen)
        }
        halfOpen[id] = source
        inboundPerSource[source, default: 0] += 1
        return verdict
    }

    /// The handshakes of a connection are over.
    mutating func open(_ entry: Entry) {
        let id = entry.flow.id
        if halfOpen.removeValue(forKey: id) != nil { inboundOpen += 1 }
        entries[id] = entry
        // A connection that a peer opened over TLS leads to nobody in particular until the peer offers that with
        // `alias`; over TCP it leads to the address and port it came from, as behind a NAT.
        if !entry.isInbound {
            let names = entry.names.map(Optional.some)
            for name in names.isEmpty ? [nil] : names {
                add(Way(protocol: entry.flow.protocol, remote: entry.flow.remote, name: name), id)
            }
        } else if !entry.flow.protocol.isSecure {
            add(Way(protocol: entry.flow.protocol, remote: entry.flow.remote, name: nil), id)
        }
    }

    /// The peer of `id` lets us send our requests over its connection (RFC 5923): to `port` at its address, for the
    /// names of the certificate it has shown. Without one that is not believed.
    mutating func alias(_ id: ID, port: UInt16) {
        guard let entry = entries[id], entry.isInbound, entry.flow.protocol == .tls else { return }
        let remote = TransportAddress(ip: entry.flow.remote.ip, port: port)
        for name in entry.names { add(Way(protocol: .tls, remote: remote, name: name), id) }
    }

    /// A connection on which a request to `remote` can go.
    ///
    /// - Parameters:
    ///   - protocol: the transport.
    ///   - remote: where it leads.
    ///   - name: over TLS, for whom the peer's certificate has to be.
    func flow(over protocol: TransportProtocol, to remote: TransportAddress, name: String?) -> Flow? {
        let way = Way(
            protocol: `protocol`, remote: remote, name: `protocol`.isSecure ? name?.lowercased() : nil)
        return ways[way].flatMap { entries[$0]?.flow }
    }

    /// Octets came on `id`.
    mutating func heard(_ id: ID, isIdle: Bool, now: Instant) {
        entries[id]?.isIdle = isIdle
        entries[id]?.lastHeard = now
    }

    /// We accepted something from the peer of `id`.
    mutating func acquaint(_ id: ID) {
        entries[id]?.isStranger = false
    }

    mutating func remove(_ id: ID) {
        let source: IPAddress
        if let opening = halfOpen.removeValue(forKey: id) {
            source = opening
        } else {
            guard let entry = entries.removeValue(forKey: id) else { return }
            for way in waysOf.removeValue(forKey: id) ?? [] where ways[way] == id { ways[way] = nil }
            guard entry.isInbound else { return }
            inboundOpen -= 1
            source = entry.flow.remote.ip
        }
        let left = inboundPerSource[source, default: 1] - 1
        inboundPerSource[source] = left > 0 ? left : nil
    }

    private mutating func add(_ way: Way, _ id: ID) {
        ways[way] = id
        waysOf[id, default: []].insert(way)
    }

    private var oldestHalfOpen: ID? { halfOpen.keys.min() }

    private func oldestStranger(idle: Bool) -> ID? {
        entries.values.filter { $0.isInbound && $0.isStranger && $0.isIdle == idle }
            .min { ($0.lastHeard, $0.flow.id) < ($1.lastHeard, $1.flow.id) }?.flow.id
    }
}
