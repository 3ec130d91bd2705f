/// Where the header fields of a message are within its octets.
public struct HeaderIndex: Sendable {
    /// One header line. 16 octets, so that an index is small enough to be kept.
    struct Entry: Sendable {
        /// Which header it is; `nil` for a name that only the octets tell.
        let known: KnownHeader?
        /// Whether the value goes over several lines; then it still has its line ends.
        let isFolded: Bool
        private let nameLength: UInt16
        private let nameStart: UInt32
        private let valueStart: UInt32
        private let valueEnd: UInt32

        /// - Precondition: the message has less than 4 Gi octets, and the name less than 64 Ki.
        @inline(__always)
        init(_ known: KnownHeader?, name: Range<Int>, value: Range<Int>, isFolded: Bool = false) {
            self.known = known
            self.isFolded = isFolded
            nameLength = UInt16(truncatingIfNeeded: name.count)
            nameStart = UInt32(truncatingIfNeeded: name.lowerBound)
            valueStart = UInt32(truncatingIfNeeded: value.lowerBound)
            valueEnd = UInt32(truncatingIfNeeded: value.upperBound)
        }

        var name: Range<Int> { Int(nameStart)..<(Int(nameStart) + Int(nameLength)) }
        /// The value without blanks at its ends.
        var value: Range<Int> { Int(valueStart)..<Int(max(valueStart, valueEnd)) }

        /// The same line further on, with a value of another length.
        func moved(by distance: Int, growing growth: Int = 0) -> Entry {
            Entry(
                known, name: (name.lowerBound + distance)..<(name.upperBound + distance),
                value: (value.lowerBound + distance)..<(value.upperBound + distance + growth), isFolded: isFolded)
        }
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
        // The index has 32 bits for a place.
        let most = min(limits.maxMessageOctets, Int(UInt32.max))
        guard octets.count <= most else {
            throw ParseError(
                offset: most, section: "RFC 3261 §21.4.11",
                message: "The message has \(octets.count) octets; \(most) are read",
                suggestedStatus: 513)
        }
        self.octets = octets
        self.limits = limits
        // Empty lines before the start line are let pass (RFC 3261 §7.5).
        while position < octets.count, octets[position] == 0x0D || octets[position] == 0x0A { position += 1 }
    }

    mutating func startLine() throws(ParseError) -> Range<Int> {
        guard let line = nextLine(), !line.isEmpty else {
            throw ParseError(offset: position, section: "RFC 3261 §7", message: "There is no start line")
        }
        guard line.count <= limits.maxHeaderLineOctets else {
            throw ParseError(
                offset: position, section: "RFC 3261 §7", message: "The start line is too long", suggestedStatus: 414)
        }
        return line
    }

    /// The octets up to the next line end, which is CR LF or a bare LF, and what is behind it.
    @inline(__always)
    private mutating func nextLine() -> Range<Int>? {
        let octets = octets
        let span = octets.span
        let start = position
        guard start < span.count else { return nil }
        var end = start
        while end < span.count, span[end] != 0x0A { end &+= 1 }
        position = min(end &+ 1, span.count)
        // At the end of the octets a line needs no line end.
        guard end < span.count else { return start..<end }
        return start..<(end > start && span[end &- 1] == 0x0D ? end &- 1 : end)
    }

    mutating func headers() {
        index.entries.reserveCapacity(32)
        while true {
            let start = position
            // The name is read while looking for its colon; the line is cut only then.
            var key = KnownHeader.Key()
            let name = nameOctets(from: start, into: &key)
            guard var line = nextLine(), !line.isEmpty else { break }
            var isFolded = false
            while position < octets.count, OctetClass.isBlank(octets[position]), let fold = nextLine() {
                line = line.lowerBound..<fold.upperBound
                isFolded = true
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
            add(line, name: start..<name, key: key, isFolded: isFolded)
        }
        measureBody()
    }

    /// Where the token that begins at `start` ends.
    @inline(__always)
    private func nameOctets(from start: Int, into key: inout KnownHeader.Key) -> Int {
        let octets = octets
        let span = octets.span
        var end = start
        while end < span.count {
            let octet = span[end]
            guard OctetClass.isToken(octet) else { break }
            key.append(octet)
            end &+= 1
        }
        return end
    }

    @inline(__always)
    private mutating func add(_ line: Range<Int>, name: Range<Int>, key: KnownHeader.Key, isFolded: Bool) {
        let octets = octets
        let span = octets.span
        var colon = name.upperBound
        while colon < line.upperBound, OctetClass.isBlank(span[colon]) { colon &+= 1 }
        guard !name.isEmpty, name.count <= Int(UInt16.max), colon < line.upperBound, span[colon] == 0x3A else {
            noteFaultyName(line)
            return
        }
        var start = colon &+ 1
        var end = line.upperBound
        while start < end, OctetClass.isBlankOrLineEnd(span[start]) { start &+= 1 }
        while end > start, OctetClass.isBlankOrLineEnd(span[end &- 1]) { end &-= 1 }
        index.entries.append(HeaderIndex.Entry(KnownHeader(key), name: name, value: start..<end, isFolded: isFolded))
    }

    private mutating func noteFaultyName(_ line: Range<Int>) {
        let hasColon = octets[line].contains(0x3A)
        note(
            line.lowerBound, "RFC 3261 §7.3",
            hasColon ? "The name of a header is no token" : "A header line has no colon")
    }

    private mutating func measureBody() {
        index.body = position..<octets.count
        var value: Range<Int>?
        for entry in index.entries where entry.known == .contentLength {
            guard let first = value else {
                value = entry.value
                continue
            }
            guard octets[entry.value].elementsEqual(octets[first]) else {
                note(first.lowerBound, "RFC 3261 §20.14", "There are different values of Content-Length")
                return
            }
        }
        guard let value else { return }
        guard let length = octets[value].decimal else {
            note(value.lowerBound, "RFC 3261 §20.14", "Content-Length is no number")
            return
        }
        let present = octets.count - position
        guard length <= limits.maxMessageOctets - position else {
            note(
                value.lowerBound, "RFC 3261 §20.14",
                "Content-Length is \(length); a message may have \(limits.maxMessageOctets) octets", status: 513)
            return
        }
        guard length <= present else {
            note(
                value.lowerBound, "RFC 3261 §20.14",
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
