/// What of a recogniser's text can be believed.
enum Reading {
    /// What Moonshine makes of breath and noise.
    private static let phantoms: Set<String> = [
        "you", "thank you", "thanks for watching", "bye", "the", "so", "oh", "uh",
    ]

    /// The text of a stretch of speech: an expected phrase that sounds like it, else itself; nothing when there was too
    /// little speech for anything that nobody expected.
    ///
    /// - Parameter voiced: how many samples of speech there were, at 16 kHz.
    static func chosen(_ text: String, voiced: Int, expected: [String]) -> String {
        if let phrase = PhoneticDistance.nearest(to: text, among: expected) { return phrase }
        return voiced < VoiceDetector.sampleRate / 5 ? "" : clean(text, voiced: voiced)
    }

    /// - Parameter voiced: how many samples of speech there were, at 16 kHz.
    static func clean(_ text: String, voiced: Int) -> String {
        let trimmed = withoutLoop(text.split(whereSeparator: \.isWhitespace)).joined(separator: " ")
        let words = String(trimmed.lowercased().filter { $0.isLetter || $0 == " " })
        if voiced < VoiceDetector.sampleRate / 4, phantoms.contains(words) { return "" }
        return words.isEmpty && !trimmed.contains(where: \.isNumber) ? "" : trimmed
    }

    /// A recogniser that loses its way says the same few words again and again until the end: once is enough. Single
    /// words stay, since digits are said more than once.
    private static func withoutLoop(_ words: [Substring]) -> [Substring] {
        for length in 2...8 where words.count >= 4 * length {
            // The last round may be cut short or end with a mark.
            let plain = words.map { word in word.lowercased().filter { $0.isLetter || $0.isNumber } }
            let period = (length..<plain.count).reversed().prefix { plain[$0] == plain[$0 - length] }
            guard period.count >= 3 * length else { continue }
            let isOneWord = Set(plain.suffix(length)).count == 1
            if !isOneWord { return Array(words.prefix(words.count - period.count)) }
        }
        return words
    }
}
