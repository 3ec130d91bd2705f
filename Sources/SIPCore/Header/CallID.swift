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
        let trimmed = octets.trimmed
        guard !trimmed.isEmpty, trimmed.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw ParseError(offset: 0, section: "RFC 3261 §20.8", message: "The Call-ID is empty or has blanks in it")
        }
        self.text = trimmed.asText
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
