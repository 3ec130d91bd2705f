/// Reads DER (X.690) one element after the other, within its bounds and no deeper than it is asked to.
struct DERReader {
    struct Element {
        /// The whole identifier octet: class, whether it is constructed, and the tag number.
        let tag: UInt8
        let content: ArraySlice<UInt8>
        /// With tag and length.
        let whole: ArraySlice<UInt8>

        /// The elements within.
        var inside: DERReader { DERReader(content) }
    }

    static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let objectIdentifier: UInt8 = 0x06
    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31

    private var rest: ArraySlice<UInt8>

    init(_ octets: ArraySlice<UInt8>) {
        rest = octets
    }

    var isAtEnd: Bool { rest.isEmpty }
    /// The tag of the next element.
    var tag: UInt8? { rest.first }

    /// The next element; `nil` at the end and when it is broken.
    mutating func next() -> Element? {
        let before = rest
        // Tag numbers above 30 have no place in certificates.
        guard let tag = rest.popFirst(), tag & 0x1F != 0x1F, let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            let octets = Int(first & 0x7F)
            guard (1...3).contains(octets), rest.count >= octets else { return nil }
            length = rest.prefix(octets).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(octets)
        }
        guard length <= rest.count else { return nil }
        let content = rest.prefix(length)
        rest = rest.dropFirst(length)
        return Element(tag: tag, content: content, whole: before[..<content.endIndex])
    }

    /// The next element when it has this tag; otherwise nothing is read.
    mutating func next(_ tag: UInt8) -> Element? {
        guard self.tag == tag else { return nil }
        return next()
    }
}
