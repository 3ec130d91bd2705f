internal import TelephonyPrimitives

/// What names a call over all of its dialogs and requests; case matters (RFC 3261 §20.8).
public struct CallID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public init(parsing text: String) throws(ParseError) {
        try self.init(Array(text.utf8)[...])
    }

    init(_ octets: ArraySlice<UInt8>) throws(ParseError) {
        try Self.check(octets.span, 0..<octets.count)
        self.text = octets.trimmed.asText
    }

    /// Whether it can be read, without reading it.
    static func check(_ octets: Span<UInt8>, _ place: Range<Int>) throws(ParseError) {
        let trimmed = octets.trimmed(place)
        var isLegal = !trimmed.isEmpty
        var next = trimmed.lowerBound
        while isLegal, next < trimmed.upperBound {
            if next &+ 8 <= trimmed.upperBound {
                let word = octets.word(at: next)
                isLegal = !OctetWord.hasOctets(below: 0x21, word) && !OctetWord.has(0x7F, word)
                next &+= 8
            } else {
                isLegal = octets[next] > 0x20 && octets[next] != 0x7F
                next &+= 1
            }
        }
        guard isLegal else {
            throw ParseError(offset: 0, section: "RFC 3261 §20.8", message: "The Call-ID is empty or has blanks in it")
        }
    }

    public var description: String { text }
}

/// What one side of a dialog adds to From or To (RFC 3261 §19.3).
public struct Tag: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public var description: String { text }
}

/// What names a transaction in the topmost Via (RFC 3261 §8.1.1.7).
public struct Branch: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public var description: String { text }

    /// The beginning of every branch that is unique over space and time.
    public static let magicCookie = "z9hG4bK"
}
