/// Reads one header value from left to right, and gives its parts as text.
struct FieldScanner {
    let octets: ArraySlice<UInt8>
    /// Its places count from the first octet of the value.
    private(set) var cursor: OctetCursor

    init(_ text: some StringProtocol, section: StaticString) {
        self.init(Array(text.utf8)[...], section: section)
    }

    init(_ octets: ArraySlice<UInt8>, section: StaticString) {
        self.octets = octets
        cursor = OctetCursor(0..<octets.count, section: section)
    }

    var isAtEnd: Bool { cursor.isAtEnd }

    var next: UInt8? { cursor.next(octets.span) }

    mutating func advance() { cursor.advance() }

    mutating func skipBlanks() {
        let octets = octets
        cursor.skipBlanks(octets.span)
    }

    /// Takes `octet`, with blanks around it, when it comes next.
    mutating func take(_ octet: UInt8) -> Bool {
        let octets = octets
        return cursor.take(octet, octets.span)
    }

    /// The run of octets for which `matches` holds.
    @inline(__always)
    mutating func run(while matches: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let octets = octets
        return slice(cursor.place(octets.span, while: matches))
    }

    /// The octets of a place that the cursor has found.
    func slice(_ place: Range<Int>) -> ArraySlice<UInt8> { octets.part(place) }

    func text(_ place: Range<Int>) -> String { octets.part(place).asText }

    func text(_ quoted: QuotedPlace) -> String { octets.text(quoted) }

    mutating func token(_ what: StaticString) throws(ParseError) -> String {
        let octets = octets
        return text(try cursor.token(what, octets.span))
    }

    /// What is left, without blanks at the ends.
    mutating func rest() -> ArraySlice<UInt8> {
        defer { cursor.move(to: cursor.end) }
        return slice(cursor.position..<cursor.end).trimmed
    }

    /// A quoted string that begins here, without its quotes and backslashes.
    mutating func quotedString(_ what: StaticString) throws(ParseError) -> String {
        let octets = octets
        return text(try cursor.quoted(what, octets.span))
    }

    /// What stands before the `>` that closes the `<` which was just taken.
    mutating func bracketed(_ what: StaticString) throws(ParseError) -> ArraySlice<UInt8> {
        let octets = octets
        return slice(try cursor.bracketed(what, octets.span))
    }

    /// `*(;name[=value])` to the end of the text. One `;` too many at the end is let pass.
    mutating func parameters() throws(ParseError) -> Parameters {
        try Parameters(octets, &cursor)
    }

    /// Nothing but blanks may be left.
    mutating func finish(_ what: StaticString) throws(ParseError) {
        let octets = octets
        try cursor.finish(what, octets.span)
    }

    func error(_ message: String, status: Int = 400) -> ParseError { cursor.error(message, status: status) }
}

extension ArraySlice<UInt8> {
    /// The octets of a place that counts from the first of these.
    @inline(__always)
    func part(_ place: Range<Int>) -> ArraySlice<UInt8> {
        self[(startIndex &+ place.lowerBound)..<(startIndex &+ place.upperBound)]
    }

    /// What was quoted, without backslashes.
    func text(_ quoted: QuotedPlace) -> String {
        guard quoted.hasEscapes else { return part(quoted.place).asText }
        var text: [UInt8] = []
        var isEscaped = false
        for octet in part(quoted.place) {
            if octet == 0x5C, !isEscaped {
                isEscaped = true
            } else {
                text.append(octet)
                isEscaped = false
            }
        }
        return text.asText
    }
}
