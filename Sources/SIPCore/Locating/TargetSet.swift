public import TelephonyPrimitives

/// A server to which a request was sent in vain, and until when to leave it alone (RFC 3263 §4.3).
public struct TriedServer: Hashable, Sendable {
    /// What was wrong with it.
    public enum Fault: Hashable, Sendable {
        /// No answer came.
        case silent
        /// No connection could be made, or it broke.
        case unreachable
        /// It answered 503 and may have said for how long (RFC 3261 §21.5.4).
        case overloaded
    }

    public var transport: TransportProtocol
    public var address: TransportAddress
    public var fault: Fault
    /// When it may be tried again.
    public var until: Instant

    public init(transport: TransportProtocol, address: TransportAddress, fault: Fault, until: Instant) {
        self.transport = transport
        self.address = address
        self.fault = fault
        self.until = until
    }

    /// How long a server that did not answer, or not be reached, comes after the others.
    package static let silence = Duration.seconds(60)
    package static let unreachability = Duration.seconds(30)
    /// The longest Retry-After that is honoured: a slip of one server must not lock it out for a day.
    package static let longestOverload = Duration.seconds(300)

    /// Whether it is `server`.
    func isSame(as server: LocatedServer) -> Bool {
        transport == server.transport && address == server.address
    }
}

/// The servers that failed lately, over all targets: several domains may share one.
public struct ServerFaults: Sendable {
    private struct Key: Hashable, Sendable {
        var transport: TransportProtocol
        var address: TransportAddress
    }

    private let capacity: Int
    private var faults: [Key: TriedServer] = [:]

    /// - Parameter capacity: how many are remembered; beyond it the one that comes back first is forgotten.
    public init(capacity: Int = 256) {
        self.capacity = max(capacity, 1)
    }

    /// How many are remembered.
    public var count: Int { faults.count }

    /// Remembers that a server failed. An earlier fault is replaced unless it lasts longer.
    public mutating func note(_ tried: TriedServer, now: Instant) {
        let key = Key(transport: tried.transport, address: tried.address)
        guard tried.until > now, tried.until > faults[key]?.until ?? now else { return }
        faults[key] = tried
        guard faults.count > capacity else { return }
        faults = faults.filter { $0.value.until > now }
        guard faults.count > capacity, let first = faults.min(by: { $0.value.until < $1.value.until }) else { return }
        faults[first.key] = nil
    }

    /// What is wrong with a server now.
    public func fault(of server: LocatedServer, now: Instant) -> TriedServer? {
        guard let fault = faults[Key(transport: server.transport, address: server.address)], fault.until > now else {
            return nil
        }
        return fault
    }
}

/// The servers of one target in the order in which one request tries them (RFC 3263 §4.3).
///
/// Servers that failed lately come after the others, the one that comes back first before the rest: to try them is
/// better than to give up. A server that asked to be left alone (503 with Retry-After) is not tried until then.
public struct TargetSet: Sendable {
    private var left: ArraySlice<LocatedServer>
    /// When the first of the servers that asked to be left alone may be tried again.
    public let overloadedUntil: Instant?

    /// - Parameters:
    ///   - servers: what the locator found, in its order.
    ///   - tried: where the request was sent before; it is not sent there again.
    ///   - faults: which servers failed lately.
    ///   - now: the present moment.
    public init(_ servers: [LocatedServer], tried: [TriedServer] = [], faults: ServerFaults, now: Instant) {
        let untried = servers.filter { server in !tried.contains { $0.isSame(as: server) } }
        let sound = untried.filter { faults.fault(of: $0, now: now) == nil }
        let faulty = untried.compactMap { server in faults.fault(of: server, now: now).map { (server, $0) } }
        let weak = faulty.filter { $0.1.fault != .overloaded }.enumerated().sorted { one, other in
            (one.element.1.until, one.offset) < (other.element.1.until, other.offset)
        }
        left = (sound + weak.map(\.element.0))[...]
        overloadedUntil = faulty.filter { $0.1.fault == .overloaded }.map(\.1.until).min()
    }

    /// The next server to try; `nil` when all were.
    public mutating func next() -> LocatedServer? {
        left.popFirst()
    }
}
