/// What somebody says to the question whether they take a caller.
enum ConsultationAnswer {
    /// `nil`: neither. What is longer than an answer is somebody's greeting, or a machine's.
    static func agrees(_ text: String) -> Bool? {
        let words = IntentMatcher.words(text)
        guard (1...6).contains(words.count) else { return nil }
        if !Set(words).isDisjoint(with: ["no", "nope", "not", "dont", "never", "cant"]) { return false }
        return Set(words).isDisjoint(with: ["yes", "yeah", "yep", "sure", "okay", "ok"]) ? nil : true
    }
}
