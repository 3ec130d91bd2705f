/// Octets as text (RFC 4648 §4).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(_ octets: Span<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((octets.count + 2) / 3 * 4)
        var place = 0
        while place < octets.count {
            let count = min(3, octets.count - place)
            let word = (0..<3).reduce(0) { $0 << 8 | ($1 < count ? Int(octets[place + $1]) : 0) }
            for digit in 0..<4 {
                text.append(digit <= count ? alphabet[word >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
            }
            place += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: `nil` when there is anything but the 64 digits, or a rest that is no octet. The filling at the end may
    ///   be missing, as some write it.
    static func octets(_ text: Substring) -> [UInt8]? {
        var digits = Array(text.utf8)
        while digits.last == UInt8(ascii: "="), digits.count > 0 { digits.removeLast() }
        guard text.utf8.count - digits.count <= 2, digits.count % 4 != 1 else { return nil }
        var octets: [UInt8] = []
        var word: UInt32 = 0
        for (index, digit) in digits.enumerated() {
            guard let value = value(digit) else { return nil }
            word = word << 6 | UInt32(value)
            if index % 4 != 0 { octets.append(UInt8(truncatingIfNeeded: word >> UInt32(6 - index % 4 * 2))) }
        }
        return octets
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
