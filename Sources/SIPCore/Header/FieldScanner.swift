/// Reads one header value from left to right. Works on octets, so that no combining character can hide a delimiter.
struct FieldScanner {
    let octets: ArraySlice<UInt8>
    private(set) var position: Int
    private let end: Int
    /// The section that errors name.
    let section: String

    init(_ text: some StringProtocol, section: String) {
        self.init(Array(text.utf8)[...], section: section)
    }

    init(_ octets: ArraySlice<UInt8>, section: String) {
        self.octets = octets
        position = octets.startIndex
        end = octets.endIndex
        self.section = section
    }

    var isAtEnd: Bool { position >= end }

    @inline(__always)
    var next: UInt8? { position < end ? octets[position] : nil }

    mutating func advance() {
        if position < end { position &+= 1 }
    }

    mutating func skipBlanks() {
        while let octet = next, OctetClass.isBlank(octet) { position += 1 }
    }

    /// Takes `octet`, with blanks around it, when it comes next.
    mutating func take(_ octet: UInt8) -> Bool {
        let start = position
        skipBlanks()
        guard next == octet else {
            position = start
            return false
        }
        position += 1
        skipBlanks()
        return true
    }

    /// The run of octets for which `matches` holds.
    @inline(__always)
    mutating func run(while matches: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        octets[place(while: matches)]
    }

    /// Where the run of octets is for which `matches` holds.
    @inline(__always)
    mutating func place(while matches: (UInt8) -> Bool) -> Range<Int> {
        let octets = octets
        let span = octets.span
        let first = octets.startIndex
        let start = position
        var reached = position
        while reached < end, matches(span[reached &- first]) { reached &+= 1 }
        position = reached
        return start..<reached
    }

    func text(_ place: Range<Int>) -> String { octets[place].asText }

    mutating func token(_ what: String) throws(ParseError) -> String {
        let token = place(while: OctetClass.isToken)
        guard !token.isEmpty else { throw error("\(what) is missing") }
        return text(token)
    }

    /// What is left, without blanks at the ends.
    mutating func rest() -> ArraySlice<UInt8> {
        defer { position = end }
        return octets[position...].trimmed
    }

    /// A quoted string that begins here, without its quotes and backslashes.
    mutating func quotedString(_ what: String) throws(ParseError) -> String {
        guard next == 0x22 else { throw error("\(what) does not begin with a quote") }
        position += 1
        if let text = plainQuotedString() { return text }
        var text: [UInt8] = []
        while let octet = next {
            position += 1
            switch octet {
            case 0x22:
                return text.asText
            case 0x5C:
                guard let escaped = next else { throw error("\(what) ends in a backslash") }
                text.append(escaped)
                position += 1
            default:
                text.append(octet)
            }
        }
        throw error("\(what) lacks its closing quote")
    }

    /// The rest of a quoted string that has no backslash in it; `nil`, and nothing is taken, for another.
    private mutating func plainQuotedString() -> String? {
        let start = position
        let plain = place { $0 != 0x22 && $0 != 0x5C }
        guard next == 0x22 else {
            position = start
            return nil
        }
        position += 1
        return text(plain)
    }

    /// What stands before the `>` that closes the `<` which was just taken.
    mutating func bracketed(_ what: String) throws(ParseError) -> ArraySlice<UInt8> {
        let bracketed = place { $0 != 0x3E }
        guard !isAtEnd else { throw error("\(what) lacks its closing >") }
        position += 1
        return octets[bracketed].trimmed
    }

    /// `*(;name[=value])` to the end of the text. One `;` too many at the end is let pass.
    mutating func parameters() throws(ParseError) -> Parameters {
        guard !isAtEnd else { return Parameters() }
        var parameters = Parameters()
        parameters.reserveCapacity(min(octets[position...].count(of: 0x3B), Limits.maxParameters))
        while take(0x3B) {
            if isAtEnd { break }
            guard parameters.count < Limits.maxParameters else {
                throw error("There are more than \(Limits.maxParameters) parameters")
            }
            let token = place(while: OctetClass.isToken)
            guard !token.isEmpty else { throw error("The name of a parameter is missing") }
            let name = Parameter.name(octets[token])
            guard take(0x3D) else {
                parameters.append(Parameter(name: name))
                continue
            }
            if next == 0x22 {
                parameters.append(Parameter(name: name, quoted: try quotedString("The value of \(name)")))
            } else {
                let value = place(while: OctetClass.isParameterValue)
                guard !value.isEmpty else { throw error("The value of \(name) is missing") }
                parameters.append(Parameter(name: name, value: text(value)))
            }
        }
        return parameters
    }

    /// Nothing but blanks may be left.
    mutating func finish(_ what: String) throws(ParseError) {
        skipBlanks()
        guard isAtEnd else { throw error("\(what) is followed by something that does not belong there") }
    }

    func error(_ message: String, status: Int = 400) -> ParseError {
        ParseError(offset: position - octets.startIndex, section: section, message: message, suggestedStatus: status)
    }
}
