/// What the agent was given to say, and how much of it has sounded.
///
/// Positions are samples as ``Call/playedSamples()`` counts them.
struct Playout: Sendable {
    struct Sentence: Sendable, Equatable {
        let id: Int
        let text: String
        /// Whether it only fills the time: the dialogue did not say it.
        let isFiller: Bool
        /// Where its sound begins and ends, once that is known.
        var start: Int?
        var end: Int?
        /// Its words, where the voice tells their places.
        var words: [SpokenWord] = []
    }

    /// What had sounded when playing stopped, and what had not.
    struct Split: Sendable, Equatable {
        /// To the last whole word.
        var heard = ""
        /// The same without what only filled the time.
        var heardOfReply = ""
        /// From the sentence that was cut on.
        var unheard: [String] = []
        /// How much of these had not sounded.
        var lettersLeft = 0
    }

    private(set) var sentences: [Sentence] = []
    private let sampleRate: Int
    /// Letters that are spoken in a second: for a sentence whose sound is still being made.
    private static let lettersPerSecond = 14.5
    /// Who goes on without knowing where the words are goes back so far, seconds.
    private static let stepBack = 0.25

    init(sampleRate: Int) {
        self.sampleRate = sampleRate
    }

    var isEmpty: Bool { sentences.isEmpty }
    /// Whether something sounds or has sounded.
    var hasStarted: Bool { sentences.contains { $0.start != nil } }
    /// Whether something of the reply sounds or has sounded.
    var hasBegun: Bool { sentences.contains { $0.start != nil && !$0.isFiller } }
    /// Whether the sound of every sentence has been given to the call.
    var isComplete: Bool { sentences.allSatisfy { $0.end != nil } }
    /// Whether nothing sounds because the voice has not begun with the next sentence.
    var waitsForSound: Bool { sentences.first { $0.end == nil }.map { $0.start == nil } ?? false }
    /// How long the sentence that sounds now may take, spoken slowly.
    var longestSound: Duration {
        .seconds((sentences.first { $0.end == nil }?.text.count ?? 0) / 4)
    }
    var text: String { sentences.map(\.text).joined(separator: " ") }
    var replyText: String { sentences.filter { !$0.isFiller }.map(\.text).joined(separator: " ") }
    var hasReply: Bool { sentences.contains { !$0.isFiller } }

    mutating func add(id: Int, text: String, isFiller: Bool = false) {
        sentences.append(Sentence(id: id, text: text, isFiller: isFiller))
    }

    mutating func started(_ id: Int, at position: Int) {
        change(id) { $0.start = $0.start ?? position }
    }

    mutating func ended(_ id: Int, at position: Int) {
        change(id) { $0.end = position }
    }

    mutating func learned(_ words: [SpokenWord], of id: Int) {
        change(id) { $0.words += words }
    }

    private mutating func change(_ id: Int, _ change: (inout Sentence) -> Void) {
        guard let index = sentences.firstIndex(where: { $0.id == id }) else { return }
        change(&sentences[index])
    }

    // MARK: Stopping

    /// What had sounded when playing stopped at `played`.
    func split(at played: Int) -> Split {
        var split = Split()
        var (heard, ofReply): ([String], [String]) = ([], [])
        for sentence in sentences {
            let words = heardPart(of: sentence, at: played)
            if let words, !words.isEmpty {
                heard.append(words)
                if !sentence.isFiller { ofReply.append(words) }
            }
            if words != sentence.text {
                split.unheard.append(sentence.text)
                split.lettersLeft += sentence.text.count - (words?.count ?? 0)
            }
        }
        split.heard = heard.joined(separator: " ")
        split.heardOfReply = ofReply.joined(separator: " ")
        return split
    }

    /// The whole text, its first words, or nothing.
    private func heardPart(of sentence: Sentence, at played: Int) -> String? {
        guard let start = sentence.start, played > start else { return nil }
        if let end = sentence.end, played >= end { return sentence.text }
        let position = played - start
        if !sentence.words.isEmpty { return Self.text(sentence, upTo: position * 1_000 / max(1, sampleRate)) }
        let length =
            sentence.end.map { $0 - start }
            ?? Int(Double(sentence.text.count) / Self.lettersPerSecond * Double(sampleRate))
        return Self.words(of: sentence.text, upTo: min(0.99, Double(position) / Double(max(1, length))))
    }

    /// The words that were over after `milliseconds`, by the voice's own word times.
    private static func text(_ sentence: Sentence, upTo milliseconds: Int) -> String {
        // Most of a word is enough to understand it.
        let heard = sentence.words.prefix { ($0.startMs + 2 * $0.endMs) / 3 <= milliseconds }
        let written = sentence.text.split(separator: " ")
        if written.count == sentence.words.count {
            return written.prefix(heard.count).joined(separator: " ")
        }
        // The voice read other words than are written ("$5"): by their part of the letters.
        let letters = sentence.words.reduce(0) { $0 + $1.text.count }
        let part = Double(heard.reduce(0) { $0 + $1.text.count }) / Double(max(1, letters))
        return words(of: sentence.text, upTo: heard.count == sentence.words.count ? 0.99 : part)
    }

    /// The words that are over when `fraction` of the text has sounded.
    static func words(of text: String, upTo fraction: Double) -> String {
        let limit = Double(text.count) * fraction
        var result: [Substring] = []
        var position = 0
        for word in text.split(separator: " ") {
            position += word.count
            guard Double(position) <= limit else { break }
            result.append(word)
            position += 1
        }
        return result.joined(separator: " ")
    }

    // MARK: Going on

    /// Where to go on after playing stopped at `played`: at the beginning of the word that was cut.
    func resumePoint(after played: Int) -> Int {
        guard let sentence = sentences.last(where: { ($0.start ?? .max) <= played }), let start = sentence.start,
            sentence.end.map({ played < $0 }) ?? true
        else { return played }
        let milliseconds = (played - start) * 1_000 / max(1, sampleRate)
        if let word = sentence.words.last(where: { $0.startMs <= milliseconds }), word.endMs >= milliseconds - 300 {
            return max(start, start + word.startMs * sampleRate / 1_000)
        }
        return max(start, played - Int(Self.stepBack * Double(sampleRate)))
    }

    /// The same, when what was at `point` is played from `played` on.
    func moved(from point: Int, to played: Int) -> Playout {
        var moved = self
        for index in moved.sentences.indices {
            moved.sentences[index].start = moved.sentences[index].start.map { $0 - point + played }
            moved.sentences[index].end = moved.sentences[index].end.map { $0 - point + played }
        }
        return moved
    }
}
