/// The number of a request within its dialog, and its method (RFC 3261 §20.16).
public struct CSeq: Hashable, Sendable, CustomStringConvertible {
    public var number: UInt32
    public var method: Method

    public init(number: UInt32, method: Method) {
        self.number = number
        self.method = method
    }

    public init(parsing text: String) throws(ParseError) {
        var scanner = FieldScanner(text, section: "RFC 3261 §20.16")
        scanner.skipBlanks()
        let digits = scanner.run(while: OctetClass.isDigit)
        guard let number = UInt32(digits.asText) else {
            throw scanner.error("The number of CSeq is missing or above 4294967295")
        }
        guard let blank = scanner.next, OctetClass.isBlank(blank) else {
            throw scanner.error("CSeq has no method")
        }
        scanner.skipBlanks()
        method = Method(try scanner.token("The method of CSeq"))
        try scanner.finish("CSeq")
        self.number = number
    }

    public var description: String { "\(number) \(method.name)" }
}
