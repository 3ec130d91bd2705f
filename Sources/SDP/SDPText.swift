internal import TelephonyPrimitives

/// A part of a description's octets: a line, or what stands in one. Nothing is copied before ``text`` is asked for.
struct SDPText {
    private let octets: [UInt8]
    private(set) var start: Int
    let end: Int

    init(_ octets: [UInt8], _ place: Range<Int>) {
        self.octets = octets
        start = place.lowerBound
        end = place.upperBound
    }

    private func part(_ start: Int, _ end: Int) -> SDPText { SDPText(octets, start..<max(start, end)) }

    var isEmpty: Bool { start >= end }

    /// Whether there are only blanks in it.
    var isBlank: Bool {
        for place in start..<end where !SDP.isBlank(octets[place]) { return false }
        return true
    }

    /// What a line is of, and what stands behind its equals sign; `nil` for what is no line of a description.
    var typeAndValue: (type: UInt8, value: SDPText)? {
        guard end &- start >= 2, octets[start &+ 1] == UInt8(ascii: "=") else { return nil }
        return (octets[start], part(start &+ 2, end))
    }

    /// Without blanks at the end.
    var trimmedAtEnd: SDPText {
        var end = end
        while end > start, SDP.isBlank(octets[end &- 1]) { end &-= 1 }
        return part(start, end)
    }

    /// Takes the next part between blanks; peers put several or trailing ones.
    mutating func nextField() -> SDPText? {
        let octets = octets
        let span = octets.span
        var first = start
        while first < end, SDP.isBlank(span[first]) { first &+= 1 }
        guard first < end else { return nil }
        var last = first
        while last < end, !SDP.isBlank(span[last]) { last &+= 1 }
        start = last
        return part(first, last)
    }

    /// How many parts between blanks there are.
    var fieldCount: Int {
        var rest = self
        var count = 0
        while rest.nextField() != nil { count &+= 1 }
        return count
    }

    /// What stands before the first `octet`, and what behind it; `nil` behind it when there is none.
    func cut(at octet: UInt8) -> (SDPText, SDPText?) {
        guard let place = octets.span.firstPlace(of: octet, from: start, to: end) else { return (self, nil) }
        return (part(start, place), part(place &+ 1, end))
    }

    func isEqual(to text: String) -> Bool { octets[start..<end].elementsEqual(text.utf8) }

    /// A decimal number of digits only, at most 18 of them; `nil` for a sign, a blank or anything else.
    var decimal: Int? {
        guard (1...18).contains(end &- start) else { return nil }
        var number = 0
        for place in start..<end {
            let octet = octets[place]
            guard octet >= 0x30, octet <= 0x39 else { return nil }
            number = number &* 10 &+ Int(octet &- 0x30)
        }
        return number
    }

    /// What is no UTF-8 is taken for Latin-1, which older gateways write into `s=`.
    var text: String {
        let slice = octets[start..<end]
        let span = slice.span
        // Almost all is ASCII; the way to a text that is the shortest repairs what is no UTF-8, so it is for these.
        if span.isASCII { return String(decoding: slice, as: UTF8.self) }
        if let text = try? UTF8Span(validating: span) { return String(copying: text) }
        return String(String.UnicodeScalarView(slice.map { Unicode.Scalar($0) }))
    }
}

extension Span<UInt8> {
    /// The next CR or LF from `start` on, or the end.
    func endOfLine(from start: Int) -> Int {
        var place = start
        while place < count {
            if place &+ 8 <= count, !OctetWord.hasOctets(below: 0x0E, word(at: place)) {
                place &+= 8
                continue
            }
            let octet = self[place]
            if octet == 0x0A || octet == 0x0D { return place }
            place &+= 1
        }
        return count
    }
}
