/// Cuts a header value at the commas that are neither in a quoted string nor between angle brackets
/// (RFC 3261 §7.3.1).
enum ListSplitter {
    /// The parts, without blanks around them; empty ones included.
    static func split(_ text: String) -> [String] {
        split(Array(text.utf8)[...]).map(\.asText)
    }

    /// The parts, without blanks around them; empty ones included.
    static func split(_ octets: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        guard octets.contains(0x2C) else { return [octets.trimmed] }
        var parts: [ArraySlice<UInt8>] = []
        var start = octets.startIndex
        var index = start
        var isInQuotes = false
        var isInBrackets = false
        while index < octets.endIndex, parts.count < Limits.maxListItems {
            switch octets[index] {
            case 0x5C where isInQuotes: index += 1
            case 0x22 where !isInBrackets: isInQuotes.toggle()
            case 0x3C where !isInQuotes: isInBrackets = true
            case 0x3E where !isInQuotes: isInBrackets = false
            case 0x2C where !isInQuotes && !isInBrackets:
                parts.append(octets[start..<index].trimmed)
                start = index + 1
            default: break
            }
            index += 1
        }
        if parts.count < Limits.maxListItems { parts.append(octets[start...].trimmed) }
        return parts
    }
}
