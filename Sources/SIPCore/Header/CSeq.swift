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
        var scanner = FieldScanner(octets, section: "RFC 3261 §20.16")
        scanner.skipBlanks()
        let digits = scanner.run(while: OctetClass.isDigit)
        guard let number = digits.decimal.flatMap(UInt32.init(exactly:)) else {
            throw scanner.error("The number of CSeq is missing or above 4294967295")
        }
        guard let blank = scanner.next, OctetClass.isBlank(blank) else {
            throw scanner.error("CSeq has no method")
        }
        scanner.skipBlanks()
        let name = scanner.run(while: OctetClass.isToken)
        guard !name.isEmpty else { throw scanner.error("The method of CSeq is missing") }
        method = Method(name)
        try scanner.finish("CSeq")
        self.number = number
    }

    public var description: String { "\(number) \(method.name)" }
}
