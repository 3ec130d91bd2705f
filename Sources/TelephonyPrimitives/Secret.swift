/// A key or token: it never shows in a log, a description or a dump.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The key itself, for the one place that sends it.
    public let value: String
    /// Where it was found, so that people can be told what to look at when it is refused, e.g. `the file /etc/x.key`.
    public let place: String?

    /// - Parameter value: blanks and line ends around it, as files have them, are left out.
    public init(_ value: String) {
        self.init(value, from: nil)
    }

    /// - Parameters:
    ///   - value: as for ``init(_:)``.
    ///   - place: where it was found, e.g. `the variable GROQ_API_KEY`; `nil` when nobody knows.
    public init(_ value: String, from place: String?) {
        self.place = place
        var text = Substring(value)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        self.value = String(text)
    }

    /// `text` with the key left out, should somebody repeat it.
    ///
    /// - Parameter text: what somebody else said.
    public func leftOut(of text: String) -> String {
        // Fewer characters are found everywhere.
        value.count >= 4
            ? text.split(separator: value, omittingEmptySubsequences: false).joined(separator: "(secret)") : text
    }

    public var description: String { "(secret)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
