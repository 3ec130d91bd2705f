import TelephonyPrimitives
import Testing

@testable import Agent

struct CompletenessTests {
    @Test(
        "Words that want more are told from those that are whole",
        arguments: [
            ("What are your opening hours?", Completeness.finished),
            ("I'd like to book a table.", .finished),
            ("Yes", .finished), ("no", .finished), ("Yes please", .finished), ("That's all", .finished),
            ("Goodbye!", .finished), ("Stop", .finished),
            ("I want to book a table for four", .open), ("tomorrow evening", .open), ("it was in 1995", .open),
            ("Anna Schmidt", .open), ("room 12", .open), ("", .open),
            ("I was wondering if", .unfinished), ("and", .unfinished), ("So I went there and", .unfinished),
            ("My name is", .unfinished), ("My number is", .unfinished), ("my number is 5 5 5", .unfinished),
            ("five five five one", .unfinished), ("it's about the", .unfinished), ("Well, um", .unfinished),
            ("On Monday,", .unfinished), ("I wanted to…", .unfinished), ("I would like to.", .unfinished),
            ("555", .unfinished),
        ])
    func judged(text: String, expected: Completeness) {
        #expect(Completeness(of: text) == expected, "\(text)")
    }

    @Test("A whole telephone number is waited for no longer than other words")
    func wholeNumber() {
        #expect(Completeness(of: "five five five one two three four") == .open)
        #expect(Completeness(of: "555 123 4567") == .open)
    }
}

struct TurnPatienceTests {
    @Test("The pause that ends a turn depends on what was said")
    func byWords() {
        let patience = TurnPatience(PauseHabits())
        let pauses = ["Yes.", "tomorrow evening", "My number is"].map { patience.pause(after: $0) }
        #expect(pauses == [.milliseconds(350), .milliseconds(700), .milliseconds(1_500)])
    }

    @Test("A caller who pauses long within a sentence is given that long, and not more than the longest")
    func slowCaller() {
        var patience = TurnPatience(PauseHabits())
        for _ in 0..<4 { patience.callerWentOn(after: .milliseconds(1_100)) }
        #expect(patience.pause(after: "tomorrow evening") == .milliseconds(1_300))
        #expect(patience.pause(after: "Yes.") == .milliseconds(825), "half of what is missing")
        for _ in 0..<8 { patience.callerWentOn(after: .seconds(9)) }
        #expect(patience.pause(after: "tomorrow evening") == .milliseconds(2_500))
        #expect(patience.pause(after: "My number is") == .milliseconds(2_500))
    }

    @Test("What a caller no longer does is forgotten")
    func forgotten() {
        var patience = TurnPatience(PauseHabits())
        patience.callerWentOn(after: .milliseconds(1_100))
        for _ in 0..<4 { patience.turnStood() }
        #expect(patience.pause(after: "tomorrow evening") == .milliseconds(1_300))
        patience.turnStood()
        #expect(patience.pause(after: "tomorrow evening") == .milliseconds(700))
    }
}
