/// How many letters have to change to make one word another (Levenshtein).
package enum EditDistance {
    package static func between(_ one: String, _ two: String) -> Int {
        let (a, b) = (Array(one.utf8.prefix(64)), Array(two.utf8.prefix(64)))
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let replaced = diagonal + (x == y ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }

    /// `; did you mean "…"?` with the known word that is nearest; empty when none is near.
    package static func suggestion(for word: String, among known: [String]) -> String {
        let near = known.map { ($0, between(word, $0)) }.min { $0.1 < $1.1 }
        guard let near, near.1 <= 1 + word.count / 4 else { return "" }
        return "; did you mean \"\(near.0)\"?"
    }
}
