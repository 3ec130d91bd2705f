internal import Crypto
internal import DequeModule
public import TelephonyPrimitives

/// Tokens that are good for one stream each: without one, whoever finds the URL of the WebSocket could be a caller.
///
/// A token goes into the query of `stream_url`, and besides into `stream_auth_token`, whose way to us is not documented:
/// either will do. Only its digest is kept.
public struct StreamTokens: Sendable {
    /// The name in the query.
    public static let queryName = "token"

    /// What became of a token.
    public enum Verdict: Sendable, Hashable {
        /// It is the first with it; the token is used up. The name is what ``issue(for:octets:now:)`` was given.
        case good(String)
        /// There is none in the request.
        case missing
        /// It was never issued, is used up, or too old.
        case unknown
    }

    private struct Entry: Sendable {
        let digest: SHA256.Digest
        let name: String
        let until: Instant
    }

    /// How long a token is good.
    public let lifetime: Duration
    /// How many may be open; the oldest are forgotten for more.
    public let capacity: Int
    private var entries: [UInt64: Entry] = [:]
    private var order: Deque<(key: UInt64, until: Instant)> = []

    /// - Parameters:
    ///   - lifetime: from the issue to the WebSocket; with a dial, ringing is within it.
    ///   - capacity: how many may be open.
    public init(lifetime: Duration = .seconds(120), capacity: Int = 10_000) {
        self.lifetime = max(lifetime, .seconds(1))
        self.capacity = max(capacity, 1)
    }

    /// How many are open.
    public var count: Int { entries.count }

    /// A new token.
    ///
    /// - Parameters:
    ///   - name: of what the stream is for, e.g. our name of the call.
    ///   - octets: at least 16, from a generator that can't be foretold.
    ///   - now: never earlier than before.
    /// - Returns: text that needs no encoding in a URL; `nil` for too few octets.
    public mutating func issue(for name: String, octets: [UInt8], now: Instant) -> String? {
        guard octets.count >= 16 else { return nil }
        forget(now)
        if entries.count >= capacity, let oldest = order.popFirst() { entries[oldest.key] = nil }
        let token = octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let digest = SHA256.hash(data: Array(token.utf8))
        let key = Self.key(digest)
        entries[key] = Entry(digest: digest, name: name, until: now + lifetime)
        order.append((key, now + lifetime))
        return token
    }

    /// Looks at the request that opens a WebSocket, and uses its token up.
    ///
    /// - Parameters:
    ///   - target: path and query.
    ///   - authorization: the header field, if there is one: `Bearer …`, or the token alone.
    ///   - now: never earlier than before.
    public mutating func redeem(target: String, authorization: String?, now: Instant) -> Verdict {
        forget(now)
        var tokens: [String] = []
        if let query = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).dropFirst().first {
            tokens += URLText.members(of: String(query), atMost: 32).filter { $0.name == Self.queryName }.map(\.value)
        }
        if let authorization {
            let parts = authorization.split(separator: " ", maxSplits: 1)
            tokens.append(String(parts.count == 2 ? parts[1] : parts.first ?? ""))
        }
        tokens.removeAll { $0.isEmpty }
        guard !tokens.isEmpty else { return .missing }
        for token in tokens.prefix(4) where token.utf8.count <= 4_096 {
            let digest = SHA256.hash(data: Array(token.utf8))
            // Found by a part of the digest, then compared whole in constant time: neither tells of the token.
            guard let entry = entries[Self.key(digest)], entry.digest == digest else { continue }
            entries[Self.key(digest)] = nil
            return .good(entry.name)
        }
        return .unknown
    }

    private static func key(_ digest: SHA256.Digest) -> UInt64 {
        digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func forget(_ now: Instant) {
        while let first = order.first, first.until <= now {
            order.removeFirst()
            if let entry = entries[first.key], entry.until <= now { entries[first.key] = nil }
        }
    }
}
