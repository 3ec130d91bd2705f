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
        let octets = octets
        let span = octets.span
        let first = octets.startIndex
        let start = position
        var reached = position
        while reached < end, matches(span[reached &- first]) { reached &+= 1 }
        position = reached
        return octets[start..<reached]
    }

    mutating func token(_ what: String) throws(ParseError) -> String {
        let token = run(while: OctetClass.isToken)
        guard !token.isEmpty else { throw error("\(what) is missing") }
        return token.asText
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

    /// What stands before the `>` that closes the `<` which was just taken.
    mutating func bracketed(_ what: String) throws(ParseError) -> ArraySlice<UInt8> {
        let start = position
        while let octet = next {
            position += 1
            if octet == 0x3E { return octets[start..<(position - 1)].trimmed }
        }
        throw error("\(what) lacks its closing >")
    }

    /// `*(;name[=value])` to the end of the text. One `;` too many at the end is let pass.
    mutating func parameters() throws(ParseError) -> Parameters {
        var parameters = Parameters()
        while take(0x3B) {
            if isAtEnd { break }
            guard parameters.count < Limits.maxParameters else {
                throw error("There are more than \(Limits.maxParameters) parameters")
            }
            let name = try token("The name of a parameter")
            guard take(0x3D) else {
                parameters.append(Parameter(name: name))
                continue
            }
            if next == 0x22 {
                parameters.append(Parameter(name: name, quoted: try quotedString("The value of \(name)")))
            } else {
                let value = run { $0 > 0x20 && $0 != 0x7F && $0 != 0x22 && $0 != 0x3B && $0 != 0x2C }
                guard !value.isEmpty else { throw error("The value of \(name) is missing") }
                parameters.append(Parameter(name: name, value: value.asText))
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
