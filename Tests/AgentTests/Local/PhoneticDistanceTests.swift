import Testing

@testable import Agent

struct PhoneticDistanceTests {
    @Test(
        "Of expected phrases the one that sounds like what was heard is taken",
        arguments: [
            ("Good-by", "goodbye"), ("our bisness ours", "our business hours"), ("knows", nil), ("", nil), ("?!", nil),
            ("leave a massage", "leave a message"), ("Yes.", "yes"), ("What is the weather like", nil),
            ("9", "nine"), ("the 3rd", "the third"),
        ])
    func nearest(heard: String, phrase: String?) {
        let phrases = ["goodbye", "our business hours", "leave a message", "yes", "nine", "the third", ""]
        #expect(PhoneticDistance.nearest(to: heard, among: phrases) == phrase)
    }

    @Test(
        "A word that was heard right is not turned into another one that was expected",
        arguments: [
            ("Sunday", ["Monday", "Friday"], nil), ("Tuesday", ["Thursday"], nil), ("pick", ["book", "pick"], "pick"),
            ("book", ["pick", "book"], "book"), ("sales", [], nil), ("no", ["yes"], nil),
            // One or two sounds are alike in many words: the letters decide.
            ("yeah", ["hey"], nil), ("I", ["you"], nil), ("air", ["your"], nil), ("your", ["hour"], "hour"),
            ("hi", ["I"], "I"), ("yeah", ["hey", "yea"], "yea"),
        ] as [(String, [String], String?)])
    func kept(heard: String, phrases: [String], phrase: String?) {
        #expect(PhoneticDistance.nearest(to: heard, among: phrases) == phrase)
    }

    @Test(
        "Alike is 0, nothing in common is 1",
        arguments: [("phone", "fone", 0.0), ("knight", "night", 0.0), ("", "", 0.0), ("b", "s", 1.0), ("a", "", 1.0)])
    func distances(one: String, two: String, distance: Double) {
        #expect(PhoneticDistance.between(one, two) == distance)
    }

    @Test("A long monologue is not compared at all")
    func bound() {
        let text = String(repeating: "leave a message ", count: 1_000)
        #expect(PhoneticDistance.nearest(to: text, among: [text]) == nil)
    }
}
