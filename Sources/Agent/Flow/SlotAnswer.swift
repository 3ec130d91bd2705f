/// Finds in what a caller said the value that was asked for.
enum SlotAnswer {
    /// - Returns: `nil` when the answer is not of the kind.
    static func value(of text: String, for question: Flow.Question) -> String? {
        let trimmed = String(text.prefix(2_000)).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        switch question.kind {
        case .text: return trimmed.isEmpty ? nil : trimmed
        case .name: return name(in: trimmed)
        case .number: return SpokenNumber.value(in: trimmed).map(String.init)
        case .phone:
            let digits = SpokenNumber.digits(in: trimmed)
            return digits.count >= 3 ? digits : nil
        case .date: return CaptureKind.date.value(of: trimmed, today: .today())?.spoken
        case .time: return CaptureKind.time.value(of: trimmed, today: .today())?.spoken
        case .amount: return CaptureKind.amount.value(of: trimmed, today: .today())?.spoken
        case .email: return CaptureKind.email.value(of: trimmed, today: .today())?.text
        case .yesno: return agrees(trimmed).map { $0 ? "yes" : "no" }
        case .choice:
            return IntentMatcher(
                question.choices.map { Flow.Intent(name: $0, phrases: [$0], keywords: [], steps: []) }
            ).match(trimmed)
        }
    }

    /// Whether the caller said yes; `nil` when it was neither yes nor no.
    static func agrees(_ text: String) -> Bool? {
        let words = Set(IntentMatcher.words(text))
        if !words.isDisjoint(with: ["no", "nope", "not", "dont", "never", "wrong"]) { return false }
        return words.isDisjoint(with: ["yes", "yeah", "yep", "sure", "correct", "right", "okay", "ok", "please"])
            ? nil : true
    }

    /// "My name is Ada Lovelace." → "Ada Lovelace"
    private static func name(in text: String) -> String? {
        var name = text
        while let last = name.last, ".!?,".contains(last) { name.removeLast() }
        for opening in [
            "yes, ", "yeah, ", "hello, ", "hi, ", "my name is ", "my name's ", "the name is ", "this is ", "it's ",
            "it is ", "i am ", "i'm ",
        ] where name.lowercased().hasPrefix(opening) {
            name = String(name.dropFirst(opening.count))
        }
        return name.isEmpty ? nil : name
    }
}
