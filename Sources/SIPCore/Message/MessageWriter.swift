internal import TelephonyPrimitives

/// A message being written: its octets so far, and the index of its header lines, which grows with them.
///
/// Nothing that is written ends its line: CR, LF and NUL become blanks. NUL may stand behind a backslash
/// (RFC 3261 §25.1).
struct MessageWriter: Sendable {
    private(set) var octets: [UInt8] = []
    private(set) var index = HeaderIndex()

    init(capacity: Int) {
        octets.reserveCapacity(capacity)
        index.reserveCapacity(24)
    }

    /// Goes on with a message that is whole.
    init(changing octets: [UInt8], _ index: HeaderIndex) {
        self.octets = octets
        self.index = index
    }

    /// Writes what belongs to the start line, and says where it is now.
    @discardableResult
    mutating func write(_ text: String) -> Range<Int> {
        let start = octets.count
        octets += text.utf8
        makeHarmless(from: start)
        return start..<octets.count
    }

    mutating func write(_ slice: ArraySlice<UInt8>) {
        let start = octets.count
        octets += slice
        makeHarmless(from: start)
    }

    /// Writes a number of 0 to 999 with three digits, as a status has them.
    mutating func write(status: Int) {
        for divisor in [100, 10, 1] { octets.append(0x30 &+ UInt8(truncatingIfNeeded: status / divisor % 10)) }
    }

    mutating func endLine() {
        octets.append(0x0D)
        octets.append(0x0A)
    }

    // MARK: Header lines

    mutating func line(_ name: HeaderName, _ value: String) {
        let place = begin(name)
        write(value)
        end(name, place)
    }

    /// A line with the value of another message's line, and perhaps a tag behind it.
    mutating func line(_ name: HeaderName, _ value: ArraySlice<UInt8>, tag: Tag? = nil) {
        let place = begin(name)
        write(value)
        if let tag {
            octets += ";tag=".utf8
            write(tag.text)
        }
        end(name, place)
    }

    private mutating func begin(_ name: HeaderName) -> Range<Int> {
        guard let known = name.known else {
            let place = write(name.text)
            octets.append(0x3A)
            octets.append(0x20)
            return place
        }
        let start = octets.count
        octets += Self.beginnings[Int(known.rawValue)]
        return start..<(octets.count &- 2)
    }

    /// What the line of each known header begins with.
    private static let beginnings = KnownHeader.allCases.map { Array("\($0.text): ".utf8) }

    private mutating func end(_ name: HeaderName, _ place: Range<Int>) {
        index.append(HeaderIndex.Entry(name.known, name: place, value: (place.upperBound + 2)..<octets.count))
        endLine()
    }

    /// All lines of `lines`, in one piece.
    mutating func append(_ lines: HeaderLines) {
        let distance = octets.count
        octets += lines.writer.octets
        for entry in lines.writer.index.entries { index.append(entry.moved(by: distance)) }
    }

    // MARK: Changing what was written

    /// Puts another value in the place of line `number`'s; what is behind it moves.
    mutating func replaceValue(ofLine number: Int, with value: String) {
        let entry = index.entries[number]
        let rest = octets[entry.value.upperBound...]
        var changed: [UInt8] = []
        changed.reserveCapacity(octets.count + value.utf8.count)
        changed += octets[..<entry.value.lowerBound]
        octets = changed
        write(value)
        let growth = octets.count - entry.value.upperBound
        octets += rest
        index.growValue(ofLine: number, by: growth)
    }

    /// Takes line `number` out.
    mutating func removeLine(_ number: Int) {
        let entry = index.entries[number]
        // Lines are written without gaps: each ends where the next name begins.
        let end = number + 1 < index.entries.count ? index.entries[number + 1].name.lowerBound : octets.count
        octets.removeSubrange(entry.name.lowerBound..<end)
        index.removeLine(number, ofOctets: end - entry.name.lowerBound)
    }

    // MARK: The end

    /// The empty line, Content-Length before it, and the body.
    mutating func finish(body: [UInt8]) {
        line(.contentLength, String(body.count))
        endLine()
        index.body = octets.count..<(octets.count + body.count)
        octets += body
    }

    private mutating func makeHarmless(from start: Int) {
        guard octets.span.hasLineEndOrNUL(from: start) else { return }
        var last: UInt8 = 0
        for place in start..<octets.count {
            let octet = octets[place]
            if octet == 0x0D || octet == 0x0A || (octet == 0 && last != 0x5C) { octets[place] = 0x20 }
            last = octet
        }
    }
}

/// Header lines that are the same in many messages: written once, and put into each in one piece.
package struct HeaderLines: Sendable {
    fileprivate(set) var writer = MessageWriter(capacity: 128)

    package init() {}

    /// Adds a line at the end.
    package mutating func add(_ name: HeaderName, _ value: String) {
        // Content-Length is written by the builder alone.
        if name.known != .contentLength { writer.line(name, value) }
    }
}
