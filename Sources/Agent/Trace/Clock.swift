/// Times of a call in words and figures, for people.
enum Clock {
    /// `4.2 s`, `1:02.0`, `250 ms` below a second.
    static func length(_ milliseconds: Int) -> String {
        guard milliseconds >= 1_000 else { return "\(milliseconds) ms" }
        let (minutes, rest) = (milliseconds / 60_000, milliseconds % 60_000)
        let tail = "\(rest / 1_000).\(rest % 1_000 / 100)"
        return minutes > 0 ? "\(minutes):\(rest < 10_000 ? "0" : "")\(tail)" : "\(tail) s"
    }

    /// Seconds with three decimals, e.g. `12.345`, from microseconds; rounded to the millisecond.
    static func seconds(_ microseconds: Int) -> String {
        let milliseconds = (microseconds.magnitude + 500) / 1_000
        let digits = String(milliseconds % 1_000)
        let sign = microseconds < 0 && milliseconds > 0 ? "-" : ""
        return "\(sign)\(milliseconds / 1_000)." + String(repeating: "0", count: 3 - digits.count) + digits
    }
}
