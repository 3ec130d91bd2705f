/// Writes numbers, times, dates, money, telephone numbers, addresses and abbreviations as the words that a person says.
enum SpokenText {
    static func words(for text: String) -> String {
        let tokens = text.split(whereSeparator: \.isWhitespace).map { Token($0) }
        var spoken: [String] = []
        var index = 0
        while index < tokens.count {
            let token = tokens[index]
            let next = index + 1 < tokens.count ? tokens[index + 1] : nil
            let previous = index > 0 ? tokens[index - 1] : nil
            if let number = TelephoneWords.spoken(startingWith: tokens[index...].prefix(8).map(\.whole)) {
                spoken.append(number.words + tokens[index + number.tokens - 1].ending)
                index += number.tokens
            } else if let next, token.trailing.isEmpty, let scale = scales[next.core.lowercased()],
                let money = MoneyWords.spoken(token.core, scale: scale)
            {
                // "$1.5 million"
                spoken.append(token.leading + money + next.trailing)
                index += 2
            } else {
                spoken.append(word(token, previous: previous, next: next))
                index += 1
            }
        }
        return spoken.joined(separator: " ")
    }

    /// What stands between two blanks.
    struct Token {
        let whole: String
        let leading: String
        let core: String
        /// The marks behind it, which stay where they are.
        let trailing: String

        init(_ text: Substring) {
            whole = String(text)
            let leading = text.prefix { "(\"\u{201C}\u{2018}".contains($0) }
            let rest = text.dropFirst(leading.count)
            var core = rest
            while let last = core.last, ",;:.?!)\"\u{201D}\u{2019}".contains(last) { core.removeLast() }
            self.leading = String(leading)
            self.core = String(core)
            trailing = String(rest.dropFirst(core.count))
        }

        /// The marks behind it that end a clause or sentence.
        var ending: String { trailing.filter { $0 != ")" } }

        var isCapitalised: Bool { core.first?.isUppercase ?? false }
    }

    // MARK: One token

    private static func word(_ token: Token, previous: Token?, next: Token?) -> String {
        let lower = token.core.lowercased()
        let isDotted = token.trailing.hasPrefix(".")
        // "9 am", "nine a.m.": but "who I am."
        if let half = halves[lower], previous.map({ isHour($0.core) }) ?? false {
            // The full stop of the abbreviation ends the sentence, too, when another begins or nothing follows.
            let ends = !isDotted || next == nil || next?.isCapitalised == true
            return token.leading + half + (ends ? token.trailing : String(token.trailing.dropFirst()))
        }
        if isDotted {
            if lower == "st", next?.isCapitalised == true {
                return token.leading + "saint" + token.trailing.dropFirst()
            }
            // "No. 5", but "No."
            if lower == "no", next?.core.first?.isASCIIDigit != true { return token.whole }
            if let title = titles[lower] { return token.leading + title + token.trailing.dropFirst() }
            if let known = abbreviations[lower] {
                let ends = next == nil || next?.isCapitalised == true
                return token.leading + known + (ends ? token.trailing : String(token.trailing.dropFirst()))
            }
        }
        if let known = abbreviations[lower] ?? signs[lower] { return token.leading + known + token.trailing }
        return token.leading + (spoken(token.core) ?? token.core) + token.trailing
    }

    private static let halves = ["am": "AM", "a.m": "AM", "pm": "PM", "p.m": "PM"]
    /// Always before something, so that their full stop ends nothing.
    private static let titles = [
        "mr": "mister", "mrs": "missus", "ms": "miz", "dr": "doctor", "prof": "professor", "no": "number",
        "ext": "extension", "approx": "approximately",
    ]
    private static let abbreviations = [
        "e.g": "for example", "i.e": "that is", "etc": "et cetera", "vs": "versus", "st": "street", "ave": "avenue",
        "rd": "road", "apt": "apartment", "dept": "department", "24/7": "twenty-four seven",
    ]
    private static let signs = ["&": "and", "+": "plus", "=": "equals", "@": "at", "%": "percent"]
    private static let scales = ["thousand": "thousand", "million": "million", "billion": "billion"]

    private static func isHour(_ token: String) -> Bool {
        let words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
        if words.contains(token.lowercased()) { return true }
        return token.first?.isASCIIDigit == true && token.allSatisfy { $0.isASCIIDigit || $0 == ":" }
    }

