/// Whole seconds as Expires, Min-Expires and Retry-After write them (RFC 3261 §25.1 `delta-seconds`).
enum DeltaSeconds {
    /// The seconds at the beginning of `text`; a comment or parameters may follow. `nil` when it does not begin with a
    /// number below 2^32.
    static func parse(_ text: some StringProtocol) -> Int? {
        let digits = text.trimmingBlanks.utf8.prefix(while: OctetClass.isDigit)
        guard !digits.isEmpty, digits.count <= 10, let value = UInt32(Substring(digits)) else { return nil }
        return Int(value)
    }

    /// The seconds in which `text` consists, and nothing else.
    static func parseWhole(_ text: some StringProtocol) -> Int? {
        text.trimmingBlanks.utf8.allSatisfy(OctetClass.isDigit) ? parse(text) : nil
    }
}

/// The `q` of a Contact in thousandths (RFC 3261 §25.1 `qvalue`), so that equal ones are equal.
enum QValue {
    /// `nil` when `text` is no number from 0 to 1 with at most three decimals.
    static func parse(_ text: String) -> Int? {
        let octets = Array(text.utf8)
        guard let first = octets.first, first == 0x30 || first == 0x31, octets.count <= 5 else { return nil }
        guard octets.count == 1 || octets[1] == 0x2E else { return nil }
        var thousandths = first == 0x31 ? 1_000 : 0
        var weight = 100
        for octet in octets.dropFirst(2) {
            guard OctetClass.isDigit(octet) else { return nil }
            thousandths += Int(octet - 0x30) * weight
            weight /= 10
        }
        return thousandths <= 1_000 ? thousandths : nil
    }

    /// `0.5`, `1.0`.
    static func text(_ thousandths: Int) -> String {
        let value = min(max(thousandths, 0), 1_000)
        guard value < 1_000 else { return "1.0" }
        var digits = String(value)
        digits = String(repeating: "0", count: 3 - digits.utf8.count) + digits
        while digits.utf8.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        return "0.\(digits)"
    }
}
