import TelephonyPrimitives
import Testing

@testable import Agent

@Suite("Spoken clauses")
struct SpokenClausesTests {
    private static func pieces(_ text: String, by length: Int) -> [String] {
        var clauses = SpokenClauses()
        var pieces: [String] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            pieces += clauses.add(String(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return pieces + clauses.finish()
    }

    @Test(
        "Text is cut where it can be spoken, however it comes in",
        arguments: [
            ("Sure. I can do that. When?", ["Sure.", "I can do that.", "When?"]),
            ("Let me have a look, one moment please.", ["Let me have a look,", "one moment please."]),
            ("Yes, of course.", ["Yes, of course."]),
            ("It costs 3.50 euros. Or 1,200 in all.", ["It costs 3.50 euros.", "Or 1,200 in all."]),
            ("The numbers are 5, 12, 40 and more.", ["The numbers are 5, 12, 40 and more."]),
            ("Dr. Smith is in at 9 a.m. tomorrow.", ["Dr. Smith is in at 9 a.m. tomorrow."]),
            ("Ask for J. Miller, e.g. in the U.S. office.", ["Ask for J. Miller,", "e.g. in the U.S. office."]),
            ("It is No. 5 in the street.", ["It is No. 5 in the street."]),
            ("No. We are closed.", ["No.", "We are closed."]),
            ("Write to anna.b_c@example.com. Thanks!", ["Write to anna.b_c@example.com.", "Thanks!"]),
            ("See https://example.com/a.b?c=1, please.", ["See https://example.com/a.b?c=1,", "please."]),
            ("He said \"Come in.\" Then he left.", ["He said \"Come in.\"", "Then he left."]),
            (
                "We have **three** rooms:\n- *One*\n- Two\n1. Three",
                ["We have three rooms:", "One.", "Two.", "1, Three."]
            ),
            ("# Hours\nWe open at 9:30.", ["Hours.", "We open at 9:30."]),
            ("Look at [our site](https://x.example/a) now.", ["Look at our site now."]),
            ("Great 😀🎉! See you ✅.", ["Great !", "See you ."]),
            ("Here:\n```json\n{\"a\": 1.}\n```\nDone.", ["Here:", "Done."]),
            ("Press * or 1, then #.", ["Press star or 1,", "then hash."]),
            ("| Day | Time |\n|---|---|\n", [", Day , Time ,"]),
            ("---\n***\n", []),
            ("Wait... I see. So do I.", ["Wait...", "I see.", "So do I."]),
            ("Schön. Grüße aus Köln! 你好。再见。", ["Schön.", "Grüße aus Köln!", "你好。", "再见。"]),
        ])
    func cutting(_ text: String, _ expected: [String]) {
        for length in [1, 2, 3, 7, 1_000] {
            #expect(Self.pieces(text, by: length) == expected, "in pieces of \(length)")
        }
    }

    @Test("The first piece comes as soon as its comma is known to be one, long before the sentence ends")
    func quickStart() {
        var clauses = SpokenClauses()
        #expect(clauses.add("Good afternoon and welcome,").isEmpty)
        #expect(clauses.add(" this") == ["Good afternoon and welcome,"])
        #expect(clauses.add(" is a sentence, with commas").isEmpty)
    }

    @Test("Text without any mark is cut at a blank and nothing of it is lost")
    func endless() {
        let text = Array(repeating: "word", count: 500).joined(separator: " ")
        let pieces = Self.pieces(text, by: 10)
        #expect(pieces.allSatisfy { $0.count <= 260 })
        #expect(pieces.joined(separator: " ") == text + ".")
    }

    @Test("T-54 whatever a model writes, every word of it is said once and nothing traps", arguments: 0..<100)
    func wild(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let pieces = [
            "word", " ", ".", ",", "1", "\n", "*", "```", "- ", "[", "](", ")", "#", "😀", "No.", "a.m.", "\r\n", "|",
            "\"",
            "!", "é", "—", "_", ":", "  ",
        ]
        let text = (0..<300).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
        let whole = Self.pieces(text, by: 100_000)
        // Where a long sentence is cut depends on how much of it has come; what is said does not.
        func letters(_ pieces: [String]) -> String { pieces.joined().filter { $0.isLetter || $0.isNumber } }
        #expect(letters(Self.pieces(text, by: 1)) == letters(whole))
        #expect(whole.allSatisfy { !$0.isEmpty && !$0.contains(where: \.isNewline) })
    }
}
