/// What a person types to find a call, as words and nothing else: no sign in it means anything to the index.
public struct SearchWords: Sendable, Equatable {
    /// Octets that are looked at, at most.
    public static let maximumOctets = 16_384

    /// Each is quoted, for FTS5; all have to be there.
    let expression: String

    /// - Returns: `nil` when there is no letter and no digit in `text`, or it is longer than ``maximumOctets``.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.maximumOctets else { return nil }
        // The index cuts a word like `o'clock` in two where it stands, so that these have to follow each other.
        let words = text.split { $0.isWhitespace || $0 == "\0" || $0 == "\"" }
            .filter { word in word.contains { $0.isLetter || $0.isNumber } }
        guard !words.isEmpty else { return nil }
        expression = words.map { "\"\($0)\"" }.joined(separator: " ")
    }
}
