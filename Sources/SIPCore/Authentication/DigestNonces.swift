internal import Crypto
internal import TelephonyPrimitives

/// Makes nonces that prove who made them and when, and remembers which of their counts were used (RFC 7616 §5.4, §5.12).
///
/// A nonce that was never used costs no memory.
struct DigestNonces: Sendable {
    /// What is to be said of a nonce.
    enum Judgement: Hashable, Sendable {
        case fresh
        /// Made here, but its life is over or its count was used.
        case stale
        /// Not made here for this algorithm.
        case unknown
    }

    /// The counts of one nonce that were used: the highest, and one bit for each of the 64 below it.
    private struct Window: Sendable {
        var highest: UInt32
        var used: UInt64 = 1
        let issued: Instant

        /// Whether `count` was not used before; it is used now.
        mutating func admits(_ count: UInt32) -> Bool {
            if count > highest {
                let distance = count - highest
                used = distance < 64 ? used << UInt64(distance) | 1 : 1
                highest = count
                return true
            }
            let age = highest - count
            guard age < 64, used & (1 << UInt64(age)) == 0 else { return false }
            used |= 1 << UInt64(age)
            return true
        }
    }

    private let key: SymmetricKey
    let lifetime: Duration
    private let capacity: Int
    private var serial: UInt32 = 0
    private var windows: [String: Window] = [:]
    /// Nonces that were made before this are stale: their counts are forgotten.
    private var forgottenBefore = Instant(nanoseconds: .min)

    private static let timeDigits = 16
    private static let serialDigits = 8
    private static let codeDigits = 32

    init(secret: [UInt8], lifetime: Duration, capacity: Int) {
        key = SymmetricKey(data: secret)
        self.lifetime = lifetime
        self.capacity = max(capacity, 1)
    }

    mutating func make(for algorithm: DigestAlgorithm, now: Instant) -> String {
        serial &+= 1
        let head =
            hexadecimal(UInt64(bitPattern: now.nanoseconds), width: Self.timeDigits)
            + hexadecimal(serial, width: Self.serialDigits)
        return head + code(of: head, for: algorithm)
    }

    /// Whether the nonce is one of ours and still good, whatever its count.
    func judge(_ nonce: String, for algorithm: DigestAlgorithm, now: Instant) -> Judgement {
        guard let issued = issueTime(of: nonce, for: algorithm) else { return .unknown }
        guard issued <= now, now - issued <= lifetime, issued >= forgottenBefore else { return .stale }
        return .fresh
    }

    /// How long ago the nonce was made here; `nil` when it was not.
    func age(of nonce: String, for algorithm: DigestAlgorithm, now: Instant) -> Duration? {
        issueTime(of: nonce, for: algorithm).map { now - $0 }
    }

    /// Uses a count of a nonce that is fresh; `false` when it was used before.
    mutating func use(_ nonce: String, count: UInt32, for algorithm: DigestAlgorithm, now: Instant) -> Bool {
        guard let issued = issueTime(of: nonce, for: algorithm) else { return false }
        if windows[nonce] != nil { return windows[nonce]?.admits(count) ?? false }
        if windows.count >= capacity { makeRoom(now: now) }
        windows[nonce] = Window(highest: count, issued: issued)
        return true
    }

    /// Drops what has expired, and when that is not enough the older half.
    private mutating func makeRoom(now: Instant) {
        windows = windows.filter { now - $0.value.issued <= lifetime }
        guard windows.count >= capacity else { return }
        let times = windows.values.map(\.issued).sorted()
        let middle = times[times.count / 2]
        // Without their counts older nonces could be replayed, so none of them is taken any more.
        forgottenBefore = max(forgottenBefore, middle + .nanoseconds(1))
        windows = windows.filter { $0.value.issued >= forgottenBefore }
    }

    private func issueTime(of nonce: String, for algorithm: DigestAlgorithm) -> Instant? {
        let length = Self.timeDigits + Self.serialDigits
        guard nonce.utf8.count == length + Self.codeDigits, nonce.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let head = String(nonce.prefix(length))
        guard isEqualInConstantTime(String(nonce.dropFirst(length)), code(of: head, for: algorithm)),
            let time = UInt64(head.prefix(Self.timeDigits), radix: 16)
        else { return nil }
        return Instant(nanoseconds: Int64(bitPattern: time))
    }

    private func code(of head: String, for algorithm: DigestAlgorithm) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(algorithm.rawValue):\(head)".utf8), using: key)
        return String(hexadecimal(code).prefix(Self.codeDigits))
    }
}
