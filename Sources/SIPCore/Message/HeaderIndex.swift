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

        /// The same line further on.
        func moved(by distance: Int) -> Entry {
            Entry(
                known, name: (name.lowerBound + distance)..<(name.upperBound + distance),
                value: (value.lowerBound + distance)..<(value.upperBound + distance), isFolded: isFolded)
        }
    }

    private(set) var entries: [Entry] = []
    /// The headers that are there, and those of which there is more than one line.
    private(set) var present = KnownHeaderSet()
    private(set) var repeated = KnownHeaderSet()
    private var firstLines = FirstLines()
    /// The first octet of the body, and the one behind its last.
    var body: Range<Int> = 0..<0
    /// What was wrong with a header line or the body's length; the message can be told but not used.
    var defect: ParseError?

    init() {}

    mutating func reserveCapacity(_ lines: Int) { entries.reserveCapacity(lines) }

    @inline(__always)
    mutating func append(_ entry: Entry) {
        if let known = entry.known { note(known, line: entries.count) }
        entries.append(entry)
    }

    @inline(__always)
    private mutating func note(_ header: KnownHeader, line: Int) {
        if present.contains(header) {
            repeated.insert(header)
        } else {
            present.insert(header)
            firstLines.set(header, line)
        }
    }

    /// The first line of a header.
    @inline(__always)
    func first(_ header: KnownHeader) -> Entry? {
        guard present.contains(header) else { return nil }
        if let line = firstLines.line(of: header), line < entries.count { return entries[line] }
        return entries.first { $0.known == header }
    }

    // MARK: Changing what was indexed

    /// The value of a line has become longer by `growth` octets, or shorter.
    mutating func growValue(ofLine number: Int, by growth: Int) {
        let entry = entries[number]
        entries[number] = Entry(
            entry.known, name: entry.name, value: entry.value.lowerBound..<(entry.value.upperBound + growth))
        for later in entries.indices.dropFirst(number + 1) { entries[later] = entries[later].moved(by: growth) }
        body = (body.lowerBound + growth)..<(body.upperBound + growth)
    }

    /// A line of so many octets is no longer there.
    mutating func removeLine(_ number: Int, ofOctets count: Int) {
        var rest = entries
        rest.remove(at: number)
        (entries, present, repeated, firstLines) = ([], KnownHeaderSet(), KnownHeaderSet(), FirstLines())
        for (line, entry) in rest.enumerated() { append(line < number ? entry : entry.moved(by: -count)) }
    }
}

/// Some of the headers that this library knows, a bit each.
struct KnownHeaderSet: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init(_ headers: KnownHeader...) {
        for header in headers { insert(header) }
    }

    @inline(__always)
    func contains(_ header: KnownHeader) -> Bool {
        (header.rawValue < 64 ? low : high) &>> UInt64(header.rawValue & 63) & 1 == 1
    }

    @inline(__always)
    mutating func insert(_ header: KnownHeader) {
        let bit = 1 as UInt64 &<< UInt64(header.rawValue & 63)
        if header.rawValue < 64 { low |= bit } else { high |= bit }
    }

    func intersects(_ other: KnownHeaderSet) -> Bool { low & other.low != 0 || high & other.high != 0 }
}

/// The numbers of the first lines of the sixteen headers that are looked for most: an octet each, one above the number.
private struct FirstLines: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    /// `nil` for another header, and for a line too far down to be noted.
    @inline(__always)
    func line(of header: KnownHeader) -> Int? {
        guard header.rawValue < 16 else { return nil }
        let word = header.rawValue < 8 ? low : high
        let octet = Int(truncatingIfNeeded: word &>> (UInt64(header.rawValue & 7) &* 8) & 0xFF)
        return octet == 0 ? nil : octet &- 1
    }

    @inline(__always)
    mutating func set(_ header: KnownHeader, _ line: Int) {
        guard header.rawValue < 16, line < 255 else { return }
        let octet = UInt64(truncatingIfNeeded: line &+ 1) &<< (UInt64(header.rawValue & 7) &* 8)
        if header.rawValue < 8 { low |= octet } else { high |= octet }
    }
}
