/// A time of day.
struct ClockTime: Sendable, Hashable {
    var hour: Int
    var minute: Int

    /// - Returns: `nil` for one that there is not.
    init?(hour: Int, minute: Int) {
        guard (0...23).contains(hour), (0...59).contains(minute) else { return nil }
        self.hour = hour
        self.minute = minute
    }

    /// `07:05`
    var iso: String { (hour < 10 ? "0" : "") + "\(hour):" + (minute < 10 ? "0" : "") + "\(minute)" }

    /// `7:05 in the morning`
    var spoken: String {
        if minute == 0, hour == 0 || hour == 12 { return hour == 0 ? "midnight" : "noon" }
        let part = hour < 12 ? "in the morning" : hour < 18 ? "in the afternoon" : "in the evening"
        let shown = hour % 12 == 0 ? 12 : hour % 12
        let minutes = minute == 0 ? "" : (minute < 10 ? ":0" : ":") + "\(minute)"
        return "\(shown)\(minutes) \(part)"
    }
}

/// Reads a time of day as callers say it: "half past seven", "quarter to nine", "3:30 p.m.", "at noon".
///
/// An hour without morning or evening is one of the day: 7 to 11 in the morning, 12 to 6 from noon on. What is understood
/// is read back, so that the caller can say otherwise.
enum SpokenTime {
    static func time(in text: String) -> ClockTime? {
        let plain = text.lowercased().replacing("a.m.", with: " am ").replacing("p.m.", with: " pm ")
            .replacing("o'clock", with: " ").replacing("o\u{2019}clock", with: " ")
        let words = plain.split { !($0.isLetter || $0.isNumber || $0 == ":" || $0 == ".") }.prefix(40)
            .flatMap(parts).filter { !["at", "the", "around", "about", "clock", "o"].contains($0) }
        if words.contains("noon") || words.contains("midday") { return ClockTime(hour: 12, minute: 0) }
        if words.contains("midnight") { return ClockTime(hour: 0, minute: 0) }
        guard let (hour, minute) = clock(words) else { return nil }
        return daytime(hour, minute, words)
    }

    /// `7:30pm` as `7`, `:30`, `pm`.
    private static func parts(_ word: Substring) -> [String] {
        let digits = word.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return [word.filter { $0 != "." && $0 != ":" }].filter { !$0.isEmpty } }
        var rest = word.dropFirst(digits.count)
        var parts = [String(digits)]
        if rest.first == ":" || rest.first == "." {
            let minutes = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            if minutes.count == 2 { parts.append(":" + minutes) }
            rest = rest.dropFirst(1 + minutes.count)
        }
        if rest == "am" || rest == "pm" { parts.append(String(rest)) }
        return parts
    }

    private static func clock(_ words: [String]) -> (hour: Int, minute: Int)? {
        if let place = words.firstIndex(where: { ["past", "after", "to", "before", "till"].contains($0) }), place > 0 {
            let before = words[place - 1]
            let minutes =
                before == "half"
                ? 30
                : before == "quarter"
                    ? 15
                    : before == "minutes" && place > 1
                        ? number(words[..<(place - 1)])
                        : number(words[..<place])
            let hour = words.dropFirst(place + 1).first.flatMap { number([$0]) }
            if let minutes, let hour, (1...59).contains(minutes), (0...23).contains(hour) {
                if ["past", "after"].contains(words[place]) { return (hour, minutes) }
                return ((hour + 23) % 24, 60 - minutes)
            }
        }
        guard let first = words.firstIndex(where: { number([$0]) != nil }) else { return nil }
        guard var hour = number([words[first]]) else { return nil }
        var rest = words.dropFirst(first + 1)
        if hour == 20, let units = rest.first.flatMap({ SpokenNumber.digit($0) }), (1...3).contains(units),
            rest.dropFirst().first != nil || rest.count == 1
        {
            // "twenty two thirty"
            hour += units
            rest = rest.dropFirst()
        }
        // Four digits in one.
        if words[first].count == 4, words[first].allSatisfy(\.isNumber) { return (hour / 100, hour % 100) }
        guard (0...24).contains(hour) else { return nil }
        if let next = rest.first {
            if next.hasPrefix(":"), let minutes = Int(next.dropFirst()) { return (hour, minutes) }
            if next == "hundred" { return (hour, 0) }
            if next == "oh" || next == "zero", let units = rest.dropFirst().first.flatMap({ SpokenNumber.digit($0) }) {
                return (hour, units)
            }
            if let minutes = number(Array(rest.prefix(2))) ?? number([next]), minutes >= 10 { return (hour, minutes) }
            if next == "half" { return (hour, 30) }
        }
        return (hour, 0)
    }

    private static func number(_ words: some Collection<String>) -> Int? {
        SpokenNumber.value(in: words.suffix(2).filter { $0 != "a" }.joined(separator: " "))
    }

    private static func daytime(_ hour: Int, _ minute: Int, _ words: [String]) -> ClockTime? {
        let isMorning = words.contains("am") || words.contains("morning")
        let isLate = words.contains("pm") || ["afternoon", "evening", "tonight"].contains(where: words.contains)
        if hour > 12 || hour == 0 { return ClockTime(hour: hour % 24, minute: minute) }
        if words.contains("night"), !isMorning, !isLate {
            return ClockTime(hour: hour == 12 ? 0 : hour < 6 ? hour : hour + 12, minute: minute)
        }
        if isMorning { return ClockTime(hour: hour % 12, minute: minute) }
        if isLate { return ClockTime(hour: hour % 12 + 12, minute: minute) }
        return ClockTime(hour: hour == 12 || hour >= 7 ? hour : hour + 12, minute: minute)
    }
}
