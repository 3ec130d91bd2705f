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
    /// Where the next value begins; `nil` behind the last.
    private var position: Int?
    private let hasCommas: Bool
    private var count = 0

    init(_ octets: ArraySlice<UInt8>) {
        self.octets = octets
        position = octets.startIndex
        hasCommas = octets.has(0x2C)
    }

    mutating func next() -> ArraySlice<UInt8>? {
        guard let start = position, count < Limits.maxListItems else { return nil }
        count &+= 1
        guard hasCommas, let comma = comma(from: start) else {
            position = nil
            return octets[start...].trimmed
        }
        position = comma &+ 1
        return octets[start..<comma].trimmed
    }

    /// The next comma that is neither in a quoted string nor between angle brackets.
    private func comma(from start: Int) -> Int? {
        let octets = octets
        let span = octets.span
        let first = octets.startIndex
        var place = start
        var isInQuotes = false
        var isInBrackets = false
        while place < octets.endIndex {
            switch span[place &- first] {
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
