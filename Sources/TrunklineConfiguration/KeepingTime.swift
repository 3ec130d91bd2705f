/// How long something is kept: `12h`, `90d`, up to ten years.
public struct KeepingTime: Sendable, Equatable {
    public let length: Duration

    /// - Throws: ``InvalidValue`` with what to write.
    public init(_ text: String) throws(InvalidValue) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let fix = "write whole days such as 90d, or hours such as 12h"
        guard let number = Int(digits), number > 0 else {
            throw InvalidValue("is no time to keep something", fix: fix)
        }
        let hours: Int
        switch text.dropFirst(digits.count) {
        case "h": hours = 1
        case "d": hours = 24
        default: throw InvalidValue("is no time to keep something", fix: fix)
        }
        let (total, overflow) = number.multipliedReportingOverflow(by: hours)
        guard !overflow, total <= 3_660 * 24 else {
            throw InvalidValue(
                "is longer than ten years", fix: "write at most 3660d, or leave it out to keep it for ever")
        }
        length = .seconds(total * 3_600)
    }

    /// The same, or `false` for ever.
    static func orForEver(_ text: String) throws(InvalidValue) -> Duration? {
        text == "false" ? nil : try KeepingTime(text).length
    }
}
