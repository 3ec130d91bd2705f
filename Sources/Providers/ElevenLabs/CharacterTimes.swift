internal import Agent

/// Makes words with places of the characters with times that come with each piece of a context's sound.
///
/// The times of each message begin at 0 again. They count from where the message's sound begins, or, when it has none,
/// from where the last characters ended.
struct CharacterTimes: Sendable {
    /// Milliseconds of sound so far.
    private var soundMs = 0.0
    private var charactersMs = 0.0
    private var word = ""
    private var start = 0.0
    private var end = 0.0

    /// Characters of one word: more are no word.
    private static let longestWord = 200

    /// - Parameters:
    ///   - characters: with where each begins and how long it lasts, in milliseconds.
    ///   - length: how much sound comes with them, in milliseconds.
    /// - Returns: the words that have become whole.
    mutating func add(_ characters: [(text: String, startMs: Double, lengthMs: Double)], length: Double) -> [SpokenWord]
    {
        let origin = length > 0 ? soundMs : max(charactersMs, 0)
        soundMs += length
        var words: [SpokenWord] = []
        for character in characters {
            guard character.startMs.isFinite, character.lengthMs.isFinite else { continue }
            let begin = origin + min(max(0, character.startMs), 1e7)
            let finish = begin + min(max(0, character.lengthMs), 1e7)
            charactersMs = max(charactersMs, finish)
            if character.text.allSatisfy(\.isWhitespace) || word.utf8.count > Self.longestWord {
                take(&words)
            }
            guard !character.text.allSatisfy(\.isWhitespace) else { continue }
            if word.isEmpty { start = begin }
            word += character.text
            end = finish
        }
        return words
    }

    /// The last word, which nothing ends.
    mutating func finish() -> [SpokenWord] {
        var words: [SpokenWord] = []
        take(&words)
        return words
    }

    private mutating func take(_ words: inout [SpokenWord]) {
        guard !word.isEmpty else { return }
        words.append(SpokenWord(word, startMs: Int(start.rounded()), endMs: Int(end.rounded())))
        word = ""
    }
}
