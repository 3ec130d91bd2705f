import DequeModule
import TelephonyPrimitives

/// What requests from outside dialogs hold, by the address that sent them, so that a flood from one address, or from
/// many forged ones, leaves room for everybody else.
///
/// An address is a stranger's until a call from it was answered and acknowledged, or credentials from it were right.
/// All of an IPv6 /64 is one address: within it a host chooses freely.
struct SourceLedger: Sendable {
    private struct Holder: Sendable {
        var count = 0
        /// Oldest first; those that were released meanwhile are skipped.
        var order = Deque<ServerTransactionID>()
    }

    private struct Held: Sendable {
        let source: IPAddress
        let isStrangers: Bool
    }

    /// Addresses of which it is known that they are no strangers'; then the older half is forgotten.
    private static let maximumKnown = 8_192
    /// How many are looked at when one is to go.
    private static let maximumLooked = 16

    private var held: [ServerTransactionID: Held] = [:]
    private var holders: [IPAddress: Holder] = [:]
    private var strangers = Deque<ServerTransactionID>()
    private var known: Set<IPAddress> = []
    private var knownBefore: Set<IPAddress> = []
    /// How many requests of strangers hold something.
    private(set) var strangerCount = 0

    var count: Int { held.count }

    func isStranger(_ source: IPAddress) -> Bool {
        let source = source.network
        return !known.contains(source) && !knownBefore.contains(source)
    }

    /// How many requests from `source` hold something.
    func count(of source: IPAddress) -> Int { holders[source.network]?.count ?? 0 }

    mutating func acquaint(_ source: IPAddress) {
        let source = source.network
        guard !known.contains(source) else { return }
        if known.count >= Self.maximumKnown / 2 {
            knownBefore = known
            known = []
        }
        known.insert(source)
    }

    mutating func hold(_ id: ServerTransactionID, from source: IPAddress) {
        let isStrangers = isStranger(source)
        let source = source.network
        held[id] = Held(source: source, isStrangers: isStrangers)
        holders[source, default: Holder()].count += 1
        holders[source]?.order.append(id)
        if isStrangers {
            strangerCount += 1
            strangers.append(id)
        }
    }

    mutating func release(_ id: ServerTransactionID) {
        guard let entry = held.removeValue(forKey: id) else { return }
        if let left = holders[entry.source]?.count, left > 1 {
            holders[entry.source]?.count = left - 1
            tidy(&holders[entry.source, default: Holder()].order, live: left - 1)
        } else {
            holders[entry.source] = nil
        }
        guard entry.isStrangers else { return }
        strangerCount -= 1
        tidy(&strangers, live: strangerCount)
    }

    /// The request from `source` that has held something for longest, of the first few to which `condition` applies.
    func oldest(
        of source: IPAddress, _ condition: (ServerTransactionID) -> Bool
    ) -> ServerTransactionID? {
        holders[source.network]?.order.prefix(Self.maximumLooked).first { held[$0] != nil && condition($0) }
    }

    /// The stranger's request that has held something for longest.
    var oldestOfStrangers: ServerTransactionID? { strangers.first }

    /// Keeps a live entry in front, and the queue in proportion to what lives.
    private func tidy(_ order: inout Deque<ServerTransactionID>, live: Int) {
        while let first = order.first, held[first] == nil { order.removeFirst() }
        if order.count > 2 * live + 64 { order.removeAll { held[$0] == nil } }
    }
}

extension IPAddress {
    /// What one host can be taken for: an IPv4 address, or the /64 of an IPv6 address.
    fileprivate var network: IPAddress {
        if case .v6(let upper, _) = self { .v6(upper, 0) } else { self }
    }
}
