/// Finds what a caller wants among a flow's intents.
///
/// Speech to text mishears: case, punctuation, digits against number words and small slips in long words do not count.
struct IntentMatcher: Sendable {
    private struct Entry: Sendable {
        let name: String
        let phrases: [[String]]
        let keywords: [[String]]
    }

    private let entries: [Entry]

    init(_ intents: [Flow.Intent]) {
        entries = intents.map { intent in
            Entry(
                name: intent.name, phrases: intent.phrases.map(Self.words).filter { !$0.isEmpty },
                keywords: intent.keywords.map(Self.words).filter { !$0.isEmpty })
        }
    }

    /// The intent that fits best; `nil` when none does.
    func match(_ text: String) -> String? {
        let heard = Self.words(text)
        guard !heard.isEmpty else { return nil }
        var best: (name: String, score: Double)?
        for entry in entries {
            let score = score(entry, heard)
            // The earlier intent wins a draw.
            if score > (best?.score ?? 0) { best = (entry.name, score) }
        }
        return best?.name
    }

    /// The intent of which `text` holds a whole phrase, word for word; a word that only hints at one is not enough.
    func matchPhrase(_ text: String) -> String? {
        let heard = Self.words(text)
        return entries.first { entry in
            entry.phrases.contains { $0.count > 1 && Self.contains(heard, $0, gaps: false) }
        }?.name
    }

    /// A whole phrase outweighs keywords, a long phrase a short one.
    private func score(_ entry: Entry, _ heard: [String]) -> Double {
        let phrase =
            entry.phrases.map { phrase -> Double in
                if Self.contains(heard, phrase, gaps: false) { return 10 * Double(phrase.count) }
                if phrase.count > 1, Self.contains(heard, phrase, gaps: true) { return 6 * Double(phrase.count) }
                return 0
            }.max() ?? 0
        let keywords = entry.keywords.filter { Self.contains(heard, $0, gaps: false) }
        return phrase + keywords.reduce(0) { $0 + 3 + Double($1.joined().count) / 10 }
    }

    /// Whether `words` occur in `heard` in their order.
    private static func contains(_ heard: [String], _ words: [String], gaps: Bool) -> Bool {
        guard words.count <= heard.count, !words.isEmpty else { return false }
        if gaps {
            var next = 0
            for word in heard where next < words.count && isSame(word, words[next]) { next += 1 }
            return next == words.count
        }
        return (0...(heard.count - words.count)).contains { start in
            zip(heard[start...], words).allSatisfy { isSame($0, $1) }
        }
    }

    /// Whether one word may be the other, misheard or in the plural.
    private static func isSame(_ heard: String, _ wanted: String) -> Bool {
        if heard == wanted || heard == wanted + "s" || heard + "s" == wanted { return true }
        guard wanted.count >= 5, heard.count >= 5, heard.first == wanted.first else { return false }
        return EditDistance.between(heard, wanted) <= (wanted.count >= 8 ? 2 : 1)
    }

    private static let contractions = [
        ("'s", "is"), ("'re", "are"), ("'m", "am"), ("'ll", "will"), ("'ve", "have"), ("'d", "would"),
    ]
    /// What speech to text writes for contractions.
    private static let withoutApostrophe = [
        "whats": ["what", "is"], "thats": ["that", "is"], "wheres": ["where", "is"], "whens": ["when", "is"],
        "im": ["i", "am"], "ive": ["i", "have"],
    ]

    /// Lower-case words without punctuation, digits written out, contractions undone.
    static func words(_ text: String) -> [String] {
        let plain = text.lowercased().map { character -> Character in
            character == "\u{2019}" ? "'" : character
        }
        let split = String(plain).split { !($0.isLetter || $0.isNumber || $0 == "'") }
        return split.prefix(200).flatMap { token -> [String] in
            for (ending, meaning) in contractions where token.hasSuffix(ending) && token.count > ending.count {
                return [String(token.dropLast(ending.count)), meaning]
            }
            let word = token.filter { $0 != "'" }
            if let written = withoutApostrophe[word] { return written }
            if let number = Int(word), number >= 0, number < 1_000_000 {
                return NumberWords.cardinal(number).split { !$0.isLetter }.map(String.init)
            }
            return word.isEmpty ? [] : [String(word)]
        }
    }
}
