public import TelephonyPrimitives

/// Which Contacts are bound to which address of record (RFC 3261 §10.1): a value, bounded, in virtual time.
public struct LocationService: Sendable {
    /// How many addresses may have bindings at once.
    public let maxAddresses: Int
    /// How many bindings one address may have.
    public let maxBindings: Int

    private var bindings: [String: [LocationBinding]] = [:]
    private var expiries = TimerQueue<String>()
    /// The addresses that registered over each connection.
    private var keysByFlow: [Flow: Set<String>] = [:]
    /// How many bindings there are, those that have expired since the last look included.
    public private(set) var bindingCount = 0

    public init(maxAddresses: Int = 10_000, maxBindings: Int = 10) {
        self.maxAddresses = max(maxAddresses, 1)
        self.maxBindings = max(maxBindings, 1)
    }

    /// How many addresses have bindings.
    public var addressCount: Int { bindings.count }

    /// When `removeExpired(now:)` is to be called next.
    public var nextExpiry: Instant? { expiries.deadline }

    /// The bindings of an address that last at `now`: by preference, and of equal ones the latest first.
    public func bindings(of address: SIPURI, now: Instant) -> [LocationBinding] {
        bindings(of: Self.key(of: address), now: now).sorted { one, other in
            (one.preference, one.updatedAt) > (other.preference, other.updatedAt)
        }
    }

    /// Forgets what has expired.
    public mutating func removeExpired(now: Instant) {
        while let key = expiries.popDue(now: now) {
            set(bindings(of: key, now: now), for: key)
        }
    }

    /// The connection is gone over which these were registered.
    mutating func flowClosed(_ flow: Flow) {
        for key in keysByFlow[flow] ?? [] {
            let kept = (bindings[key] ?? []).compactMap { binding -> LocationBinding? in
                guard binding.flow == flow else { return binding }
                // With outbound the flow is the only way to it (RFC 5626 §6).
                if binding.usesOutbound { return nil }
                var binding = binding
                binding.flow = nil
                return binding
            }
            set(kept, for: key)
        }
    }

    // MARK: For the registrar

    /// The form in which addresses are compared (RFC 3261 §10.3 step 5): no parameters, escapes undone, host in lower
    /// case; `sip` and `sips` are one.
    static func key(of address: SIPURI) -> String {
        let user = address.user.map { PercentCoding.comparable($0) + "@" } ?? ""
        let port = address.port.map { ":\($0)" } ?? ""
        return "\(user)\(address.host.description.asciiLowercased)\(port)"
    }

    func bindings(of key: String, now: Instant) -> [LocationBinding] {
        (bindings[key] ?? []).filter { $0.expiresAt > now }
    }

    /// Whether an address without bindings can get one.
    var hasRoom: Bool { bindings.count < maxAddresses }

    mutating func set(_ list: [LocationBinding], for key: String) {
        let before = bindings[key] ?? []
        for case let flow? in before.map(\.flow) {
            keysByFlow[flow]?.remove(key)
            if keysByFlow[flow]?.isEmpty == true { keysByFlow[flow] = nil }
        }
        for case let flow? in list.map(\.flow) where flow.protocol.isReliable {
            keysByFlow[flow, default: []].insert(key)
        }
        bindingCount += list.count - before.count
        bindings[key] = list.isEmpty ? nil : list
        expiries.set(key, at: list.map(\.expiresAt).min())
    }
}
