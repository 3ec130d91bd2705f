/// A sum of money.
struct Amount: Sendable, Hashable {
    /// In hundredths of the currency.
    var hundredths: Int
    /// ISO 4217; `nil` when none was named.
    var currency: String?

    /// `25.50 EUR`
    var text: String {
        let small = hundredths % 100
        let number = "\(hundredths / 100).\(small < 10 ? "0" : "")\(small)"
        return currency.map { "\(number) \($0)" } ?? number
    }

    /// `25 euros and 50 cents`
    var spoken: String {
        let (whole, small) = (hundredths / 100, hundredths % 100)
        guard let currency, let names = SpokenAmount.names[currency] else {
            return small == 0 ? "\(whole)" : text
        }
        let main = "\(whole) \(whole == 1 ? names.one : names.many)"
        return small == 0 ? main : "\(main) and \(small) \(small == 1 ? names.smallOne : names.small)"
    }
}

/// Reads a sum of money as callers say it: "twenty five euros fifty", "$19.99", "nineteen ninety nine".
enum SpokenAmount {
    static let names: [String: (one: String, many: String, smallOne: String, small: String)] = [
        "EUR": ("euro", "euros", "cent", "cents"), "USD": ("dollar", "dollars", "cent", "cents"),
        "GBP": ("pound", "pounds", "penny", "pence"), "CHF": ("franc", "francs", "centime", "centimes"),
    ]
    private static let currencies = [
        "euro": "EUR", "euros": "EUR", "€": "EUR", "eur": "EUR", "dollar": "USD", "dollars": "USD", "bucks": "USD",
        "$": "USD", "usd": "USD", "pound": "GBP", "pounds": "GBP", "quid": "GBP", "£": "GBP", "gbp": "GBP",
        "franc": "CHF", "francs": "CHF", "chf": "CHF",
    ]
    private static let small: Set<String> = ["cent", "cents", "penny", "pence", "centime", "centimes", "p", "¢"]

    static func amount(in text: String) -> Amount? {
        let words = words(of: text)
        let place = words.firstIndex { currencies[$0] != nil }
        let currency = place.flatMap { currencies[words[$0]] }
        guard words.allSatisfy({ $0.filter(\.isNumber).count <= 10 }) else { return nil }
        if let decimal = words.compactMap(decimal).first { return Amount(hundredths: decimal, currency: currency) }
        func number(_ part: ArraySlice<String>) -> Int? { SpokenNumber.value(in: part.joined(separator: " ")) }
        if let place {
            // "five euros twenty", "$ 20"
            let before = number(words[..<place])
            let after = number(words[(place + 1)...])
            if let before {
                guard before < 10_000_000 else { return nil }
                return Amount(hundredths: before * 100 + (after.map { $0 < 100 ? $0 : 0 } ?? 0), currency: currency)
            }
            return after.map { Amount(hundredths: $0 * 100, currency: currency) }
        }
        guard let whole = number(words[...]) else { return nil }
        if words.contains(where: small.contains), whole < 100 { return Amount(hundredths: whole, currency: nil) }
        // "nineteen ninety nine": the number, and another one behind it.
        for end in words.indices.dropFirst() where number(words[..<end]) == whole {
            if let rest = number(words[end...]), rest >= 10, rest < 100, whole < 1_000,
                SpokenNumber.value(in: words[..<(end + 1)].joined(separator: " ")) == whole
            {
                return Amount(hundredths: whole * 100 + rest, currency: nil)
            }
        }
        return Amount(hundredths: whole * 100, currency: nil)
    }

    /// Currency marks as words of their own; `1,200` as `1200`.
    private static func words(of text: String) -> [String] {
        var plain = ""
        for character in text.lowercased().prefix(400) {
            if "€$£¢".contains(character) { plain += " \(character) " } else { plain.append(character) }
        }
        return plain.split { $0.isWhitespace || "-;?!".contains($0) }.prefix(40).map { word in
            var word = word
            while let last = word.last, ".,".contains(last) { word.removeLast() }
            let groups = word.split(separator: ",", omittingEmptySubsequences: false)
            let isGrouped = groups.count > 1 && groups.dropFirst().allSatisfy { $0.prefix { $0.isNumber }.count == 3 }
            return isGrouped ? groups.joined() : String(word)
        }.filter { !$0.isEmpty }
    }

    /// `19.99` and `19,99` in hundredths.
    private static func decimal(_ word: String) -> Int? {
        let parts = word.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "," }
        guard parts.count == 2, parts[1].count == 2, parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }),
            let whole = Int(parts[0].prefix(8)), parts[0].count <= 8, let small = Int(parts[1])
        else { return nil }
        return whole * 100 + small
    }
}
