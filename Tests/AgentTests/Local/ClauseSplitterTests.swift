import Testing

@testable import Agent

struct ClauseSplitterTests {
    @Test(
        "Text is cut into clauses that can sound by themselves",
        arguments: [
            (
                "Good morning, this is Anna. How can I help?",
                [("Good morning", ","), ("this is Anna", "."), ("How can I help", "?")]
            ),
            ("Yes, of course.", [("Yes, of course", ".")]),
            // The first may be short, so that it sounds early.
            ("Certainly, I can book that.", [("Certainly", ","), ("I can book that", ".")]),
            ("I can book it, certainly, for you.", [("I can book it", ","), ("certainly, for you", ".")]),
            ("3.5 metres", [("3.5 metres", ".")]),
            ("One moment \u{2014} I will look", [("One moment", ","), ("I will look", ".")]),
            ("Really?! Yes!", [("Really", "!"), ("Yes", "!")]),
            ("He said \"wait.\" So we do", [("He said wait", "."), ("So we do", ".")]),
            ("(*Very* _important_)", [("Very important", ".")]),
            (" ... ", []), ("", []), ("?!", []), ("\n\t", []),
        ] as [(String, [(String, Character)])])
    func clauses(text: String, expected: [(String, Character)]) {
        #expect(ClauseSplitter.split(text) == expected.map { Clause(text: $0.0, mark: $0.1) })
    }

    @Test("A text without marks is cut at blanks, and nothing is lost")
    func long() {
        let text = String(repeating: "word ", count: 200)
        let clauses = ClauseSplitter.split(text)
        #expect(clauses.allSatisfy { $0.text.count < 180 })
        #expect(clauses.map(\.text).joined(separator: " ") + " " == text)
    }
}
