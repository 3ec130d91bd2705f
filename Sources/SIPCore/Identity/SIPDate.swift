/// A moment as the Date header writes it (RFC 3261 §20.17): `Sat, 13 Nov 2010 23:29:00 GMT`.
public struct SIPDate: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Since the beginning of 1970, without leap seconds; up to the end of 9999.
    public let seconds: Int64

    public init(seconds: Int64) {
        self.seconds = min(max(seconds, 0), 253_402_300_799)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

    /// Reads the value of the header. The day of the week is not looked at.
    public init(parsing text: String) throws(ParseError) {
        let fault = ParseError(offset: 0, section: "RFC 3261 §20.17", message: "Date can't be read")
        guard text.utf8.count <= 64 else { throw fault }
        let words = text.split(whereSeparator: { $0 == " " || $0 == "," })
        guard words.count == 6, words[5].uppercased() == "GMT",
            let day = Self.number(words[1], 1...31), let year = Self.number(words[3], 1970...9999),
            let month = Self.months.firstIndex(where: { $0.utf8.isEqual(ignoringCase: String(words[2])) })
        else { throw fault }
        let clock = words[4].split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, let hour = Self.number(clock[0], 0...23), let minute = Self.number(clock[1], 0...59),
            let second = Self.number(clock[2], 0...60)
        else { throw fault }
        let days = Self.days(year: year, month: Int64(month), day: day)
        self.init(seconds: ((days * 24 + hour) * 60 + minute) * 60 + second)
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int64>) -> Int64? {
        guard let number = Array(text.utf8)[...].decimal.map(Int64.init), range.contains(number) else { return nil }
        return number
    }

    /// Days since 1970 in the Gregorian calendar, counted in years that begin in March. `month` begins with 0.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month > 1 ? year : year - 1
        let since = (month + 10) % 12
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (since * 306 + 5) / 10 + day - 1 - 719_468
    }

    public static func < (one: SIPDate, other: SIPDate) -> Bool { one.seconds < other.seconds }

    public var description: String {
        let (day, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        var year = 1970 + day / 366
        while Self.days(year: year + 1, month: 0, day: 1) <= day { year += 1 }
        var month: Int64 = 0
        while month < 11, Self.days(year: year, month: month + 1, day: 1) <= day { month += 1 }
        let ofMonth = day - Self.days(year: year, month: month, day: 1) + 1
        func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
        let weekday = Self.weekdays[Int(day % 7)]
        return "\(weekday), \(two(ofMonth)) \(Self.months[Int(month)]) \(year) "
            + "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60)) GMT"
    }
}

extension SIPMessage {
    /// When the message was made, as its sender says; `nil` without Date (RFC 3261 §20.17).
    public var date: SIPDate? {
        get throws(ParseError) {
            guard let text = first(.date) else { return nil }
            return try SIPDate(parsing: text)
        }
    }
}
