/// What a body is (RFC 3261 §20.15), e.g. `application/sdp`. Names do not depend on case.
public struct MediaType: Hashable, Sendable, CustomStringConvertible {
    /// In lower case.
    public let type: String
    /// In lower case.
    public let subtype: String
    public let parameters: Parameters

    public init(parsing text: String) throws(ParseError) {
        try self.init(Array(text.utf8)[...])
    }

    init(_ octets: ArraySlice<UInt8>) throws(ParseError) {
        var scanner = FieldScanner(octets, section: "RFC 3261 §20.15")
        scanner.skipBlanks()
        type = try scanner.token("The type of Content-Type").asciiLowercased
        guard scanner.take(0x2F) else { throw scanner.error("Content-Type has no subtype") }
        subtype = try scanner.token("The subtype of Content-Type").asciiLowercased
        parameters = try scanner.parameters()
        try scanner.finish("Content-Type")
    }

    /// Whether it can be read, without reading it.
    static func check(_ octets: Span<UInt8>, _ place: Range<Int>) throws(ParseError) {
        var cursor = OctetCursor(place, section: "RFC 3261 §20.15")
        cursor.skipBlanks(octets)
        _ = try cursor.token("The type of Content-Type", octets)
        guard cursor.take(0x2F, octets) else { throw cursor.error("Content-Type has no subtype") }
        _ = try cursor.token("The subtype of Content-Type", octets)
        try cursor.skipParameters(octets)
        try cursor.finish("Content-Type", octets)
    }

    /// Without parameters.
    public var essence: String { "\(type)/\(subtype)" }

    public var description: String { essence + parameters.description }
}
