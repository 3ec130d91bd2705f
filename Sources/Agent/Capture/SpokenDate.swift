/// Reads a day as callers say it: "the third of May", "next Friday", "May 21st 2027", "tomorrow", "3.5.2027".
enum SpokenDate {
    static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]
    static let weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
    private static let ordinals = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
        "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
        "twentieth",
    ]

    /// - Parameters:
    ///   - today: what "tomorrow" counts from; a day without a year is the next one there is.
    ///   - known: a date that is being corrected: what is not said anew is taken from it.
    static func day(in text: String, today: CalendarDay, correcting known: CalendarDay? = nil) -> CalendarDay? {
        if let day = numeric(text) { return day }
        let words = text.lowercased().split { !($0.isLetter || $0.isNumber) }.prefix(60).map(String.init)
        if let day = relative(words, today: today) { return day }
        let month = words.firstIndex { word in
            word.count >= 3 && months.contains { $0 == word || isShort(word, of: $0) }
        }
        guard let month, let number = months.firstIndex(where: { $0 == words[month] || isShort(words[month], of: $0) })
        else {
            // "No, the fourth."
            guard let known, let day = dayNumber(words)?.day else { return nil }
            return CalendarDay(year: known.year, month: known.month, day: day)
        }
        // "the third of May", else "May the third, twenty twenty seven"
        let before = Array(words[..<month])
        let after = Array(words[(month + 1)...])
        let day: Int
        var rest = after
        if let found = dayNumber(before, wantsLast: true) {
            day = found.day
        } else if let found = dayNumber(after) {
            day = found.day
            rest = Array(after.dropFirst(found.end))
        } else if let known {
            day = known.day
        } else {
            return nil
        }
        if let year = year(rest) { return CalendarDay(year: year, month: number + 1, day: day) }
        if let known { return CalendarDay(year: known.year, month: number + 1, day: day) }
        for year in today.year...today.year + 8 {
            if let found = CalendarDay(year: year, month: number + 1, day: day), found >= today { return found }
        }
        return nil
    }

    private static func isShort(_ word: String, of month: String) -> Bool {
        (word.count == 3 || word == "sept") && month.hasPrefix(word)
    }

    // MARK: Days

    /// The first number from 1 to 31, or the last one, and where its words end.
    private static func dayNumber(_ words: [String], wantsLast: Bool = false) -> (day: Int, end: Int)? {
        var found: (day: Int, end: Int)?
        var index = 0
        while index < words.count {
            let word = words[index]
            let next = index + 1 < words.count ? words[index + 1] : ""
            let tens = ["twenty": 20, "thirty": 30][word] ?? 0
            if tens > 0, let units = ordinals.firstIndex(of: next).map({ $0 + 1 }) ?? SpokenNumber.digit(next),
                (1...9).contains(units), tens + units <= 31
            {
                found = (tens + units, index + 2)
                index += 1
            } else if let day = single(word), (1...31).contains(day) {
                found = (day, index + 1)
            }
            if found != nil, !wantsLast { return found }
            index += 1
        }
        return found
    }

    private static func single(_ word: String) -> Int? {
        if let index = ordinals.firstIndex(of: word) { return index + 1 }
        if word == "thirtieth" { return 30 }
        let digits = word.prefix { $0.isASCII && $0.isNumber }
        if !digits.isEmpty {
            return ["", "st", "nd", "rd", "th"].contains(String(word.dropFirst(digits.count))) ? Int(digits) : nil
        }
        return SpokenNumber.small(word)
    }

    /// `2027`, "twenty twenty seven", "two thousand twenty seven".
    private static func year(_ words: [String]) -> Int? {
        if let digits = words.first(where: { $0.count == 4 && $0.allSatisfy(\.isNumber) }) { return Int(digits) }
        guard let start = words.firstIndex(where: { $0 == "twenty" || $0 == "nineteen" || $0 == "two" }) else {
            return nil
        }
        let rest = Array(words[start...])
        if rest.count >= 2, rest[0] == "two", rest[1] == "thousand" {
            return 2_000 + (SpokenNumber.value(in: rest.dropFirst(2).joined(separator: " ")) ?? 0)
        }
        guard rest.count >= 2, rest[0] != "two",
            let low = SpokenNumber.value(in: rest.dropFirst().joined(separator: " ")), (0...99).contains(low)
        else { return nil }
        return (rest[0] == "twenty" ? 2_000 : 1_900) + low
    }

    // MARK: Other ways

    /// `2027-05-03`, `3.5.2027`, `5/13/2027` and `13/5/2027`, but not `3/5/2027`, which is two days.
    private static func numeric(_ text: String) -> CalendarDay? {
        for token in text.split(whereSeparator: \.isWhitespace).prefix(60) {
            for separator: Character in ["-", ".", "/"] {
                let trimmed = token.drop { !$0.isNumber }
                let parts = trimmed.split(separator: separator, omittingEmptySubsequences: true).map { part in
                    Int(part.prefix { $0.isASCII && $0.isNumber }.prefix(4))
                }
                guard parts.count == 3, let one = parts[0], let two = parts[1], let three = parts[2] else { continue }
                if one > 31 { return CalendarDay(year: one, month: two, day: three) }
                let year = three < 100 ? 2_000 + three : three
                if separator == "/" {
                    if one > 12 { return CalendarDay(year: year, month: two, day: one) }
                    return two > 12 || one == two ? CalendarDay(year: year, month: one, day: two) : nil
                }
                return CalendarDay(year: year, month: two, day: one)
            }
        }
        return nil
    }

    private static func relative(_ words: [String], today: CalendarDay) -> CalendarDay? {
        let text = " " + words.joined(separator: " ") + " "
        if text.contains(" day after tomorrow ") { return today.adding(days: 2) }
        if text.contains(" tomorrow ") { return today.adding(days: 1) }
        if text.contains(" today ") || text.contains(" tonight ") { return today }
        if let unit = words.firstIndex(where: { ["day", "days", "week", "weeks"].contains($0) }), unit > 0,
            words[..<unit].contains("in")
        {
            let count =
                SpokenNumber.value(in: words[..<unit].joined(separator: " ")) ?? (words[unit - 1] == "a" ? 1 : nil)
            if let count, (1...365).contains(count) {
                return today.adding(days: words[unit].hasPrefix("week") ? min(count, 52) * 7 : count)
            }
        }
        // A day of the week without a month.
        let hasMonth = words.contains { word in months.contains { $0 == word || isShort(word, of: $0) } }
        guard !hasMonth, let weekday = words.compactMap({ weekdays.firstIndex(of: $0) }).first else { return nil }
        let ahead = (weekday - today.weekday + 7) % 7
        return today.adding(days: ahead == 0 ? 7 : ahead)
    }
}
