/// Reads an address of e-mail as callers say and spell it: "ada dot lovelace at gmail dot com", "j for john, o, e at …".
enum SpokenEmail {
    private static let marks: [String: String] = [
        "dot": ".", "point": ".", "period": ".", "underscore": "_", "dash": "-", "hyphen": "-", "minus": "-",
        "plus": "+",
    ]
    private static let empty: Set<String> = [
        "my", "email", "e-mail", "mail", "address", "is", "it's", "its", "it", "the", "that's", "thats", "well", "uh",
        "um",
        "so", "okay", "ok", "yes", "yeah", "no", "all", "lowercase", "lower", "case", "letters", "one", "word",
    ]

    /// - Returns: the address in small letters; `nil` when there is none in it.
    static func address(in text: String) -> String? {
        let lower = text.lowercased().replacing("\u{2019}", with: "'")
        for token in lower.split(whereSeparator: { $0.isWhitespace || "<>(),;:\"".contains($0) })
        where token.contains("@") {
            var token = token
            while let last = token.last, ".!?".contains(last) { token.removeLast() }
            if let whole = valid(String(token)) { return whole }
        }
        let words = lower.split { $0.isWhitespace || ",;:!?\"()".contains($0) }.prefix(80).map { word in
            var word = word
            // "gmail.com." but not the "." of "b."
            while word.count > 1, word.last == "." { word.removeLast() }
            return String(word)
        }
        guard let at = words.lastIndex(where: { $0 == "at" || $0 == "@" }), at > 0 else { return nil }
        let domain = joined(Array(words[(at + 1)...]), isDomain: true)
        var local = Array(words[..<at])
        while let first = local.first, empty.contains(first), local.count > 1 { local.removeFirst() }
        return valid(joined(local, isDomain: false) + "@" + domain)
    }

    private static func joined(_ words: [String], isDomain: Bool) -> String {
        var result = ""
        var times = 1
        var index = 0
        while index < words.count {
            let word = words[index]
            let next = index + 1 < words.count ? words[index + 1] : ""
            index += 1
            if let count = ["double": 2, "triple": 3][word], next.count == 1 || SpokenNumber.digit(next) != nil {
                times = count
                continue
            }
            var piece: String
            if let mark = marks[word] {
                piece = mark
            } else if let digit = SpokenNumber.digit(word), word != "o", word != "oh" {
                piece = String(digit)
            } else if let number = SpokenNumber.small(word), word.count > 1 {
                // "twenty one" is 21.
                let units = number >= 20 ? SpokenNumber.digit(next) : nil
                if let units, units > 0 { index += 1 }
                piece = String(number + (units ?? 0))
            } else if word == "oh" {
                piece = "o"
            } else {
                // "d for david", "d as in david"
                piece = word
                if word.count == 1, next == "for" || next == "like" { index += 2 }
                if word.count == 1, next == "as", index + 1 < words.count, words[index + 1] == "in" { index += 3 }
            }
            // What follows a whole domain is talk: "… dot com, thanks".
            if isDomain, !result.isEmpty, !result.hasSuffix("."), piece.count > 1, marks[word] == nil,
                result.split(separator: ".").count > 1
            {
                return result
            }
            result += String(repeating: piece, count: times)
            times = 1
        }
        return result
    }

    private static func valid(_ address: String) -> String? {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count), (4...190).contains(parts[1].utf8.count) else {
            return nil
        }
        func isPlain(_ part: Substring, _ more: String) -> Bool {
            part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || more.contains($0) }
        }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard isPlain(parts[0], "._+-"), parts[0].first != ".", parts[0].last != ".", !parts[0].contains(".."),
            labels.count >= 2,
            labels.allSatisfy({ !$0.isEmpty && $0.count <= 63 && isPlain($0, "-") && $0.first != "-" && $0.last != "-" }
            ),
            let last = labels.last, last.count >= 2, last.allSatisfy(\.isLetter)
        else { return nil }
        return address
    }

    /// Spelled as it is read back: letter by letter before the @, in words behind it.
    static func spoken(_ address: String) -> String {
        let parts = address.split(separator: "@", maxSplits: 1)
        guard parts.count == 2 else { return address }
        let names: [Character: String] = [".": "dot", "_": "underscore", "-": "dash", "+": "plus"]
        let local = parts[0].map { names[$0] ?? String($0).uppercased() }.joined(separator: ", ")
        let domain = parts[1].split(separator: ".").joined(separator: " dot ")
        return "\(local), at \(domain)"
    }
}
