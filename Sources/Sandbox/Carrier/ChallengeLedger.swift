import TelephonyPrimitives

/// The challenges that are open: a nonce counts for a minute, and each of its uses once.
struct ChallengeLedger: Sendable {
    private struct Entry {
        var opaque: String
        var until: Instant
        var lastCount: UInt32 = 0
    }

    enum Verdict {
        case fresh
        /// Ours, and too old.
        case stale
        /// Not ours, or used before.
        case unknown
    }

    private var entries: [String: Entry] = [:]
    private var order: [String] = []
    private static let capacity = 4_096
    private static let life = Duration.seconds(60)

    mutating func add(nonce: String, opaque: String, now: Instant) {
        entries[nonce] = Entry(opaque: opaque, until: now + Self.life)
        order.append(nonce)
        while order.count > Self.capacity { entries[order.removeFirst()] = nil }
    }

    /// Takes a use of a nonce.
    mutating func take(_ proof: DigestProof, now: Instant) -> Verdict {
        guard let entry = entries[proof.nonce], entry.opaque == proof.opaque else { return .unknown }
        guard now < entry.until else { return .stale }
        guard let count = proof.nonceCount else {
            // Without qop nothing tells the uses apart: it counts once (RFC 2069).
            entries[proof.nonce]?.until = now
            return .fresh
        }
        guard count > entry.lastCount else { return .unknown }
        entries[proof.nonce]?.lastCount = count
        return .fresh
    }
}
