internal import Telnyx

/// Keys of which two witnesses tell, the stream and webhooks, each perhaps late and perhaps not at all: each press is told
/// once, when the first of them tells it.
struct PressedKeys: Sendable {
    enum Witness: Int, Sendable {
        case stream, webhook
    }

    /// How often each key was told, and by whom.
    private var told: [Character: Int] = [:]
    private var counts: [Witness: [Character: Int]] = [:]

    /// - Returns: keys that were not told yet.
    mutating func receive(_ digits: PressedDigits, from witness: Witness) -> [Character] {
        digits.value.uppercased().prefix(64).filter { key in
            guard "0123456789*#ABCD".contains(key) else { return false }
            let count = counts[witness, default: [:]][key, default: 0] + 1
            counts[witness, default: [:]][key] = count
            guard count > told[key, default: 0] else { return false }
            told[key] = count
            return true
        }
    }
}
