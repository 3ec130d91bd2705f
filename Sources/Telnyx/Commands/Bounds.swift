internal import TelephonyPrimitives

/// What Telnyx's documents say of how large things may be.
enum Bounds {
    static func text(
        _ text: String?, _ name: String, atLeast minimum: Int = 0, atMost maximum: Int
    ) throws(TelnyxError) {
        guard let text else { return }
        guard (minimum...maximum).contains(text.count) else {
            throw .invalid("`\(name)` has \(text.count) characters; it takes \(minimum) to \(maximum).")
        }
    }

    static func number(_ number: Int?, _ name: String, in range: ClosedRange<Int>) throws(TelnyxError) {
        guard let number else { return }
        guard range.contains(number) else {
            throw .invalid("`\(name)` is \(number); it takes \(range.lowerBound) to \(range.upperBound).")
        }
    }

    /// - Parameter range: in seconds.
    static func seconds(_ time: Duration?, _ name: String, in range: ClosedRange<Int>) throws(TelnyxError) {
        try number(time?.wholeSeconds, name, in: range)
    }

    /// - Parameter range: in milliseconds.
    static func milliseconds(_ time: Duration?, _ name: String, in range: ClosedRange<Int>) throws(TelnyxError) {
        try number(time?.wholeMilliseconds, name, in: range)
    }

    /// Which keys they are is not said: they may be secret.
    static func keys(_ keys: String?, _ name: String, pauses: Bool = false) throws(TelnyxError) {
        guard let keys else { return }
        let allowed = "0123456789ABCD*#" + (pauses ? "wW" : "")
        guard keys.allSatisfy({ allowed.contains($0) }) else {
            throw .invalid("`\(name)` may hold 0-9, A-D, * and #\(pauses ? ", and w and W for pauses" : "").")
        }
    }

    static func target(_ to: String, _ name: String) throws(TelnyxError) {
        guard !to.isEmpty, !to.contains(where: { $0.isNewline }) else {
            throw .invalid("`\(name)` is missing; give a number in E.164, like +12025550131, or a SIP URI.")
        }
    }

    /// A name or value with a line end would become a header of its own.
    static func headers(_ headers: [SIPHeader], _ name: String) throws(TelnyxError) {
        let isSound = headers.allSatisfy { header in
            !header.name.isEmpty
                && header.name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3A }
                && header.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
        }
        guard isSound else { throw .invalid("A header in `\(name)` has a name or value that SIP does not allow.") }
    }

    static func socketURL(_ url: String?, _ name: String) throws(TelnyxError) {
        guard let url else { return }
        guard url.hasPrefix("wss://") || url.hasPrefix("ws://") else {
            throw .invalid("`\(name)` is no WebSocket URL; it begins with wss://, or ws:// for tests.")
        }
    }
}
