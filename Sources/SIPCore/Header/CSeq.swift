/// The number of a request within its dialog, and its method (RFC 3261 §20.16).
public struct CSeq: Hashable, Sendable, CustomStringConvertible {
    public var number: UInt32
    public var method: Method

    public init(number: UInt32, method: Method) {
        self.number = number
        self.method = method
    }

    public init(parsing text: String) throws(ParseError) {
        try self.init(Array(text.utf8)[...])
    }

    init(_ octets: ArraySlice<UInt8>) throws(ParseError) {
        let places = try CSeqPlaces(octets.span, 0..<octets.count)
        number = places.number
        method = Method(octets.part(places.method))
    }

    public var description: String { "\(number) \(method.name)" }
}

/// A CSeq that was checked, and where its method stands.
struct CSeqPlaces {
    let number: UInt32
    let method: Range<Int>

    init(_ octets: Span<UInt8>, _ place: Range<Int>) throws(ParseError) {
        var cursor = OctetCursor(place, section: "RFC 3261 §20.16")
        cursor.skipBlanks(octets)
        let digits = cursor.place(octets, while: OctetClass.isDigit)
        var number: UInt64 = digits.isEmpty ? .max : 0
        for place in digits where number <= UInt32.max { number = number &* 10 &+ UInt64(octets[place] &- 0x30) }
        guard let number = UInt32(exactly: number) else {
            throw cursor.error("The number of CSeq is missing or above 4294967295")
        }
        guard let blank = cursor.next(octets), OctetClass.isBlank(blank) else {
            throw cursor.error("CSeq has no method")
        }
        cursor.skipBlanks(octets)
        method = try cursor.token("The method of CSeq", octets)
        try cursor.finish("CSeq", octets)
        self.number = number
    }
}
