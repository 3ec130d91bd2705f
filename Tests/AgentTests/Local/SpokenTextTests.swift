import Testing

@testable import Agent

struct SpokenTextTests {
    @Test(
        "Numbers, times, money and telephone numbers are written as they are said",
        arguments: [
            ("open from 9:00 to 17:30.", "open from nine o'clock to seventeen thirty."),
            ("at 9am or 5:05 pm", "at nine A M or five oh five pm"),
            ("It costs $12.50, or $1.", "It costs twelve dollars and fifty cents, or one dollar."),
            ("call 555-0134", "call five five five, zero one three four"),
            ("call +15550134", "call plus one five five five zero one three four"),
            ("in 2026", "in two thousand twenty-six"),
            ("the 3rd of May, the 21st", "the third of May, the twenty-first"),
            ("100% of 3.5", "one hundred percent of three point five"),
            ("Dr. Smith & Mrs. Jones", "doctor Smith and missus Jones"),
            ("room 007", "room zero zero seven"),
            ("nothing to change here", "nothing to change here"),
            (
                "99999999999999999999 x",
                "nine nine nine nine nine nine nine nine nine nine nine nine nine nine nine nine nine nine nine nine x"
            ),
        ])
    func words(text: String, spoken: String) {
        #expect(SpokenText.words(for: text) == spoken)
    }

    @Test("Text is cut into clauses that can sound by themselves")
    func clauses() {
        #expect(
            ClauseSplitter.split("Good morning, this is Anna. How can I help?") == [
                Clause(text: "Good morning", mark: ","), Clause(text: "this is Anna", mark: "."),
                Clause(text: "How can I help", mark: "?"),
            ])
        #expect(ClauseSplitter.split("Yes, of course.") == [Clause(text: "Yes, of course", mark: ".")])
        #expect(ClauseSplitter.split("3.5 metres") == [Clause(text: "3.5 metres", mark: ".")])
        #expect(ClauseSplitter.split(" ... ") == [])
        #expect(ClauseSplitter.split(String(repeating: "word ", count: 200)).allSatisfy { $0.text.count < 180 })
    }

    @Test(
        "Of expected phrases the one that sounds like what was heard is taken",
        arguments: [
            ("Good-by", "goodbye"), ("our bisness ours", "our business hours"), ("knows", nil), ("", nil),
            ("leave a massage", "leave a message"),
        ])
    func nearest(heard: String, phrase: String?) {
        let phrases = ["goodbye", "our business hours", "leave a message", "yes"]
        #expect(PhoneticDistance.nearest(to: heard, among: phrases) == phrase)
    }
}
