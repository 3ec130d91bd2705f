/// Asks a caller for one thing until it is right: hears, brings into one form, reads back, takes a yes, a correction or
/// another try. A value; no model, no clock.
struct Capture: Sendable, Equatable {
    enum Step: Sendable, Equatable {
        case say(String)
        /// The caller has confirmed it.
        case done(CapturedValue)
        /// After three tries; what was said last.
        case gaveUp(said: String)
    }

    static let maximumTries = 3

    let kind: CaptureKind
    let question: String
    private let today: CalendarDay
    /// What waits for a yes.
    private(set) var value: CapturedValue?
    private var tries = 0
    private var typed = ""

    init(_ kind: CaptureKind, question: String, today: CalendarDay) {
        self.kind = kind
        self.question = question
        self.today = today
    }

    mutating func begin() -> Step { .say(question) }

    mutating func said(_ text: String) -> Step {
        guard let known = value else {
            guard let found = kind.value(of: text, today: today) else { return again(text, kind.hint) }
            return readBack(found)
        }
        let answer = Self.withoutAnswer(text)
        // "Yes, the fourth" corrects as "no, the fourth" does.
        if let corrected = correction(of: known, in: answer), corrected != known {
            return counted(text) ?? readBack(corrected)
        }
        switch SlotAnswer.agrees(text) {
        case true?: return .done(known)
        case false?:
            value = nil
            return again(text, "Sorry. \(question)")
        case nil: return again(text, "Is that right? \(known.spoken).")
        }
    }

    /// Keys are digits of a number; `#` ends it. A yes is 1, a no 2.
    mutating func pressed(_ key: Character) -> Step? {
        if let known = value, typed.isEmpty {
            if key == "1" { return .done(known) }
            value = nil
            return key == "2" ? again("", "Sorry. \(question)") : typed(key)
        }
        return typed(key)
    }

    private mutating func typed(_ key: Character) -> Step? {
        guard kind.isTyped else { return nil }
        if key == "*" { typed = "" }
        if key.isASCIIDigit, typed.count < 15 { typed.append(key) }
        guard key == "#" else { return nil }
        let digits = typed
        typed = ""
        let found: CapturedValue? =
            kind == .phone
            ? (digits.count >= 3 ? CaptureKind.phone(digits: digits, isInternational: false) : nil)
            : Int(digits).map { CapturedValue(text: "\($0)", spoken: "\($0)") }
        return found.map { readBack($0) } ?? again("", kind.hint)
    }

    // MARK: Steps

    private mutating func readBack(_ found: CapturedValue) -> Step {
        value = found
        return .say("\(found.spoken). Is that right?")
    }

    private mutating func again(_ said: String, _ sentence: String) -> Step { counted(said) ?? .say(sentence) }

    /// Counts a try; the last one ends it.
    private mutating func counted(_ said: String) -> Step? {
        tries += 1
        return tries >= Self.maximumTries ? .gaveUp(said: String(said.prefix(500))) : nil
    }

    // MARK: Corrections

    /// "six not five", or a new value.
    private func correction(of known: CapturedValue, in answer: String) -> CapturedValue? {
        if let exchanged = exchanged(known, in: answer) { return exchanged }
        // "No, not the third" is no new value.
        let positive = answer.lowercased().components(before: " not ")
        guard !positive.isEmpty else { return nil }
        return kind.value(of: positive, today: today, correcting: known)
    }

    /// Puts what was said before "not" in the place of what was said behind it, where that stands once.
    private func exchanged(_ known: CapturedValue, in answer: String) -> CapturedValue? {
        let words = answer.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init)
        guard let not = words.lastIndex(of: "not"), not > 0, not + 1 < words.count else { return nil }
        let (new, old) = (words[..<not].joined(separator: " "), words[(not + 1)...].joined(separator: " "))
        switch kind {
        case .phone, .number:
            let (wanted, wrong) = (SpokenNumber.digits(in: new), SpokenNumber.digits(in: old))
            guard !wanted.isEmpty, !wrong.isEmpty else { return nil }
            let parts = known.text.split(separator: wrong, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            let text = parts.joined(separator: wanted)
            guard kind == .phone else { return Int(text).map { CapturedValue(text: "\($0)", spoken: "\($0)") } }
            let digits = text.filter(\.isASCIIDigit)
            guard (3...15).contains(digits.count) else { return nil }
            return CaptureKind.phone(digits: digits, isInternational: text.hasPrefix("+"))
        case .email:
            let (wanted, wrong) = (new.filter { $0 != " " }, old.filter { $0 != " " })
            let parts = known.text.split(separator: wrong, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            return kind.value(of: parts.joined(separator: wanted), today: today)
        case .date, .time, .amount: return nil
        }
    }

    /// Without the yes or no at its beginning.
    private static func withoutAnswer(_ text: String) -> String {
        var words = text.split(whereSeparator: \.isWhitespace).map(String.init)[...]
        let answers: Set<String> = [
            "no", "nope", "yes", "yeah", "sorry", "wrong", "i", "said", "it's", "its", "it", "is", "i'm", "that's",
            "actually",
        ]
        while let first = words.first, answers.contains(first.lowercased().filter { $0.isLetter || $0 == "'" }) {
            words.removeFirst()
        }
        return words.joined(separator: " ")
    }
}

extension String {
    /// What stands before `separator`, or all of it.
    fileprivate func components(before separator: String) -> String {
        (" " + self).split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init)
            ?? self
    }
}
