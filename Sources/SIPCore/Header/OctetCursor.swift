internal import TelephonyPrimitives

/// A place that moves through octets from left to right, and the grammar that most header values share.
///
/// The octets are handed in with each step, so that looking at them counts no references. Works on octets and not on
/// characters, so that no combining character can hide a delimiter.
struct OctetCursor {
    private(set) var position: Int
    let start: Int
    let end: Int
    /// The section that errors name.
    let section: StaticString

    init(_ place: Range<Int>, section: StaticString) {
        position = place.lowerBound
        start = place.lowerBound
        end = place.upperBound
        self.section = section
    }

    @inline(__always)
    var isAtEnd: Bool { position >= end }

    @inline(__always)
    func next(_ octets: Span<UInt8>) -> UInt8? { position < end ? octets[position] : nil }

    @inline(__always)
    mutating func advance() {
        if position < end { position &+= 1 }
    }

    /// Goes back to where it was, or on to the end.
    mutating func move(to place: Int) { position = min(max(place, start), end) }

    @inline(__always)
    mutating func skipBlanks(_ octets: Span<UInt8>) {
        while position < end, OctetClass.isBlank(octets[position]) { position &+= 1 }
    }

    /// Takes `octet`, with blanks around it, when it comes next.
    @inline(__always)
    mutating func take(_ octet: UInt8, _ octets: Span<UInt8>) -> Bool {
        var place = position
        while place < end, OctetClass.isBlank(octets[place]) { place &+= 1 }
        guard place < end, octets[place] == octet else { return false }
        position = place &+ 1
        skipBlanks(octets)
        return true
    }

    /// Where the run of octets is for which `matches` holds.
    @inline(__always)
    mutating func place(_ octets: Span<UInt8>, while matches: (UInt8) -> Bool) -> Range<Int> {
        let first = position
        var reached = first
        while reached < end, matches(octets[reached]) { reached &+= 1 }
        position = reached
        return first..<reached
    }

    /// Where a token is, which has to come next.
    @inline(__always)
    mutating func token(_ what: StaticString, _ octets: Span<UInt8>) throws(ParseError) -> Range<Int> {
        let token = place(octets, while: OctetClass.isToken)
        guard !token.isEmpty else { throw error("\(what) is missing") }
        return token
    }

    /// Where the text of a quoted string is that begins here.
    mutating func quoted(_ what: StaticString, _ octets: Span<UInt8>) throws(ParseError) -> QuotedPlace {
        guard next(octets) == 0x22 else { throw error("\(what) does not begin with a quote") }
        position &+= 1
        let first = position
        var hasEscapes = false
        while position < end {
            let octet = octets[position]
            position &+= 1
            if octet == 0x22 { return QuotedPlace(place: first..<(position &- 1), hasEscapes: hasEscapes) }
            guard octet == 0x5C else { continue }
            guard position < end else { throw error("\(what) ends in a backslash") }
            position &+= 1
            hasEscapes = true
        }
        throw error("\(what) lacks its closing quote")
    }

    /// What stands before the `>` that closes the `<` which was just taken, without blanks at its ends.
    mutating func bracketed(_ what: StaticString, _ octets: Span<UInt8>) throws(ParseError) -> Range<Int> {
        guard let close = octets.firstPlace(of: 0x3E, from: position, to: end) else {
            position = end
            throw error("\(what) lacks its closing >")
        }
        defer { position = close &+ 1 }
        return octets.trimmed(position..<close)
    }

