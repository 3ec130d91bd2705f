/// When the clocks change each year, in the form of POSIX: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct YearlyRule: Sendable, Equatable {
    /// A day of a month, e.g. the last Sunday of March, and seconds after its midnight.
    private struct Change: Sendable, Equatable {
        var month: Int
        /// 5 is the last.
        var week: Int
        /// 0 is Sunday.
        var weekday: Int
        var seconds: Int
    }

    private var standard: Int
    private var summer: (offset: Int, begins: Change, ends: Change)?

    static func == (one: YearlyRule, other: YearlyRule) -> Bool {
        one.standard == other.standard && one.summer?.offset == other.summer?.offset
            && one.summer?.begins == other.summer?.begins && one.summer?.ends == other.summer?.ends
    }

    /// - Returns: `nil` for none, and for forms that no zone of today has.
    init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard let names = parts.first else { return nil }
        var rest = names
        guard Self.dropName(&rest), let west = Self.time(&rest) else { return nil }
        standard = -west
        guard !rest.isEmpty else { return }
        guard Self.dropName(&rest), parts.count == 3, let begins = Self.change(parts[1]),
            let ends = Self.change(parts[2])
        else { return nil }
        let offset = rest.isEmpty ? standard + 3_600 : Self.time(&rest).map { -$0 }
        guard let offset else { return nil }
        summer = (offset, begins, ends)
    }

    /// Seconds to be added to UTC.
    func offset(at seconds: Int64) -> Int {
        guard let summer else { return standard }
        let year = Self.year(of: seconds)
        let begins = Self.time(of: summer.begins, in: year) - Int64(standard)
        let ends = Self.time(of: summer.ends, in: year) - Int64(summer.offset)
        let isSummer =
            begins < ends ? seconds >= begins && seconds < ends : seconds >= begins || seconds < ends
        return isSummer ? summer.offset : standard
    }

    // MARK: Reading

    private static func dropName(_ text: inout Substring) -> Bool {
        if text.first == "<" {
            guard let end = text.firstIndex(of: ">") else { return false }
            text = text[text.index(after: end)...]
            return true
        }
        let name = text.prefix(while: \.isLetter)
        text = text.dropFirst(name.count)
        return name.count >= 3
    }

    /// `1`, `-3:30`, `+02:00:00` in seconds.
    private static func time(_ text: inout Substring) -> Int? {
        let isNegative = text.first == "-"
        if isNegative || text.first == "+" { text = text.dropFirst() }
        let fields = text.prefix { $0.isASCII && $0.isNumber || $0 == ":" }
        text = text.dropFirst(fields.count)
        let numbers = fields.split(separator: ":").map { Int($0) ?? -1 }
        guard (1...3).contains(numbers.count), numbers.allSatisfy({ (0...167).contains($0) }) else { return nil }
        let total = zip(numbers, [3_600, 60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
        return isNegative ? -total : total
    }

    /// `M3.5.0/3`.
    private static func change(_ text: Substring) -> Change? {
        guard text.first == "M" else { return nil }
        let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let numbers = (parts.first ?? "").split(separator: ".").map { Int($0) ?? -1 }
        guard numbers.count == 3, (1...12).contains(numbers[0]), (1...5).contains(numbers[1]),
            (0...6).contains(numbers[2]), parts.count <= 2
        else { return nil }
        var seconds = 7_200
        if parts.count == 2 {
            var rest = parts[1]
            guard let read = time(&rest), rest.isEmpty else { return nil }
            seconds = read
        }
        return Change(month: numbers[0], week: numbers[1], weekday: numbers[2], seconds: seconds)
    }

    // MARK: The calendar

    /// Days since 1970 of a date, by the civil calendar.
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    private static func year(of seconds: Int64) -> Int {
        let day = Int(clamping: seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0))
        var year = 1970 + day / 366
        while days(year + 1, 1, 1) <= day, year < 10_000 { year += 1 }
        return year
    }

    /// Seconds since 1970 by a clock that stays at UTC.
    private static func time(of change: Change, in year: Int) -> Int64 {
        let first = days(year, change.month, 1)
        // 1 January 1970 was a Thursday.
        let weekday = ((first + 4) % 7 + 7) % 7
        var day = first + (change.weekday - weekday + 7) % 7 + (change.week - 1) * 7
        let next = change.month == 12 ? days(year + 1, 1, 1) : days(year, change.month + 1, 1)
        if day >= next { day -= 7 }
        return Int64(day) * 86_400 + Int64(change.seconds)
    }
}
