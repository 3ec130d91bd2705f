/// Numbers as they are said in English.
enum NumberWords {
    private static let ones = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ]
    private static let tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    private static let irregular = [
        1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth", 20: "twentieth",
        30: "thirtieth", 40: "fortieth", 50: "fiftieth", 60: "sixtieth", 70: "seventieth", 80: "eightieth",
        90: "ninetieth",
    ]

    /// The words for a value below a billion; digits beyond.
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

    /// The words for 1st to 999th; `nil` for another value.
    static func ordinal(_ value: Int) -> String? {
        guard (1...999).contains(value) else { return nil }
        if let word = irregular[value] { return word }
        if value < 20 { return ones[value] + "th" }
        if value < 100 { return ordinal(value % 10).map { "\(tens[value / 10])-\($0)" } }
        let hundreds = "\(ones[value / 100]) hundred"
        return value % 100 == 0 ? hundreds + "th" : ordinal(value % 100).map { "\(hundreds) \($0)" }
    }

    /// A year of the second millennium by its halves; `nil` when it is said like any number.
    static func year(_ value: Int) -> String? {
        guard (1_100...1_999).contains(value) else { return nil }
        let rest =
            switch value % 100 {
            case 0: "hundred"
            case 1...9: "oh \(ones[value % 10])"
            default: cardinal(value % 100)
            }
        return "\(cardinal(value / 100)) \(rest)"
    }

    /// `1,250`, `3.5`, `0042`, `1999`; `nil` when it is no such number.
    static func decimal(_ token: String) -> String? {
        let plain = token.filter { $0 != "," }
        let parts = plain.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = parts.first, whole.first?.isASCIIDigit == true, let value = Int(whole),
            value < 1_000_000_000
        else { return nil }
        guard parts.count == 2 else {
            // Leading zeros are read out.
            if whole.count > 1, whole.hasPrefix("0") { return digits(whole) }
            return (token.count == 4 ? year(value) : nil) ?? cardinal(value)
        }
        guard parts[1].allSatisfy(\.isASCIIDigit), !parts[1].isEmpty else { return nil }
        return "\(cardinal(value)) point \(digits(parts[1]))"
    }

    /// One digit after the other.
    static func digits(_ text: some StringProtocol) -> String {
        text.compactMap { digit in
            digit.isASCIIDigit ? digit.wholeNumberValue.map { ones[$0] } : nil
        }.joined(separator: " ")
    }
}

/// Sums of money.
enum MoneyWords {
    private static let currencies: [Character: (one: String, many: String, small: String)] = [
        "$": ("dollar", "dollars", "cents"), "€": ("euro", "euros", "cents"), "£": ("pound", "pounds", "pence"),
    ]

    /// `$12.50`, `12€`; `nil` when it is no sum.
    ///
    /// - Parameter scale: `million` in "$1.5 million".
    static func spoken(_ token: String, scale: String? = nil) -> String? {
        let amount: String
        let currency: (one: String, many: String, small: String)
        if let sign = token.first, let found = currencies[sign] {
            (amount, currency) = (String(token.dropFirst()), found)
        } else if let sign = token.last, let found = currencies[sign] {
            (amount, currency) = (String(token.dropLast()), found)
        } else {
            return nil
        }
        let parts = amount.filter { $0 != "," }.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isASCIIDigit) }),
            let whole = parts.first.flatMap({ Int($0) })
        else { return nil }
        if scale != nil || (parts.count == 2 && parts[1].count != 2) {
            let number =
                NumberWords.cardinal(whole) + (parts.count == 2 ? " point \(NumberWords.digits(parts[1]))" : "")
            return [number, scale, currency.many].compactMap { $0 }.joined(separator: " ")
        }
        var words = "\(NumberWords.cardinal(whole)) \(whole == 1 ? currency.one : currency.many)"
        if parts.count == 2, let cents = Int(parts[1]), cents > 0 {
            words += " and \(NumberWords.cardinal(cents)) \(cents == 1 ? singular(currency.small) : currency.small)"
        }
        return words
    }

    private static func singular(_ small: String) -> String { small == "pence" ? "penny" : "cent" }
}

/// Telephone numbers, one digit after the other with a rest between the groups.
enum TelephoneWords {
    /// Seven digits and more, groups with hyphens, or a plus before; `nil` when it is no such number.
    static func spoken(_ token: String) -> String? {
        let digits = token.filter(\.isASCIIDigit)
        let others = token.filter { !$0.isASCIIDigit }
        guard others.allSatisfy({ "+-.()/".contains($0) }), token.first != "-" else { return nil }
        let isGrouped = others.contains("-") && digits.count >= 5
        let isLong = digits.count >= 7 && !others.contains(".")
        guard !digits.isEmpty, isGrouped || isLong || others.contains("+") else { return nil }
        return words([token])
    }

    /// A number that is written with blanks, `+1 (555) 010-0123`, at the start of `tokens`, and how many of them it
    /// takes; `nil` when there is none.
    static func spoken(startingWith tokens: [String]) -> (words: String, tokens: Int)? {
        var groups: [String] = []
        for token in tokens {
            let core = token.reversed().drop { ",;:.?!".contains($0) }
            let group = String(core.reversed())
            guard group.contains(where: \.isASCIIDigit),
                group.allSatisfy({ $0.isASCIIDigit || "+-()".contains($0) }),
                groups.isEmpty || group.first != "+"
            else { break }
            groups.append(group)
            // A mark ends the number.
            if group.count < token.count { break }
        }
        let digits = groups.map { $0.filter(\.isASCIIDigit).count }
        guard groups.count >= 2, (7...15).contains(digits.reduce(0, +)), let first = groups.first else { return nil }
        let isMarked = first.hasPrefix("+") || first.hasPrefix("(")
        guard isMarked || (digits.dropFirst().allSatisfy { $0 >= 2 } && first.first != "-") else { return nil }
        return (words(groups), groups.count)
    }

    private static func words(_ groups: [String]) -> String {
        let parts = groups.flatMap { $0.split { !$0.isASCIIDigit } }
        return (groups.first?.hasPrefix("+") == true ? "plus " : "")
            + parts.map { NumberWords.digits($0) }.joined(separator: ", ")
    }
}
