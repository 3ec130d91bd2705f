/// A day of the calendar that we live by (the Gregorian one).
struct CalendarDay: Sendable, Hashable, Comparable {
    var year: Int
    var month: Int
    var day: Int

    /// - Returns: `nil` for a day that there is not.
    init?(year: Int, month: Int, day: Int) {
        guard (1_900...2_200).contains(year), (1...12).contains(month),
            (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    private init(unchecked year: Int, _ month: Int, _ day: Int) {
        (self.year, self.month, self.day) = (year, month, day)
    }

    static func < (one: CalendarDay, other: CalendarDay) -> Bool {
        (one.year, one.month, one.day) < (other.year, other.month, other.day)
    }

    static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// 0 for Sunday.
    var weekday: Int {
        // Sakamoto's method.
        let shifts = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
        let shift = shifts.indices.contains(month - 1) ? shifts[month - 1] : 0
        let year = month < 3 ? year - 1 : year
        return (year + year / 4 - year / 100 + year / 400 + shift + day) % 7
    }

    /// The day so many days later; not more than a few years.
    func adding(days: Int) -> CalendarDay {
        var result = self
        for _ in 0..<max(0, min(days, 1_000)) {
            result.day += 1
            if result.day > Self.days(in: result.month, of: result.year) {
                result.day = 1
                result.month += 1
            }
            if result.month > 12 {
                result.month = 1
                result.year += 1
            }
        }
        return result
    }

    /// `2027-05-03`
    var iso: String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))"
    }

    /// `Monday, the 3rd of May 2027`
    var spoken: String {
        let name = SpokenDate.months.indices.contains(month - 1) ? SpokenDate.months[month - 1] : ""
        let weekday = SpokenDate.weekdays.indices.contains(weekday) ? SpokenDate.weekdays[weekday] : ""
        let ending =
            switch day {
            case 1, 21, 31: "st"
            case 2, 22: "nd"
            case 3, 23: "rd"
            default: "th"
            }
        return "\(weekday.capitalizedWord), the \(day)\(ending) of \(name.capitalizedWord) \(year)"
    }

    /// The day where this process runs.
    static func today() -> CalendarDay {
        let (year, month, day) = LocalTime.day()
        return CalendarDay(year: year, month: month, day: day) ?? CalendarDay(unchecked: 2_000, 1, 1)
    }
}

extension String {
    /// With a capital at its beginning.
    fileprivate var capitalizedWord: String { prefix(1).uppercased() + dropFirst() }
}
