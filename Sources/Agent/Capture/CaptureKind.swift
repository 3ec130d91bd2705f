/// What kind of thing a caller is asked to say or to type.
public enum CaptureKind: String, Sendable, CaseIterable {
    case date, time, number, amount, phone, email
}

/// Something that a caller said, made out and brought into one form.
struct CapturedValue: Sendable, Equatable {
    /// As records and tools have it: `2027-05-03`, `07:30`, `25.50 EUR`, `+49550123`, `ada@example.com`.
    var text: String
    /// As it is read back.
    var spoken: String
}

extension CaptureKind {
    /// - Parameter known: what is being corrected, if anything.
    /// - Returns: `nil` when `said` holds nothing of the kind.
    func value(of said: String, today: CalendarDay, correcting known: CapturedValue? = nil) -> CapturedValue? {
        let said = String(said.prefix(1_000))
        switch self {
        case .date:
            let day = SpokenDate.day(in: said, today: today, correcting: known.flatMap { Self.day(iso: $0.text) })
            return day.map { CapturedValue(text: $0.iso, spoken: $0.spoken) }
        case .time: return SpokenTime.time(in: said).map { CapturedValue(text: $0.iso, spoken: $0.spoken) }
        case .number:
            return SpokenNumber.value(in: said).map { CapturedValue(text: "\($0)", spoken: "\($0)") }
        case .amount: return SpokenAmount.amount(in: said).map { CapturedValue(text: $0.text, spoken: $0.spoken) }
        case .phone: return Self.phone(said)
        case .email:
            return SpokenEmail.address(in: said).map { CapturedValue(text: $0, spoken: SpokenEmail.spoken($0)) }
        }
    }

    private static func phone(_ said: String) -> CapturedValue? {
        let digits = SpokenNumber.digits(in: said)
        guard (3...15).contains(digits.count) else { return nil }
        let words = said.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "+") }
        let isInternational = words.first { $0 == "plus" || $0.first == "+" } != nil
        return phone(digits: digits, isInternational: isInternational)
    }

    static func phone(digits: String, isInternational: Bool) -> CapturedValue {
        var groups: [String] = []
        var rest = digits[...]
        while !rest.isEmpty {
            // No group of one at the end.
            let size = rest.count == 4 ? 2 : 3
            groups.append(rest.prefix(size).map(String.init).joined(separator: " "))
            rest = rest.dropFirst(size)
        }
        return CapturedValue(
            text: (isInternational ? "+" : "") + digits,
            spoken: (isInternational ? "plus, " : "") + groups.joined(separator: ", "))
    }

    private static func day(iso: String) -> CalendarDay? {
        let parts = iso.split(separator: "-").compactMap { Int($0) }
        return parts.count == 3 ? CalendarDay(year: parts[0], month: parts[1], day: parts[2]) : nil
    }

    /// What is asked when nothing was made out.
    var hint: String {
        switch self {
        case .date: "Please say the day and the month, such as the third of May."
        case .time: "Please say a time, such as half past three."
        case .number: "Please say the number once more."
        case .amount: "Please say the amount once more."
        case .phone: "Please say the number digit by digit, or type it."
        case .email: "Please spell it, with at and dot."
        }
    }

    /// Whether it can be typed on a telephone.
    var isTyped: Bool { self == .number || self == .phone }
}
