#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The date and time of day where this process runs, in words.
enum LocalTime {
    private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// E.g. `Sunday, 29 November 2026, 14:05`.
    static func now() -> String {
        var seconds = time(nil)
        var parts = unsafe tm()
        _ = unsafe localtime_r(&seconds, &parts)
        return unsafe text(
            weekday: Int(parts.tm_wday), day: Int(parts.tm_mday), month: Int(parts.tm_mon) + 1,
            year: Int(parts.tm_year) + 1_900, hour: Int(parts.tm_hour), minute: Int(parts.tm_min))
    }

    /// Year, month and day of the month.
    static func day() -> (year: Int, month: Int, day: Int) {
        var seconds = time(nil)
        var parts = unsafe tm()
        _ = unsafe localtime_r(&seconds, &parts)
        return unsafe (Int(parts.tm_year) + 1_900, Int(parts.tm_mon) + 1, Int(parts.tm_mday))
    }

    static func text(weekday: Int, day: Int, month: Int, year: Int, hour: Int, minute: Int) -> String {
        let name = days.indices.contains(weekday) ? days[weekday] + ", " : ""
        let monthName = months.indices.contains(month - 1) ? months[month - 1] : "\(month)"
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(name)\(day) \(monthName) \(year), \(two(hour)):\(two(minute))"
    }
}
