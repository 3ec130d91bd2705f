import Testing

@testable import Agent

struct ReadingTests {
    private static let second = VoiceDetector.sampleRate

    @Test(
        "What a recogniser invents is dropped, what was said is kept",
        arguments: [
            ("  Hello   there. ", 1.0, [], "Hello there."),
            ("You", 0.22, [], ""), ("You", 0.5, [], "You"), ("...", 1.0, [], ""), ("9", 1.0, [], "9"),
            // Under 200 ms only what was expected counts.
            ("Hello", 0.15, [], ""), ("Yes.", 0.15, ["yes", "no"], "yes"), ("Bye", 0.15, ["bye"], "bye"),
        ] as [(String, Double, [String], String)])
    func chosen(text: String, seconds: Double, expected: [String], result: String) {
        let voiced = Int(Double(Self.second) * seconds)
        #expect(Reading.chosen(text, voiced: voiced, expected: expected) == result)
    }

    @Test(
        "A recogniser that loses its way is cut short",
        arguments: [
            (
                "at nine thirty on the thirty on the thirty on the thirty on the thirty.",
                "at nine thirty on the"
            ),
            ("thank you very much thank you very much thank you", "thank you very much thank you very much thank you"),
            ("five five five five five five five five five", "five five five five five five five five five"),
            ("no no no no", "no no no no"),
        ])
    func loops(text: String, result: String) {
        #expect(Reading.clean(text, voiced: Self.second) == result)
    }
}
