/// Writes the parts of a certificate (X.690: DER).
enum DERElement {
    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31

    static func make(_ tag: UInt8, _ content: [UInt8]...) -> [UInt8] {
        let content = Array(content.joined())
        return [tag] + length(content.count) + content
    }

    private static func length(_ count: Int) -> [UInt8] {
        guard count > 0x7F else { return [UInt8(count)] }
        var octets: [UInt8] = []
        var rest = count
        while rest > 0 {
            octets.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [0x80 | UInt8(octets.count)] + octets
    }

    /// A number that is not negative.
    static func integer(_ number: UInt64) -> [UInt8] {
        let octets = (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> UInt64($0 * 8)) }.drop { $0 == 0 }
        let isHigh = (octets.first ?? 0x80) & 0x80 != 0
        return make(0x02, (isHigh ? [0] : []) + octets)
    }

    /// An object identifier by its octets.
    static func identifier(_ octets: [UInt8]) -> [UInt8] { make(0x06, octets) }

    static func text(_ text: String) -> [UInt8] { make(0x0C, Array(text.utf8)) }

    static func bits(_ octets: [UInt8]) -> [UInt8] { make(0x03, [0], octets) }

    /// A time until 2049 (RFC 5280 §4.1.2.5.1).
    ///
    /// - Parameter seconds: since 1970.
    static func time(_ seconds: Int64) -> [UInt8] {
        let digits = UTCText.text(seconds * 1_000_000).prefix { $0 != "." }.utf8.filter { (0x30...0x39).contains($0) }
        return make(0x17, Array(digits.dropFirst(2)) + [0x5A])
    }
}
