internal import TelephonyPrimitives

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
        let octets = octets
        let start = position
        let end = endLine(octets.span)
        guard end > start else {
            throw ParseError(offset: position, section: "RFC 3261 §7", message: "There is no start line")
        }
        guard end - start <= limits.maxHeaderLineOctets else {
            throw ParseError(
                offset: position, section: "RFC 3261 §7", message: "The start line is too long", suggestedStatus: 414)
        }
        return start..<end
    }

    /// Goes behind the line end that comes next, which is CR LF or a bare LF, and says where the line before it ends.
    /// At the end of the octets a line needs no line end.
    @inline(__always)
    private mutating func endLine(_ span: Span<UInt8>) -> Int {
        let start = position
        guard let end = span.firstPlace(of: 0x0A, from: start, to: span.count) else {
            position = span.count
            return span.count
        }
        position = end &+ 1
        return end > start && span[end &- 1] == 0x0D ? end &- 1 : end
    }

    mutating func headers() {
        let octets = octets
        let span = octets.span
        let names = KnownHeader.names
        let limits = limits
        index.reserveCapacity(32)
        // Those count too that are no headers, or go on with one.
        var lines = 0
        while position < span.count {
            let start = position
            var end = endLine(span)
            guard end > start else { break }
            var isFolded = false
            while position < span.count, OctetClass.isBlank(span[position]) {
                end = endLine(span)
                isFolded = true
                lines &+= 1
            }
            lines &+= 1
            guard lines <= limits.maxHeaders else {
                note(
                    start, "RFC 3261 §21.4.11", "There are more than \(limits.maxHeaders) lines of headers", status: 513
                )
                // Nobody looks for the body of what can't be used.
                index.body = span.count..<span.count
                return
            }
            guard end &- start <= limits.maxHeaderLineOctets else {
                note(
                    start, "RFC 3261 §21.4.11", "A header is longer than \(limits.maxHeaderLineOctets) octets",
                    status: 513)
                continue
            }
            add(span, start..<end, isFolded: isFolded, names: names)
        }
        measureBody()
    }

    @inline(__always)
    private mutating func add(_ span: Span<UInt8>, _ line: Range<Int>, isFolded: Bool, names: KnownHeader.Names) {
        // A name that is known is a token; only others are looked at octet by octet.
        let key = KnownHeader.Key(span, from: line.lowerBound)
        var nameEnd = line.lowerBound &+ key.count
        var colon = nameEnd
        let known = names.header(for: key)
        if known == nil {
            nameEnd = endOfToken(span, from: line.lowerBound)
            colon = nameEnd
            while colon < line.upperBound, OctetClass.isBlank(span[colon]) { colon &+= 1 }
            guard nameEnd > line.lowerBound, nameEnd &- line.lowerBound <= Int(UInt16.max), colon < line.upperBound,
                span[colon] == 0x3A
            else {
                noteFaultyName(line)
                return
            }
        }
        var start = colon &+ 1
        var end = line.upperBound
        while start < end, OctetClass.isBlankOrLineEnd(span[start]) { start &+= 1 }
        while end > start, OctetClass.isBlankOrLineEnd(span[end &- 1]) { end &-= 1 }
        index.append(
            HeaderIndex.Entry(
                known ?? (colon > nameEnd ? names.header(span, line.lowerBound..<nameEnd) : nil),
                name: line.lowerBound..<nameEnd, value: start..<end, isFolded: isFolded))
    }

    private func endOfToken(_ span: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < span.count, OctetClass.isToken(span[end]) { end &+= 1 }
        return end
    }

    private mutating func noteFaultyName(_ line: Range<Int>) {
        guard index.defect == nil else { return }
        let hasColon = octets[line].has(0x3A)
        note(
            line.lowerBound, "RFC 3261 §7.3",
            hasColon ? "The name of a header is no token" : "A header line has no colon")
    }

    private mutating func measureBody() {
        index.body = position..<octets.count
        guard let value = index.first(.contentLength)?.value else { return }
        for entry in index.entries where index.repeated.contains(.contentLength) && entry.known == .contentLength {
            guard octets[entry.value].elementsEqual(octets[value]) else {
                note(value.lowerBound, "RFC 3261 §20.14", "There are different values of Content-Length")
                return
            }
        }
        guard let length = octets[value].decimal else {
            note(value.lowerBound, "RFC 3261 §20.14", "Content-Length is no number")
            return
        }
        let limits = limits
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

    /// Only the first fault is kept; the sentence is not made for the others, of which there may be thousands.
    private mutating func note(
        _ offset: Int, _ section: String, _ message: @autoclosure () -> String, status: Int = 400
    ) {
        guard index.defect == nil else { return }
        index.defect = ParseError(offset: offset, section: section, message: message(), suggestedStatus: status)
    }
}
