/// What somebody meant who wrote something else.
enum Spelling {
    /// The word of least edit distance, when that is small for the length of `text`; case and the choice of `-` or
    /// `_` count nothing.
    static func nearest(to text: String, among words: [String]) -> String? {
        guard text.count <= 64 else { return nil }
        let wanted = plain(text)
        let best = words.map { (word: $0, distance: distance(wanted, plain($0))) }.min { $0.distance < $1.distance }
        guard let best, best.distance <= max(1, min(wanted.count, best.word.count) / 3) else { return nil }
        return best.word
    }

    private static func plain(_ text: String) -> [Character] {
        text.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 }
    }

    /// How many characters must be put in, left out, changed or swapped with their neighbour.
    static func distance(_ one: [Character], _ other: [Character]) -> Int {
        var before = [Int](repeating: 0, count: other.count + 1)
        var row = Array(0...other.count)
        for (index, character) in one.enumerated() {
            var next = [index + 1]
            for (column, candidate) in other.enumerated() {
                var least = min(next[column] + 1, row[column + 1] + 1)
                least = min(least, row[column] + (character == candidate ? 0 : 1))
                if index > 0, column > 0, character == other[column - 1], one[index - 1] == candidate {
                    least = min(least, before[column - 1] + 1)
                }
                next.append(least)
            }
            before = row
            row = next
        }
        return row.last ?? 0
    }
}