    /// The parameter that comes next, of `*(;name[=value])`; `nil` where none does. One `;` too many at the end is let
    /// pass.
    /// - Parameter count: how many there were before it.
    mutating func nextParameter(after count: Int, _ octets: Span<UInt8>) throws(ParseError) -> ParameterPlace? {
        guard !isAtEnd, take(0x3B, octets), !isAtEnd else { return nil }
        guard count < Limits.maxParameters else {
            throw error("There are more than \(Limits.maxParameters) parameters")
        }
        let name = try token("The name of a parameter", octets)
        guard take(0x3D, octets) else { return ParameterPlace(name: name, value: .none) }
        if next(octets) == 0x22 {
            return ParameterPlace(name: name, value: .quoted(try quoted("The value of a parameter", octets)))
        }
        let first = position
        position = octets.endOfParameterValue(from: first, to: end)
        let value = first..<position
        guard !value.isEmpty else { throw error("The value of a parameter is missing") }
        return ParameterPlace(name: name, value: .plain(value))
    }

    /// Goes over all parameters.
    mutating func skipParameters(_ octets: Span<UInt8>) throws(ParseError) {
        var count = 0
        while try nextParameter(after: count, octets) != nil { count &+= 1 }
    }

    /// Nothing but blanks may be left.
    @inline(__always)
    mutating func finish(_ what: StaticString, _ octets: Span<UInt8>) throws(ParseError) {
        skipBlanks(octets)
        guard isAtEnd else { throw error("\(what) is followed by something that does not belong there") }
    }

    func error(_ message: String, status: Int = 400) -> ParseError {
        ParseError(offset: position - start, section: "\(section)", message: message, suggestedStatus: status)
    }
}

/// Where the text between two quotes is.
struct QuotedPlace {
    let place: Range<Int>
    /// Whether there are backslashes in it.
    let hasEscapes: Bool
}

/// Where the parts of a parameter are.
struct ParameterPlace {
    enum Value {
        case none
        case plain(Range<Int>)
        case quoted(QuotedPlace)
    }

    let name: Range<Int>
    let value: Value
}

extension Span<UInt8> {
    /// Where what may stand in a value without quotes ends.
    @inline(__always)
    fileprivate func endOfParameterValue(from start: Int, to end: Int) -> Int {
        var place = start
        while place &+ 8 <= end {
            let word = word(at: place)
            if OctetWord.hasOctets(below: 0x23, word) || OctetWord.has(0x2C, word) || OctetWord.has(0x3B, word)
                || OctetWord.has(0x7F, word)
            {
                break
            }
            place &+= 8
        }
        while place < end, OctetClass.isParameterValue(self[place]) { place &+= 1 }
        return place
    }

    /// `place` without blanks at its ends.
    @inline(__always)
    func trimmed(_ place: Range<Int>) -> Range<Int> {
        var (first, end) = (place.lowerBound, place.upperBound)
        while first < end, OctetClass.isBlank(self[first]) { first &+= 1 }
        while end > first, OctetClass.isBlank(self[end &- 1]) { end &-= 1 }
        return first..<end
    }

    /// Whether these octets are `other` in any case.
    func isEqual(_ place: Range<Int>, ignoringCase other: Span<UInt8>) -> Bool {
        guard place.count == other.count else { return false }
        for index in other.indices {
            guard OctetClass.lowercase(self[place.lowerBound &+ index]) == OctetClass.lowercase(other[index]) else {
                return false
            }
        }
        return true
    }

    /// The octets in lower case in one word, the first in the lowest bits: for comparing with short names. What is
    /// longer than eight octets is no short name.
    @inline(__always)
    func shortName(_ place: Range<Int>) -> UInt64 {
        guard place.count <= 8 else { return 0 }
        var word: UInt64 = 0
        var shift: UInt64 = 0
        for index in place {
            word |= UInt64(OctetClass.lowercase(self[index])) &<< shift
            shift &+= 8
        }
        return word
    }
}

/// Names that are looked for in every message, as ``Span/shortName(_:)`` makes them.
enum ShortName {
    static let sip: UInt64 = 0x70_6973
    static let sips: UInt64 = 0x7370_6973
    static let tel: UInt64 = 0x6C_6574
    static let tag: UInt64 = 0x67_6174
    static let rport: UInt64 = 0x74_726F_7072
    static let branch: UInt64 = 0x6863_6E61_7262
    static let received: UInt64 = 0x6465_7669_6563_6572
}
