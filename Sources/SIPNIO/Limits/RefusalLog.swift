internal import TelephonyPrimitives

/// Turns a flood of refusals into one line per interval that says how many there were and from whom.
struct RefusalLog: Sendable {
    enum Cause: String, Sendable, CaseIterable {
        case datagramRate = "datagrams beyond the rate"
        case connectionRate = "new connections beyond the rate"
        case perSource = "connections beyond those that one source may have"
        case inAll = "connections beyond those that all may have"
        case halfOpen = "connections whose handshake stood in the way of new ones"
        case evicted = "strangers' idle connections that made room"
    }

    static let interval: Duration = .seconds(10)
    private static let maximumNamed = 4

    private var counts: [Cause: Int] = [:]
    private var named: [IPAddress] = []
    private var spokeAt: Instant?
    /// Refusals so far, by cause.
    private(set) var totals: [Cause: Int] = [:]

    /// Connections that were refused or closed for others so far.
    var connections: Int { totals.reduce(0) { $1.key == .datagramRate ? $0 : $0 + $1.value } }

    /// Counts one refusal.
    ///
    /// - Returns: a sentence for the log, at most once per interval: at once for the first one.
    mutating func note(_ cause: Cause, _ source: IPAddress, now: Instant) -> String? {
        counts[cause, default: 0] += 1
        totals[cause, default: 0] += 1
        if named.count < Self.maximumNamed, !named.contains(source) { named.append(source) }
        if let spokeAt, now - spokeAt < Self.interval { return nil }
        defer {
            spokeAt = now
            counts = [:]
            named = []
        }
        let parts = Cause.allCases.compactMap { cause in counts[cause].map { "\($0) \(cause.rawValue)" } }
        return "refused \(parts.joined(separator: ", ")); from \(named.map(\.description).joined(separator: ", "))"
    }
}
