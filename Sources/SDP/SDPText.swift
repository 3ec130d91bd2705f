internal import TelephonyPrimitives

/// A part of a description's octets: a line, or what stands in one. The octets are handed in with each question, so
/// that looking at them counts no references, and nothing is copied before ``text(_:)`` is asked for.
struct SDPText {
    private(set) var start: Int
    let end: Int

    init(_ place: Range<Int>) {
        start = place.lowerBound
        end = place.upperBound
    }

    private init(_ start: Int, _ end: Int) {
        self.start = start
        self.end = max(start, end)
    }

    var isEmpty: Bool { start >= end }

    /// Whether there are only blanks in it.
    func isBlank(_ octets: Span<UInt8>) -> Bool {
        for place in start..<end where !SDP.isBlank(octets[place]) { return false }
        return true
    }

    /// What a line is of, and what stands behind its equals sign; `nil` for what is no line of a description.
    func typeAndValue(_ octets: Span<UInt8>) -> (type: UInt8, value: SDPText)? {
        guard end &- start >= 2, octets[start &+ 1] == UInt8(ascii: "=") else { return nil }
        return (octets[start], SDPText(start &+ 2, end))
    }

    /// Without blanks at the end.
    func trimmedAtEnd(_ octets: Span<UInt8>) -> SDPText {
        var end = end
        while end > start, SDP.isBlank(octets[end &- 1]) { end &-= 1 }
        return SDPText(start, end)
    }

    /// Takes the next part between blanks; peers put several or trailing ones.
    mutating func nextField(_ octets: Span<UInt8>) -> SDPText? {
        var first = start
        while first < end, SDP.isBlank(octets[first]) { first &+= 1 }
        guard first < end else { return nil }
        var last = first
        while last < end, !SDP.isBlank(octets[last]) { last &+= 1 }
        start = last
        return SDPText(first, last)
    }

    /// How many parts between blanks there are.
    func fieldCount(_ octets: Span<UInt8>) -> Int {
        var rest = self
        var count = 0
        while rest.nextField(octets) != nil { count &+= 1 }
        return count
    }

    /// What stands before the first `octet`, and what behind it; `nil` behind it when there is none.
    func cut(at octet: UInt8, _ octets: Span<UInt8>) -> (SDPText, SDPText?) {
        guard let place = octets.firstPlace(of: octet, from: start, to: end) else { return (self, nil) }
        return (SDPText(start, place), SDPText(place &+ 1, end))
    }

    /// A decimal number of digits only, at most 18 of them; `nil` for a sign, a blank or anything else.
    func decimal(_ octets: Span<UInt8>) -> Int? {
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
    func text(_ octets: [UInt8]) -> String {
        let span = octets.span
        if let common = CommonWord.text(span, start..<end) { return common }
        let slice = octets[start..<end]
        // Almost all is ASCII; the way to a text that is the shortest repairs what is no UTF-8, so it is for these.
        if span.extracting(start..<end).isASCII { return String(decoding: slice, as: UTF8.self) }
        if let text = try? UTF8Span(validating: slice.span) { return String(copying: text) }
        return String(String.UnicodeScalarView(slice.map { Unicode.Scalar($0) }))
    }
}

/// Words that nearly every description has: told at a glance, and never made anew.
private enum CommonWord {
    static func text(_ octets: Span<UInt8>, _ place: Range<Int>) -> String? {
        guard place.count <= 8 else { return nil }
        var word: UInt64 = 0
        for index in place { word = word &<< 8 | UInt64(octets[index]) }
        let text: String? =
            switch word {
            case 0x30: "0"
            case 0x38: "8"
            case 0x39: "9"
            case 0x3138: "18"
            case 0x31_3031: "101"
            case 0x494E: "IN"
            case 0x49_5034: "IP4"
            case 0x49_5036: "IP6"
            case 0x3230: "20"
            case 0x61_7564_696F: "audio"
            case 0x52_5450_2F41_5650: "RTP/AVP"
            case 0x7274_706D_6170: "rtpmap"
            case 0x666D_7470: "fmtp"
            case 0x70_7469_6D65: "ptime"
            case 0x7274_6370: "rtcp"
            case 0x7365_6E64_7265_6376: "sendrecv"
            case 0x7365_6E64_6F6E_6C79: "sendonly"
            case 0x7265_6376_6F6E_6C79: "recvonly"
            case 0x696E_6163_7469_7665: "inactive"
            case 0x30_2030: "0 0"
            default: nil
            }
        // Not for an octet of zeros in front.
        return text?.utf8.count == place.count ? text : nil
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
