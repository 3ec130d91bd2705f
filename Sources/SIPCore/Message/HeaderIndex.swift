/// Where the header fields of a message are within its octets.
public struct HeaderIndex: Sendable {
    struct Entry: Sendable {
        let name: HeaderName
        /// The value without blanks at its ends; a folded one still has its line ends.
        let value: Range<Int>
    }

    var entries: [Entry] = []
    /// The first octet of the body, and the one behind its last.
    var body: Range<Int> = 0..<0
    /// What was wrong with a header line or the body's length; the message can be told but not used.
    var defect: ParseError?

    init() {}
}

/// Cuts the octets of a message into start line, headers and body (RFC 3261 §7).
struct MessageParser {
    private let octets: [UInt8]
    private let limits: Limits
    private var position = 0
    private(set) var index = HeaderIndex()

    init(_ octets: [UInt8], limits: Limits) throws(ParseError) {
        guard octets.count <= limits.maxMessageOctets else {
            throw ParseError(
                offset: limits.maxMessageOctets, section: "RFC 3261 §21.4.11",
                message: "The message has \(octets.count) octets; \(limits.maxMessageOctets) are read",
                suggestedStatus: 513)
        }
        self.octets = octets
        self.limits = limits
        // Empty lines before the start line are let pass (RFC 3261 §7.5).
        while position < octets.count, octets[position] == 0x0D || octets[position] == 0x0A { position += 1 }
    }

    mutating func startLine() throws(ParseError) -> ArraySlice<UInt8> {
        guard let line = nextLine(), !line.isEmpty else {
            throw ParseError(offset: position, section: "RFC 3261 §7", message: "There is no start line")
        }
        guard line.count <= limits.maxHeaderLineOctets else {
            throw ParseError(
                offset: position, section: "RFC 3261 §7", message: "The start line is too long", suggestedStatus: 414)
        }
        return octets[line]
    }

    /// The octets up to the next line end, which is CR LF or a bare LF, and what is behind it.
    private mutating func nextLine() -> Range<Int>? {
        guard position < octets.count else { return nil }
        let start = position
        guard let end = octets[start...].firstIndex(of: 0x0A) else {
            position = octets.count
            return start..<octets.count
        }
        position = end + 1
        return start..<(end > start && octets[end - 1] == 0x0D ? end - 1 : end)
    }

    mutating func headers() {
        while true {
            let start = position
            guard var line = nextLine(), !line.isEmpty else { break }
            while position < octets.count, OctetClass.isBlank(octets[position]), let fold = nextLine() {
                line = line.lowerBound..<fold.upperBound
            }
            guard index.entries.count < limits.maxHeaders else {
                note(start, "RFC 3261 §21.4.11", "There are more than \(limits.maxHeaders) headers", status: 513)
                continue
            }
            guard line.count <= limits.maxHeaderLineOctets else {
                note(
                    start, "RFC 3261 §21.4.11", "A header is longer than \(limits.maxHeaderLineOctets) octets",
                    status: 513)
                continue
            }
            add(line)
        }
        measureBody()
    }

    private mutating func add(_ line: Range<Int>) {
        guard let colon = octets[line].firstIndex(of: 0x3A) else {
            note(line.lowerBound, "RFC 3261 §7.3", "A header line has no colon")
            return
        }
        let name = octets[line.lowerBound..<colon].trimmed
        guard !name.isEmpty, name.startIndex == line.lowerBound, name.allSatisfy(OctetClass.isToken) else {
            note(line.lowerBound, "RFC 3261 §7.3", "The name of a header is no token")
            return
        }
        var value = octets[(colon + 1)..<line.upperBound]
        while let first = value.first, OctetClass.isBlank(first) || first == 0x0D || first == 0x0A {
            value.removeFirst()
        }
        while let last = value.last, OctetClass.isBlank(last) || last == 0x0D || last == 0x0A { value.removeLast() }
        index.entries.append(
            HeaderIndex.Entry(name: HeaderName(name.asText), value: value.startIndex..<value.endIndex))
    }

    private mutating func measureBody() {
        index.body = position..<octets.count
        let lengths = index.entries.filter { $0.name == .contentLength }
        guard let first = lengths.first else { return }
        guard lengths.allSatisfy({ octets[$0.value].elementsEqual(octets[first.value]) }) else {
            note(first.value.lowerBound, "RFC 3261 §20.14", "There are different values of Content-Length")
            return
        }
        let digits = octets[first.value]
        guard !digits.isEmpty, digits.allSatisfy(OctetClass.isDigit), let length = Int(digits.asText) else {
            note(first.value.lowerBound, "RFC 3261 §20.14", "Content-Length is no number")
            return
        }
        let present = octets.count - position
        guard length <= limits.maxMessageOctets - position else {
            note(
                first.value.lowerBound, "RFC 3261 §20.14",
                "Content-Length is \(length); a message may have \(limits.maxMessageOctets) octets", status: 513)
            return
        }
        guard length <= present else {
            note(
                first.value.lowerBound, "RFC 3261 §20.14",
                "Content-Length says \(length) octets and \(present) are there")
            return
        }
        index.body = position..<(position + length)
    }

    private mutating func note(_ offset: Int, _ section: String, _ message: String, status: Int = 400) {
        guard index.defect == nil else { return }
        index.defect = ParseError(offset: offset, section: section, message: message, suggestedStatus: status)
    }
}
