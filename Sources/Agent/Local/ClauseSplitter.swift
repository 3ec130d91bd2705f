/// A part of a sentence that can be spoken by itself, and the mark behind it.
struct Clause: Equatable, Sendable {
    var text: String
    /// `.`, `?`, `!`, `,`, `;` or `:`.
    var mark: Character

    /// Whether a sentence ends here.
    var endsSentence: Bool { mark == "." || mark == "?" || mark == "!" }

    /// The rest that is made behind it.
    var pause: Duration { endsSentence ? .milliseconds(220) : .milliseconds(90) }
}

/// Cuts text into clauses, so that the first words sound while the others are still being made.
enum ClauseSplitter {
    /// A clause shorter than this many characters goes with the next one, within its sentence.
    private static let shortest = 12
    /// The first one may be shorter: the sooner it is made, the sooner the caller hears something.
    private static let shortestFirst = 7
    /// A clause longer than this is cut at a blank.
    private static let longest = 160

    static func split(_ text: String) -> [Clause] {
        var clauses: [Clause] = []
        var current = ""
        var isLongEnough: Bool { current.count >= (clauses.isEmpty ? shortestFirst : shortest) }
        func finish(_ mark: Character) {
            let words = current.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            current = ""
            guard words.contains(where: { $0.isLetter || $0.isNumber }) else { return }
            clauses.append(Clause(text: words, mark: mark))
        }
        let characters = Array(text)
        for (index, character) in characters.enumerated() {
            let next = index + 1 < characters.count ? characters[index + 1] : " "
            switch character {
            case ".", "?", "!":
                // "3.5" and "a.m." go on.
                if next.isWhitespace || next == "\"" || next == "\u{201D}" {
                    finish(character)
                } else if !next.isPunctuation {
                    current.append(character)
                }
            case ",", ";", ":":
                if !next.isWhitespace {
                    current.append(character)
                } else if isLongEnough {
                    finish(character)
                } else {
                    current.append(",")
                }
            case "\u{2013}", "\u{2014}":
                if isLongEnough { finish(",") } else { current.append(" ") }
            case "\"", "\u{201C}", "\u{201D}", "(", ")", "*", "#", "_":
                current.append(" ")
            default:
                current.append(character)
                if current.count >= longest, character.isWhitespace { finish(",") }
            }
        }
        finish(".")
        return clauses
    }
}
