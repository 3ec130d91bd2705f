/// Writes numbers, times, money, telephone numbers and abbreviations as the words that a person says.
enum SpokenText {
    static func words(for text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).map { token in
            // Marks at the ends stay where they are.
            let word = String(token)
            let leading = word.prefix { $0 == "(" || $0 == "\"" || $0 == "\u{201C}" }
            let rest = word.dropFirst(leading.count)
            let core = rest.trimmingTrailing { ",;:.?!)\"\u{201D}".contains($0) }
            let trailing = rest.dropFirst(core.count)
            if let known = abbreviations[String(core).lowercased() + (trailing.hasPrefix(".") ? "." : "")] {
                return leading + known + (trailing.hasPrefix(".") ? trailing.dropFirst() : trailing)
            }
            return leading + (spoken(String(core)) ?? String(core)) + trailing
        }.joined(separator: " ")
    }

    private static let abbreviations: [String: String] = [
        "mr.": "mister", "mrs.": "missus", "ms.": "miz", "dr.": "doctor", "st.": "street", "ave.": "avenue",
        "rd.": "road", "no.": "number", "e.g": "for example", "e.g.": "for example", "i.e": "that is",
        "i.e.": "that is", "etc.": "et cetera", "vs.": "versus", "&": "and", "a.m": "A M", "a.m.": "A M",
        "p.m": "P M", "p.m.": "P M", "am.": "A M", "+": "plus", "=": "equals", "@": "at",
    ]

    /// The words for a token with digits in it; `nil` when it is to be left as it is.
    private static func spoken(_ token: String) -> String? {
        guard token.contains(where: \.isASCIIDigit) else { return nil }
        return time(token) ?? money(token) ?? percent(token) ?? ordinal(token) ?? telephone(token) ?? number(token)
    }

    /// `9:30`, `9am`, `17:05`
    private static func time(_ token: String) -> String? {
        var text = token.lowercased()
        var half = ""
        for (suffix, words) in [("a.m", " A M"), ("am", " A M"), ("p.m", " P M"), ("pm", " P M")]
        where text.hasSuffix(suffix) {
            text.removeLast(suffix.count)
            half = words
            break
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let hour = parts.first.flatMap({ Int($0) }), (0...24).contains(hour) else { return nil }
        if parts.count == 1 { return half.isEmpty ? nil : cardinal(hour) + half }
        guard parts.count == 2, parts[1].count == 2, let minute = Int(parts[1]), (0...59).contains(minute) else {
            return nil
        }
        switch minute {
        case 0: return cardinal(hour) + (half.isEmpty ? " o'clock" : half)
        case 1...9: return "\(cardinal(hour)) oh \(cardinal(minute))\(half)"
        default: return "\(cardinal(hour)) \(cardinal(minute))\(half)"
        }
    }

    /// `$12.50`
    private static func money(_ token: String) -> String? {
        let currencies: [Character: (one: String, many: String, small: String)] = [
            "$": ("dollar", "dollars", "cents"), "€": ("euro", "euros", "cents"), "£": ("pound", "pounds", "pence"),
        ]
        guard let sign = token.first, let currency = currencies[sign] else { return nil }
        let parts = token.dropFirst().filter { $0 != "," }.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap({ Int($0) }), parts.count <= 2 else { return nil }
        var words = "\(cardinal(whole)) \(whole == 1 ? currency.one : currency.many)"
        if parts.count == 2, let cents = Int(parts[1]), cents > 0, parts[1].count == 2 {
            words += " and \(cardinal(cents)) \(currency.small)"
        }
        return words
    }

    private static func percent(_ token: String) -> String? {
        guard token.hasSuffix("%"), let words = number(String(token.dropLast())) else { return nil }
        return "\(words) percent"
    }

    /// `3rd`
    private static func ordinal(_ token: String) -> String? {
        let lower = token.lowercased()
        guard let suffix = ["st", "nd", "rd", "th"].first(where: { lower.hasSuffix($0) }),
            let value = Int(lower.dropLast(suffix.count)),
            (1...999).contains(value)
        else { return nil }
        let irregular = [
            1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth", 20: "twentieth",
            30: "thirtieth", 40: "fortieth", 50: "fiftieth", 60: "sixtieth", 70: "seventieth", 80: "eightieth",
            90: "ninetieth",
        ]
        if let word = irregular[value] { return word }
        if value > 20, value < 100, let last = irregular[value % 10] {
            return "\(cardinal(value - value % 10))-\(last)"
        }
        return cardinal(value) + "th"
    }

    /// Seven digits and more, or groups with hyphens, one digit after the other.
    private static func telephone(_ token: String) -> String? {
        let digits = token.filter(\.isASCIIDigit)
        let others = token.filter { !$0.isASCIIDigit }
        guard others.allSatisfy({ "+-.()/".contains($0) }) else { return nil }
        let isGrouped = others.contains("-") && digits.count >= 5
        let isLong = digits.count >= 7 && !others.contains(".")
        guard isGrouped || isLong || others.contains("+") else { return nil }
        let groups = token.split { "-.()/+".contains($0) }
        return (token.hasPrefix("+") ? "plus " : "")
            + groups.map { $0.compactMap(digit).joined(separator: " ") }.joined(separator: ", ")
    }

    /// `1,250`, `3.5`, `0042`
    private static func number(_ token: String) -> String? {
        let plain = token.filter { $0 != "," }
        let parts = plain.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = parts.first, let value = Int(whole), value >= 0, value < 1_000_000_000
        else {
            return nil
        }
        // Leading zeros are read out.
        guard parts.count == 2 else {
            return whole.count > 1 && whole.hasPrefix("0")
                ? whole.compactMap(digit).joined(separator: " ") : cardinal(value)
        }
        guard parts[1].allSatisfy(\.isASCIIDigit), !parts[1].isEmpty else { return nil }
        return "\(cardinal(value)) point \(parts[1].compactMap(digit).joined(separator: " "))"
    }

    private static func digit(_ character: Character) -> String? {
        character.wholeNumberValue.flatMap { $0 < ones.count ? ones[$0] : nil }
    }

    private static let ones = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ]
    private static let tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

    /// The words for 0 to 999 999 999.
    static func cardinal(_ value: Int) -> String {
        switch value {
        case ..<0: "minus \(cardinal(value == .min ? .max : -value))"
        case 0..<20: ones[value]
        case 20..<100: tens[value / 10] + (value % 10 == 0 ? "" : "-\(ones[value % 10])")
        case 100..<1_000: ones[value / 100] + " hundred" + (value % 100 == 0 ? "" : " \(cardinal(value % 100))")
        case 1_000..<1_000_000:
            "\(cardinal(value / 1_000)) thousand" + (value % 1_000 == 0 ? "" : " \(cardinal(value % 1_000))")
        case 1_000_000..<1_000_000_000:
            "\(cardinal(value / 1_000_000)) million" + (value % 1_000_000 == 0 ? "" : " \(cardinal(value % 1_000_000))")
        default: "\(value)"
        }
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { self >= "0" && self <= "9" }
}

extension Substring {
    fileprivate func trimmingTrailing(while matches: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, matches(last) { rest.removeLast() }
        return rest
    }
}
