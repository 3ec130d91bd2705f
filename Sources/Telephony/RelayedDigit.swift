internal import TelephonyPrimitives

/// A key press carried in a SIP INFO body: `Signal=5` and `Duration=160` lines (`application/dtmf-relay`), or the bare
/// key (`application/dtmf`).
struct RelayedDigit: Equatable {
    var key: Character
    var duration: Duration

    init?(contentType: String, body: [UInt8]) {
        guard body.count <= 256 else { return nil }
        let text = String(decoding: body, as: UTF8.self)
        var signal: Substring?
        var milliseconds = 100
        switch contentType.prefix(while: { $0 != ";" && $0 != " " }).lowercased() {
        case "application/dtmf-relay":
            for line in text.split(whereSeparator: \.isNewline) {
                let parts = line.split(separator: "=", maxSplits: 1)
                guard parts.count == 2 else { continue }
                let value = parts[1].drop { $0 == " " }.prefix { $0 != " " }
                switch parts[0].filter({ $0 != " " }).lowercased() {
                case "signal": signal = value
                case "duration": milliseconds = Int(value) ?? milliseconds
                default: break
                }
            }
        case "application/dtmf":
            signal = text.drop { $0.isWhitespace }.prefix { !$0.isWhitespace }
        default:
            return nil
        }
        guard let signal, let key = Self.key(signal) else { return nil }
        self.key = key
        duration = .milliseconds(min(max(milliseconds, 40), 10_000))
    }

    /// The key itself, or its RFC 4733 event number 10…15, which some phones send.
    private static func key(_ text: Substring) -> Character? {
        if let number = Int(text), text.count == 2, (10...15).contains(number) {
            return Array("*#ABCD")[number - 10]
        }
        guard text.count == 1, let key = text.uppercased().first, "0123456789*#ABCD".contains(key) else { return nil }
        return key
    }
}
