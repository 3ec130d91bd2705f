/// Makes of a question the pattern that an index is asked with: words and beginnings of words, nothing else. What stands
/// in a question is never syntax of the index.
enum QuestionWords {
    private static let maximumWords = 24
    private static let shortestStem = 4

    /// Words of questions that say nothing of what is asked.
    private static let empty: Set<String> = Set(
        """
        a about after all also am an and any anybody anyone anything are as ask at be because been before but by call called can
        could did do does doing don for from get give go going got had has have he hello her here hey hi him his how i if
        in into is it its just know let like ll m may maybe me might mine my need no not of off ok okay on one or our out
        over please possible question re s say she should so some somebody someone something sorry such sure t tell than thank
        thanks that the their them then there these they thing this those to too um uh up us ve very want wanted was we
        well were what when where which while who whom whose why will wish with wonder wondering would yes you your yours
        """.split(whereSeparator: \.isWhitespace).map(String.init))

    /// - Returns: `nil` when there is no word to look for.
    static func pattern(for question: String) -> String? {
        let words = words(of: question)
        let telling = words.filter { !empty.contains($0) }
        let wanted = (telling.isEmpty ? words : telling).prefix(maximumWords)
        var terms: [String] = []
        for word in wanted {
            for term in Self.terms(for: word) where !terms.contains(term) { terms.append(term) }
        }
        return terms.isEmpty ? nil : terms.joined(separator: " OR ")
    }

    /// Lower-case words of letters and digits.
    static func words(of text: String) -> [String] {
        text.prefix(1_000).lowercased().split { !($0.isLetter || $0.isNumber) }.map { String($0.prefix(40)) }
    }

    /// A word in quotation marks, with the forms that have the same stem.
    private static func terms(for word: String) -> [String] {
        let stem = stem(of: word)
        guard stem.count >= shortestStem else {
            // The beginning of a short word is that of too many others.
            let forms = stem.allSatisfy(\.isNumber) ? [""] : ["", "s", "es", "ing", "ed", "er", "ment"]
            return ([word] + forms.map { stem + $0 }).map { "\"\($0)\"" }
        }
        return ["\"\(stem)\"*"]
    }

    /// The word without its ending, English as it mostly is.
    private static func stem(of word: String) -> String {
        func without(_ ending: String, leaving least: Int) -> String? {
            word.hasSuffix(ending) && word.count - ending.count >= least
                ? String(word.dropLast(ending.count)) : nil
        }
        if let stem = without("ies", leaving: 3) { return stem }
        if let stem = without("ing", leaving: 3) ?? without("ed", leaving: 3) {
            // "cancelled", "stopping"
            let letters = Array(stem.suffix(2))
            let isDoubled = letters.count == 2 && letters[0] == letters[1] && stem.count > 4
            return isDoubled ? String(stem.dropLast()) : stem
        }
        if let stem = without("es", leaving: 4) ?? without("e", leaving: 4) ?? without("y", leaving: 4) {
            return stem
        }
        return word.hasSuffix("ss") ? word : without("s", leaving: 3) ?? word
    }
}
