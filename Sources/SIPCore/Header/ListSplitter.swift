internal import TelephonyPrimitives

/// Cuts a header value at the commas that are neither in a quoted string nor between angle brackets
/// (RFC 3261 §7.3.1).
enum ListSplitter {
    /// The parts, without blanks around them; empty ones included.
    static func split(_ text: String) -> [String] {
        split(Array(text.utf8)[...]).map(\.asText)
    }

    /// The parts, without blanks around them; empty ones included.
    static func split(_ octets: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] { Array(ListValues(octets)) }
}

/// The values of a comma-separated list one after the other, without blanks around them; empty ones included.
struct ListValues: Sequence, IteratorProtocol {
    private let octets: ArraySlice<UInt8>
    private var places: ListPlaces

    init(_ octets: ArraySlice<UInt8>) {
        self.octets = octets
        places = ListPlaces(octets.span, 0..<octets.count)
    }

    mutating func next() -> ArraySlice<UInt8>? {
        let octets = octets
        guard let place = places.next(octets.span) else { return nil }
        return octets[(octets.startIndex &+ place.lowerBound)..<(octets.startIndex &+ place.upperBound)]
    }
}

/// Where the values of a comma-separated list are, one after the other.
struct ListPlaces {
    /// Where the next value begins; `nil` behind the last.
    private var position: Int?
    private let end: Int
    private let hasCommas: Bool

    init(_ octets: Span<UInt8>, _ place: Range<Int>) {
        position = place.lowerBound
        end = place.upperBound
        hasCommas = octets.firstPlace(of: 0x2C, from: place.lowerBound, to: place.upperBound) != nil
    }

    /// Where the next value is, without blanks around it.
    mutating func next(_ octets: Span<UInt8>) -> Range<Int>? {
        guard let start = position else { return nil }
        guard hasCommas, let comma = comma(octets, from: start) else {
            position = nil
            return octets.trimmed(start..<end)
        }
        position = comma &+ 1
        return octets.trimmed(start..<comma)
    }

    /// Where all values are that come next, without blanks around them; `nil` without any.
    func rest(_ octets: Span<UInt8>) -> Range<Int>? { position.map { octets.trimmed($0..<end) } }

    /// The next comma that is neither in a quoted string nor between angle brackets.
    private func comma(_ octets: Span<UInt8>, from start: Int) -> Int? {
        var place = start
        var isInQuotes = false
        var isInBrackets = false
        while place < end {
            switch octets[place] {
            case 0x5C where isInQuotes: place &+= 1
            case 0x22 where !isInBrackets: isInQuotes.toggle()
            case 0x3C where !isInQuotes: isInBrackets = true
            case 0x3E where !isInQuotes: isInBrackets = false
            case 0x2C where !isInQuotes && !isInBrackets: return place
            default: break
            }
            place &+= 1
        }
        return nil
    }
}
