/// Times as Telnyx writes them: `2026-01-02T03:04:05.678901Z` (RFC 3339).
enum ISOTime {
    /// Microseconds since 1970; `nil` when `text` is no time. Years 1970 to 9999; what is finer than a microsecond is cut.
    static func microseconds(_ text: String) -> Int64? {
        let octets = Array(text.utf8)
        guard (19...40).contains(octets.count) else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for octet in octets[range] {
                guard (0x30...0x39).contains(octet) else { return nil }
                value = value * 10 + Int64(octet - 0x30)
            }
            return value
        }
        guard octets[4] == 0x2D, octets[7] == 0x2D, octets[10] == 0x54 || octets[10] == 0x20 || octets[10] == 0x74,
            octets[13] == 0x3A, octets[16] == 0x3A,
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            year >= 1970, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var position = 19
        var fraction: Int64 = 0
        if position < octets.count, octets[position] == 0x2E {
            position += 1
            var scale: Int64 = 100_000
            while position < octets.count, (0x30...0x39).contains(octets[position]) {
                fraction += Int64(octets[position] - 0x30) * scale
                scale /= 10
                position += 1
            }
        }
        guard let offset = offset(octets[position...]) else { return nil }
        let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return seconds * 1_000_000 + fraction
    }

    /// Seconds east of Greenwich; without a zone it is read as UTC.
    private static func offset(_ zone: ArraySlice<UInt8>) -> Int64? {
        let zone = Array(zone)
        if zone.isEmpty || zone == [0x5A] || zone == [0x7A] { return 0 }
        guard let sign = zone.first, sign == 0x2B || sign == 0x2D else { return nil }
        let digits = zone.dropFirst().filter { $0 != 0x3A }
        guard digits.count == 4, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let values = digits.map { Int64($0 - 0x30) }
        let seconds = (values[0] * 10 + values[1]) * 3_600 + (values[2] * 10 + values[3]) * 60
        return sign == 0x2B ? seconds : -seconds
    }

    /// Days since 1970 in the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// As Telnyx writes it.
    ///
    /// - Parameter microseconds: since 1970; negative ones are written as 1970.
    static func text(_ microseconds: Int64) -> String {
        let microseconds = min(max(0, microseconds), 253_402_300_799_999_999)
        let (seconds, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        // The inverse of `days`.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * part + 2) / 5 + 1
        let month = part < 10 ? part + 3 : part - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func digits(_ number: Int64, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))T\(digits(rest / 3_600, 2))"
            + ":\(digits(rest / 60 % 60, 2)):\(digits(rest % 60, 2)).\(digits(fraction, 6))Z"
    }
}