    /// The words for a token that is no plain word; `nil` when it is to be left as it is.
    private static func spoken(_ token: String) -> String? {
        if let address = address(token) { return address }
        guard token.contains(where: \.isASCIIDigit) else { return nil }
        return time(token) ?? MoneyWords.spoken(token) ?? percent(token) ?? ordinal(token) ?? date(token)
            ?? range(token) ?? TelephoneWords.spoken(token) ?? NumberWords.decimal(token) ?? sign(token)
    }

    /// `anna@example.com`, `https://example.com`
    private static func address(_ token: String) -> String? {
        var text = token
        for prefix in ["https://", "http://"] where text.lowercased().hasPrefix(prefix) {
            text.removeFirst(prefix.count)
            return named(text)
        }
        guard text.contains("@"), text.contains("."), text.first != "@" else { return nil }
        return named(text)
    }

    private static func named(_ address: String) -> String {
        let names: [Character: String] = ["@": "at", ".": "dot", "-": "dash", "_": "underscore", "/": "slash"]
        let parts = address.map { names[$0].map { " \($0) " } ?? String($0) }.joined()
        return parts.split(separator: " ").joined(separator: " ")
    }

    /// `9:30`, `9am`, `17:05`
    private static func time(_ token: String) -> String? {
        var text = token.lowercased()
        var half = ""
        for (suffix, words) in [("a.m", " AM"), ("am", " AM"), ("p.m", " PM"), ("pm", " PM")]
        where text.hasSuffix(suffix) {
            text.removeLast(suffix.count)
            half = words
            break
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let hour = parts.first.flatMap({ Int($0) }), (0...24).contains(hour) else { return nil }
        if parts.count == 1 { return half.isEmpty ? nil : NumberWords.cardinal(hour) + half }
        guard parts.count == 2, parts[1].count == 2, let minute = Int(parts[1]), (0...59).contains(minute) else {
            return nil
        }
        switch minute {
        case 0: return NumberWords.cardinal(hour) + (half.isEmpty ? " o'clock" : half)
        case 1...9: return "\(NumberWords.cardinal(hour)) oh \(NumberWords.cardinal(minute))\(half)"
        default: return "\(NumberWords.cardinal(hour)) \(NumberWords.cardinal(minute))\(half)"
        }
    }

    private static func percent(_ token: String) -> String? {
        guard token.hasSuffix("%"), let words = NumberWords.decimal(String(token.dropLast())) else { return nil }
        return "\(words) percent"
    }

    /// `3rd`
    private static func ordinal(_ token: String) -> String? {
        let lower = token.lowercased()
        guard let suffix = ["st", "nd", "rd", "th"].first(where: { lower.hasSuffix($0) }),
            let value = Int(lower.dropLast(suffix.count))
        else { return nil }
        return NumberWords.ordinal(value)
    }

    /// `2026-11-24`
    private static func date(_ token: String) -> String? {
        let months = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ]
        let parts = token.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2], let year = Int(parts[0]), let month = Int(parts[1]),
            let day = Int(parts[2]), months.indices.contains(month - 1), (1...31).contains(day),
            let dayWords = NumberWords.ordinal(day)
        else { return nil }
        return "\(months[month - 1]) \(dayWords), \(NumberWords.year(year) ?? NumberWords.cardinal(year))"
    }

    /// `9-5`, `9:00–17:00`, `2024-2026`
    private static func range(_ token: String) -> String? {
        let parts = token.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "\u{2013}" }
        guard parts.count == 2 else { return nil }
        let ends = parts.compactMap { part -> String? in
            let text = String(part)
            if let time = time(text) { return time }
            guard let value = Int(text), text.allSatisfy(\.isASCIIDigit) else { return nil }
            if text.count <= 2 { return NumberWords.cardinal(value) }
            return text.count == 4 && (1900...2099).contains(value)
                ? NumberWords.year(value) ?? NumberWords.cardinal(value) : nil
        }
        return ends.count == 2 ? ends.joined(separator: " to ") : nil
    }

    /// `-5`, `#4`
    private static func sign(_ token: String) -> String? {
        let signs: [Character: String] = ["-": "minus", "\u{2212}": "minus", "#": "number"]
        guard let first = token.first, let word = signs[first],
            let number = NumberWords.decimal(String(token.dropFirst()))
        else { return nil }
        return "\(word) \(number)"
    }
}
