/// What the agent was given to say, and how much of it has sounded.
///
/// Positions are samples as ``Call/playedSamples()`` counts them.
struct Playout: Sendable {
    struct Sentence: Sendable, Equatable {
        let id: Int
        let text: String
        /// Where its sound begins and ends, once that is known.
        var start: Int?
        var end: Int?
    }

    private(set) var sentences: [Sentence] = []
    private let sampleRate: Int
    /// Letters that are spoken in a second: for a sentence whose sound is still being made.
    private static let lettersPerSecond = 14.5

    init(sampleRate: Int) {
        self.sampleRate = sampleRate
    }

    var isEmpty: Bool { sentences.isEmpty }
    var hasBegun: Bool { sentences.contains { $0.start != nil } }
    /// Whether the sound of every sentence has been given to the call.
    var isComplete: Bool { sentences.allSatisfy { $0.end != nil } }
    /// Whether nothing sounds because the voice has not begun with the next sentence.
    var waitsForSound: Bool { sentences.first { $0.end == nil }.map { $0.start == nil } ?? false }
    /// How long the sentence that sounds now may take, spoken slowly.
    var longestSound: Duration {
        .seconds((sentences.first { $0.end == nil }?.text.count ?? 0) / 4)
    }
    var text: String { sentences.map(\.text).joined(separator: " ") }

    mutating func add(id: Int, text: String) {
        sentences.append(Sentence(id: id, text: text))
    }

    mutating func started(_ id: Int, at position: Int) {
        guard let index = sentences.firstIndex(where: { $0.id == id }) else { return }
        sentences[index].start = position
    }

    mutating func ended(_ id: Int, at position: Int) {
        guard let index = sentences.firstIndex(where: { $0.id == id }) else { return }
        sentences[index].end = position
    }

    /// What had sounded when playing stopped at `played`, to the last whole word; and what had not, from the sentence
    /// that was cut on.
    func split(at played: Int) -> (heard: String, unheard: [String]) {
        var heard: [String] = []
        var unheard: [String] = []
        for sentence in sentences {
            let part = fraction(of: sentence, at: played)
            if part >= 1 {
                heard.append(sentence.text)
            } else {
                let words = Self.words(of: sentence.text, upTo: part)
                if !words.isEmpty { heard.append(words) }
                unheard.append(sentence.text)
            }
        }
        return (heard.joined(separator: " "), unheard)
    }

    private func fraction(of sentence: Sentence, at played: Int) -> Double {
        guard let start = sentence.start, played > start else { return 0 }
        let length: Int
        if let end = sentence.end {
            guard played < end else { return 1 }
            length = end - start
        } else {
            length = Int(Double(sentence.text.count) / Self.lettersPerSecond * Double(sampleRate))
        }
        return min(0.99, Double(played - start) / Double(max(1, length)))
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
}
