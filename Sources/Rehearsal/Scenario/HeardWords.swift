internal import Agent

/// What was heard, as words to be searched: case, punctuation and spelling of numbers do not matter.
package struct HeardWords: Sendable, Equatable {
    package private(set) var text: String
    private var words: [String]

    package init(_ text: String) {
        self.text = text
        words = Self.words(of: text)
    }

    /// Whether a phrase is in it, word by word. A recogniser mishears: one letter in a word of six or more may be another.
    package func has(_ phrase: String) -> Bool {
        let wanted = Self.words(of: phrase)
        guard !wanted.isEmpty, wanted.count <= words.count else { return false }
        return (0...(words.count - wanted.count)).contains { start in
            zip(wanted, words[start...]).allSatisfy { Self.isSame($0, $1) }
        }
    }

    /// Whether a regular expression is found in it.
    package func matches(_ pattern: String) -> Bool {
        guard let expression = try? Regex(pattern).ignoresCase() else { return false }
        return text.contains(expression)
    }

    static func isPattern(_ text: String) -> Bool { (try? Regex(text)) != nil }

    private static func isSame(_ wanted: String, _ heard: String) -> Bool {
        if wanted == heard { return true }
        guard wanted.count >= 6, abs(wanted.count - heard.count) <= 1 else { return false }
        return EditDistance.between(wanted, heard) <= 1
    }

    private static func words(of text: String) -> [String] {
        let plain = text.lowercased().filter { $0 != "'" && $0 != "’" }
        return plain.split { !$0.isLetter && !$0.isNumber }.map { numbers[String($0)] ?? String($0) }
    }

    /// A recogniser writes some numbers as words and some as digits.
    private static let numbers = Dictionary(
        uniqueKeysWithValues: [
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        ].enumerated().map { ($1, "\($0)") })
}
