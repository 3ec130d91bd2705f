/// A telephone number as a URI (RFC 3966).
public struct TelURI: Hashable, Sendable, CustomStringConvertible {
    /// As written, with its visual separators.
    public let subscriber: String
    public let parameters: Parameters

    public init(parsing text: String) throws(ParseError) {
        try self.init(Array(text.utf8)[...])
    }

    init(_ octets: ArraySlice<UInt8>) throws(ParseError) {
        var scanner = FieldScanner(octets, section: "RFC 3966 §3")
        let scheme = scanner.run { $0 != 0x3A }
        guard scanner.next == 0x3A, scheme.isEqual(ignoringCase: "tel") else {
            throw scanner.error("The scheme is not tel", status: 416)
        }
        scanner.advance()
        guard octets.allSatisfy(OctetClass.isURI) else {
            throw scanner.error("The URI has a blank or another character in it that has to be escaped")
        }
        let number = scanner.run { octet in
            OctetClass.hexValue(octet) != nil || TelURI.isSeparator(octet) || octet == 0x2B || octet == 0x2A
                || octet == 0x23
        }
        let body = number.first == 0x2B ? number.dropFirst() : number
        guard body.contains(where: { !TelURI.isSeparator($0) }), !body.contains(0x2B) else {
            throw scanner.error("The telephone number has no digit, or a + inside")
        }
        subscriber = number.asText
        parameters = try scanner.parameters()
        try scanner.finish("The telephone number")
    }

    /// Without visual separators, e.g. `+15550100`.
    public var number: String { subscriber.utf8.filter { !TelURI.isSeparator($0) }.asText }

    /// Whether it is a number that means the same everywhere (E.164).
    public var isGlobal: Bool { subscriber.utf8.first == 0x2B }

    public var description: String { "tel:\(subscriber)\(parameters)" }

    /// `-`, `.`, `(`, `)`
    static func isSeparator(_ octet: UInt8) -> Bool {
        octet == 0x2D || octet == 0x2E || octet == 0x28 || octet == 0x29
    }
}
