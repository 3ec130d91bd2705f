/// When somebody is called back: a local time that was asked for, looked at before it is promised.
package enum CallbackTime {
    /// Why it can't be then, in a sentence for the model.
    package struct Refusal: Error, Equatable {
        package let sentence: String
    }

    private static let longest: Int64 = 30 * 86_400

    /// - Parameters:
    ///   - text: as `2026-12-01T10:00`.
    ///   - office: the zone that the text is meant in.
    ///   - callee: where the other side is.
    ///   - now: milliseconds since 1970.
    /// - Returns: milliseconds since 1970.
    package static func resolve(
        _ text: String, office: ZoneRules, callee: ZoneRules, quietFrom: Int, quietUntil: Int, now: Int64
    ) throws(Refusal) -> Int64 {
        guard let local = seconds(text) else {
            throw Refusal(sentence: "\"\(text.prefix(40))\" is no date and time; write it like 2026-12-01T10:00.")
        }
        // What the offset is then, found out by the time that it would be without.
        var time = local - Int64(office.offset(at: local))
        time = local - Int64(office.offset(at: time))
        let current = now / 1_000
        guard time > current else { throw Refusal(sentence: "That time is over; it is \(words(current, office)) now.") }
        guard time <= current + longest else { throw Refusal(sentence: "That is more than 30 days from now.") }
        let quiet = QuietHours(from: quietFrom, until: quietUntil)
        if let end = quiet.end(at: time * 1_000, in: callee) {
            throw Refusal(
                sentence: "Nobody is called at that time of day. The nearest time that is allowed is "
                    + "\(words(end / 1_000, office)).")
        }
        return time * 1_000
    }

    /// `2026-12-01T10:00` of a time.
    package static func words(_ seconds: Int64, _ zone: ZoneRules) -> String {
        let local = seconds + Int64(zone.offset(at: seconds))
        let (day, rest) = local.quotientAndRemainder(dividingBy: 86_400)
        // The civil calendar, by days since 1 March of the year 0.
        let shifted = day + 719_468
        let era = shifted / 146_097
        let ofEra = shifted - era * 146_097
        let year = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let month = (5 * ofYear + 2) / 153
        let number = month < 10 ? month + 3 : month - 9
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(year + era * 400 + (number <= 2 ? 1 : 0))-\(two(number))-\(two(ofYear - (153 * month + 2) / 5 + 1))"
            + "T\(two(rest / 3_600)):\(two(rest % 3_600 / 60))"
    }

    /// Seconds since 1970 by a clock that stays at UTC; `nil` for what is no date and time.
    private static func seconds(_ text: String) -> Int64? {
        let halves = text.split(whereSeparator: { $0 == "T" || $0 == " " })
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: "-").map { Int($0) ?? -1 }
        let time = halves[1].split(separator: ":").map { Int($0) ?? -1 }
        guard date.count == 3, (2_000...2_999).contains(date[0]), (1...12).contains(date[1]),
            (1...31).contains(date[2]), (2...3).contains(time.count), (0...23).contains(time[0]),
            (0...59).contains(time[1])
        else { return nil }
        let day = YearlyRule.days(date[0], date[1], date[2])
        let next = date[1] == 12 ? YearlyRule.days(date[0] + 1, 1, 1) : YearlyRule.days(date[0], date[1] + 1, 1)
        guard day < next else { return nil }
        return Int64(day) * 86_400 + Int64(time[0] * 3_600 + time[1] * 60)
    }
}
