import Testing

@testable import Agent

struct SlotAnswerTests {
    private static func question(_ kind: Flow.Question.Kind, choices: [String] = []) -> Flow.Question {
        Flow.Question(slot: "x", prompt: "?", retry: "", kind: kind, choices: choices, confirm: "")
    }

    @Test(
        "Numbers are read from words and digits",
        arguments: [
            ("for 4 people", 4), ("four", 4), ("twenty-five please", 25), ("a hundred and twelve", 112),
            ("two thousand six hundred", 2_600), ("ten", 10), ("five five", 5), ("zero", 0), ("999999", 999_999),
            ("nineteen ninety", 19), ("forty two or forty three", 42), ("three hundred", 300),
        ] as [(String, Int)])
    func numbers(said: String, number: Int) {
        #expect(SpokenNumber.value(in: said) == number)
    }

    @Test(
        "What holds no number gives none", arguments: ["", "many of us", "and", "99999999999999999999", "-"])
    func noNumber(said: String) {
        #expect(SpokenNumber.value(in: said) == nil)
    }

    @Test(
        "Telephone numbers are read digit by digit",
        arguments: [
            ("555-0134", "5550134"), ("five five five, oh one three four", "5550134"), ("double five oh one", "5501"),
            ("triple seven", "777"), ("twenty three forty five", "2345"), ("thirty oh one", "3001"),
            ("eleven twelve", "1112"), ("it's 0171 22 33", "01712233"), ("no idea", ""), ("twenty", "20"),
        ])
    func digits(said: String, digits: String) {
        #expect(SpokenNumber.digits(in: said) == digits)
    }

    @Test(
        "An answer is taken when it is of the kind that was asked for",
        arguments: [
            (.name, "My name is Ada Lovelace.", "Ada Lovelace"),
            (.name, "Hello, this is Ada", "Ada"),
            (.name, "Ada", "Ada"),
            (.name, "...", nil),
            (.text, "  Please  call back. ", "Please call back."),
            (.text, " ", nil),
            (.phone, "five five five one two", "55512"),
            (.phone, "twelve", nil),
            (.number, "we are six", "6"),
            (.number, "several", nil),
            (.yesno, "Yes please", "yes"),
            (.yesno, "that's right", "yes"),
            (.yesno, "no, not really", "no"),
            (.yesno, "that's not right", "no"),
            (.yesno, "maybe", nil),
        ] as [(Flow.Question.Kind, String, String?)])
    func kinds(kind: Flow.Question.Kind, said: String, value: String?) {
        #expect(SlotAnswer.value(of: said, for: Self.question(kind)) == value)
    }

    @Test(
        "A choice takes one of its answers, misheard or in a sentence",
        arguments: [
            ("in the morning please", "morning"), ("mornings", "morning"), ("the afternon", "afternoon"),
            ("at night", nil),
        ] as [(String, String?)])
    func choices(said: String, value: String?) {
        #expect(
            SlotAnswer.value(of: said, for: Self.question(.choice, choices: ["morning", "afternoon"])) == value)
    }
}
