/// Something that is looked for in a call, and what it may be.
public struct DigestField: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case text, number, integer, boolean
        /// `2026-12-24`
        case date
        /// `14:30`
        case time
        case choice([String])
    }

    public var name: String
    public var kind: Kind
    /// For the model: what it is.
    public var text: String

    /// - Parameters:
    ///   - name: under which it is kept.
    ///   - kind: what it may be.
    ///   - text: for the model: what it is.
    public init(name: String, kind: Kind = .text, text: String = "") {
        self.name = name
        self.kind = kind
        self.text = text
    }

    /// Characters of a text.
    static let longestText = 500

    /// What of a model's answer is kept.
    ///
    /// - Returns: null where the call does not tell it, and with a sentence where what the model wrote is not of its kind.
    func value(of written: JSONValue?) -> (value: JSONValue, problem: String?) {
        guard let written, written != .null else { return (.null, nil) }
        if case .string(let text) = written, text.allSatisfy(\.isWhitespace) { return (.null, nil) }
        guard let value = fitting(written) else { return (.null, "What the model wrote is not \(kind.words).") }
        return (value, nil)
    }

    private func fitting(_ written: JSONValue) -> JSONValue? {
        let text = written.string.map {
            PrintableText.of($0).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        switch kind {
        case .text: return text.flatMap { $0.count <= Self.longestText ? .string($0) : nil }
        case .number: return Self.number(written, text).map { .number($0) }
        case .integer: return Self.number(written, text).flatMap { $0 == $0.rounded() ? .number($0) : nil }
        case .boolean: return written.bool.map { .bool($0) }
        case .date:
            let parts = (text ?? "").split(separator: "-", omittingEmptySubsequences: false)
            guard parts.map(\.utf8.count) == [4, 2, 2], let year = Self.count(parts[0]),
                let month = Self.count(parts[1]),
                let day = Self.count(parts[2])
            else { return nil }
            return CalendarDay(year: year, month: month, day: day).map { .string($0.iso) }
        case .time:
            let parts = (text ?? "").split(separator: ":", omittingEmptySubsequences: false)
            guard parts.map(\.utf8.count) == [2, 2], let hour = Self.count(parts[0]), let minute = Self.count(parts[1]),
                hour < 24, minute < 60
            else { return nil }
            return text.map { .string($0) }
        case .choice(let values):
            return values.first { $0.lowercased() == text?.lowercased() }.map { .string($0) }
        }
    }

    /// Digits alone: no sign, no blank.
    private static func count(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }

    /// Numbers that JSON can hold exactly, also those that were written in quotes.
    private static func number(_ written: JSONValue, _ text: String?) -> Double? {
        guard let number = written.number ?? text.flatMap(Double.init), number.isFinite, abs(number) <= 9e15 else {
            return nil
        }
        return number
    }
}

extension DigestField.Kind {
    /// For the model, and for people.
    var words: String {
        switch self {
        case .text: "a text of at most \(DigestField.longestText) characters"
        case .number: "a number"
        case .integer: "a whole number"
        case .boolean: "true or false"
        case .date: "a date such as \"2026-12-24\""
        case .time: "a time of day such as \"14:30\""
        case .choice(let values): "one of \(JSONValue.array(values.map { .string($0) }).json)"
        }
    }
}
