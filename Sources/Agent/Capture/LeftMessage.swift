/// A message that a caller leaves for somebody.
struct LeftMessage: Sendable, Equatable {
    var text: String
    var name: String
    /// Digits, or nothing.
    var number: String

    /// As the record has it, like those that flows write: `Ada (5550134): Please call back.`
    var note: String {
        let sender = name.isEmpty ? number : number.isEmpty ? name : "\(name) (\(number))"
        return sender.isEmpty ? text : "\(sender): \(text)"
    }

    /// As it is read back.
    var spoken: String {
        var sentences = ["I have written down: \(text)"]
        if let last = text.last, !".!?".contains(last) { sentences[0] += "." }
        if !name.isEmpty { sentences.append("From \(name).") }
        let digits = number.filter(\.isASCIIDigit)
        if !digits.isEmpty {
            let known = CaptureKind.phone(digits: digits, isInternational: number.hasPrefix("+"))
            sentences.append("The number is \(known.spoken).")
        }
        return sentences.joined(separator: " ") + " Is that right?"
    }
}

/// Has a caller confirm a message before it is kept. A value.
struct MessageCheck: Sendable, Equatable {
    enum Step: Sendable, Equatable {
        case say(String)
        case kept
        /// It is not right, or nobody says that it is.
        case wrong
    }

    let message: LeftMessage
    private var wasAskedAgain = false

    init(_ message: LeftMessage) {
        self.message = message
    }

    mutating func said(_ text: String) -> Step {
        // "No, Ada with one D" is for the model to mend.
        switch SlotAnswer.agrees(text) {
        case true?: return .kept
        case false?: return .wrong
        case nil:
            guard !wasAskedAgain else { return .wrong }
            wasAskedAgain = true
            return .say("Is the message right? Please say yes or no.")
        }
    }

    func pressed(_ key: Character) -> Step? {
        switch key {
        case "1": .kept
        case "2": .wrong
        default: nil
        }
    }
}
