/// The share of words that are wrong, missing or too many: edits from `heard` to `said`, by the words of `said`. One
/// word may be misheard of a recording that is perfectly clear; half of them are when the sound breaks up.
func wordErrorRate(of heard: String, said: String) -> Double {
    func words(_ text: String) -> [Substring] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }
    }
    let (heard, said) = (words(heard), words(said))
    var row = Array(0...said.count)
    for (i, word) in heard.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for j in said.indices {
            let edit = word == said[j] ? diagonal : diagonal + 1
            diagonal = row[j + 1]
            row[j + 1] = min(edit, diagonal + 1, row[j] + 1)
        }
    }
    return said.isEmpty ? 1 : Double(row[said.count]) / Double(said.count)
}
