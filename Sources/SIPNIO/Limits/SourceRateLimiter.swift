internal import TelephonyPrimitives

/// A token bucket for each source, in a table that never grows beyond its bound.
///
/// Two generations: when the young one has filled half of the table it becomes the old one, and what was old and not
/// seen since is forgotten. So a flood from forged sources costs constant time and memory.
struct SourceRateLimiter: Sendable {
    /// A source: an IPv4 address, or an IPv6 /64, within which a host chooses its addresses freely.
    struct Source: Hashable, Sendable {
        private let family: Bool
        private let prefix: UInt64

        init(_ address: IPAddress) {
            switch address {
            case .v4(let value): (family, prefix) = (false, UInt64(value))
            case .v6(let high, _): (family, prefix) = (true, high)
            }
        }
    }

    private struct Bucket {
        var nanotokens: Int64
        var at: Instant
    }

    private static let token: Int64 = 1_000_000_000

    private let rate: Rate
    private let generation: Int
    private var young: [Source: Bucket] = [:]
    private var old: [Source: Bucket] = [:]
    /// How many were refused so far.
    private(set) var refused = 0

    /// Sources that are remembered.
    var count: Int { young.count + old.count }

    init(rate: Rate, maximumSources: Int) {
        self.rate = Rate(
            perSecond: min(max(1, rate.perSecond), 1_000_000_000), burst: min(max(1, rate.burst), 1_000_000_000))
        generation = max(1, maximumSources / 2)
    }

    /// Whether one more from `address` is within its rate; counts it.
    mutating func admits(_ address: IPAddress, now: Instant) -> Bool {
        let source = Source(address)
        let full = Int64(rate.burst) * Self.token
        var bucket: Bucket
        if let known = young[source] {
            bucket = known
        } else {
            bucket = old.removeValue(forKey: source) ?? Bucket(nanotokens: full, at: now)
            if young.count >= generation {
                old = young
                young = [:]
            }
        }
        let elapsed = max(0, (now - bucket.at).inNanoseconds)
        let (gained, overflow) = elapsed.multipliedReportingOverflow(by: Int64(rate.perSecond))
        bucket.nanotokens = overflow || gained > full - bucket.nanotokens ? full : bucket.nanotokens + gained
        bucket.at = max(bucket.at, now)
        let admitted = bucket.nanotokens >= Self.token
        if admitted { bucket.nanotokens -= Self.token } else { refused += 1 }
        young[source] = bucket
        return admitted
    }
}
