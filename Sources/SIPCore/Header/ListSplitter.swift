/// Cuts a header value at the commas that are neither in a quoted string nor between angle brackets
/// (RFC 3261 §7.3.1).
enum ListSplitter {
    /// The parts, without blanks around them; empty ones included.
    static func split(_ text: String) -> [String] {
        let octets = Array(text.utf8)
        var parts: [String] = []
        var start = 0
        var index = 0
        var isInQuotes = false
        var isInBrackets = false
        while index < octets.count, parts.count < Limits.maxListItems {
            switch octets[index] {
            case 0x5C where isInQuotes: index += 1
            case 0x22 where !isInBrackets: isInQuotes.toggle()
            case 0x3C where !isInQuotes: isInBrackets = true
            case 0x3E where !isInQuotes: isInBrackets = false
            case 0x2C where !isInQuotes && !isInBrackets:
                parts.append(octets[start..<index].trimmed.asText)
                start = index + 1
            default: break
            }
            index += 1
        }
        if parts.count < Limits.maxListItems { parts.append(octets[start...].trimmed.asText) }
        return parts
    }
}
