internal import FoundationEssentials

extension CallIdentifier {
    /// A new identifier: the time in milliseconds and 40 random bits, both in base 36, so that texts sort by time.
    public static func make() -> CallIdentifier {
        let milliseconds = UInt64(max(0, Date().timeIntervalSince1970 * 1000))
        let random = UInt64.random(in: 0..<(1 << 40))
        return CallIdentifier(padded(milliseconds, to: 9) + "-" + padded(random, to: 8))
    }

    /// A new identifier for a call that is placed for the caller of another: that of the other comes first.
    public static func make(for caller: CallIdentifier) -> CallIdentifier {
        CallIdentifier(caller.text + "-" + padded(UInt64.random(in: 0..<(1 << 40)), to: 8))
    }

    private static func padded(_ number: UInt64, to width: Int) -> String {
        let text = String(number, radix: 36)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
