/// A conversation as a file describes it: what callers may want, and what is said and done about it.
public struct Flow: Sendable, Equatable {
    /// One thing to do.
    public enum Step: Sendable, Equatable {
        case say(String)
        /// Asks for a value and keeps it under a name.
        case ask(Question)
        /// Has the caller type digits and keeps them under the collection's name.
        case digits(DigitCollection)
        case note(key: String, value: String)
        case transfer(String)
        case dtmf(String)
        case hangUp
        /// Goes on with the steps of another intent.
        case goto(String)
        /// Says the menu.
        case menu
    }

    /// A value that the caller is asked for.
    public struct Question: Sendable, Equatable {
        /// What an answer has to look like.
        public enum Kind: String, Sendable, CaseIterable {
            case text, name, number, phone, yesno, choice, date, time, amount, email
        }

        public var slot: String
        public var prompt: String
        /// What is said when the answer was not of the kind; the prompt when empty.
        public var retry: String
        public var kind: Kind
        /// The answers that a question of the kind `choice` takes.
        public var choices: [String]
        /// Asked back about the answer, e.g. "Four people, is that right?"; empty for not at all.
        public var confirm: String
    }

    /// Something that a caller may want.
    public struct Intent: Sendable, Equatable {
        public var name: String
        /// What callers say; the words of a phrase count when they come in this order.
        public var phrases: [String]
        /// Words that hint at it.
        public var keywords: [String]
        public var steps: [Step]
    }

    public var name: String
    public var greeting: String
    public var variables: [String: String]
    /// In the order of the file: the earlier wins a draw.
    public var intents: [Intent]
    /// What the menu says; empty for none.
    public var menuPrompt: String
    /// Intents by key of the telephone.
    public var keys: [String: String]
    /// What is said when nothing was understood: the first time, the second time, …
    public var fallback: [String]
    /// The intent that takes over when the fallbacks are used up.
    public var fallbackIntent: String?
    /// What is said into silence: a question, then a goodbye with which the call ends.
    public var silence: [String]
    /// What is said when nobody took a transferred call.
    public var transferFailed: String

    func intent(_ name: String) -> Intent? { intents.first { $0.name == name } }
}

extension Flow.Question {
    /// What answers it, when only a few things can.
    var expectedAnswers: [String] {
        switch kind {
        case .yesno: ["yes", "no"]
        case .choice: choices
        case .text, .name, .number, .phone, .date, .time, .amount, .email: []
        }
    }
}
