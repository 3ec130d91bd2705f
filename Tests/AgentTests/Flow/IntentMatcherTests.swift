import Testing

@testable import Agent

struct IntentMatcherTests {
    @Test(
        "The receptionist understands what callers say, however it was heard",
        arguments: [
            ("What are your opening hours?", "hours"),
            ("what are your openning hours", "hours"),
            ("When are you open?", "hours"),
            ("WHEN ARE YOU OPEN", "hours"),
            ("Our business hours are", "hours"),
            ("hours", "hours"),
            ("Hours.", "hours"),
            ("Are you open on Saturday?", "hours"),
            ("What's your opening time", "hours"),
            ("Are you closed on Sunday?", "hours"),
            ("so when exactly are you guys open", "hours"),
            ("Where are you?", "location"),
            ("What's your address?", "location"),
            ("whats your adress", "location"),
            ("How do I get there from the station?", "location"),
            ("Can I leave a message?", "message"),
            ("Could you take a massage", "message"),
            ("I'd like to book an appointment", "message"),
            ("Please call me back.", "message"),
            ("Put me through to sales", "person"),
            ("can you put me through", "person"),
            ("I want to speak with somebody", "person"),
            ("a human please", "person"),
            ("Operator!", "person"),
            ("What can you do?", "menu"),
            ("Goodbye.", "goodbye"),
            ("good bye", "goodbye"),
            ("OK, bye", "goodbye"),
            ("No thank you, that's all", "goodbye"),
            ("thats all", "goodbye"),
        ])
    func understands(heard: String, intent: String) throws {
        #expect(IntentMatcher(try SampleFlow.read().intents).match(heard) == intent)
    }

    @Test(
        "What has nothing to do with the flow is not understood",
        arguments: ["", "...", "The weather is lovely", "horse", "thank you", "I hope so", "42", "messy", "opera"])
    func misunderstands(heard: String) throws {
        #expect(IntentMatcher(try SampleFlow.read().intents).match(heard) == nil)
    }

    @Test(
        "The most specific intent wins, and the earlier one a draw",
        arguments: [
            ("opening hours", "regular"),
            ("opening hours on holidays", "holiday"),
            ("hours", "regular"),
            ("room 12", "room"),
            ("room twelve", "room"),
            ("draw", "regular"),
            ("the printer is broken", "printer"),
            ("printers", "printer"),
        ])
    func specific(heard: String, intent: String) {
        func make(_ name: String, _ phrases: [String], _ keywords: [String]) -> Flow.Intent {
            Flow.Intent(name: name, phrases: phrases, keywords: keywords, steps: [.hangUp])
        }
        let matcher = IntentMatcher([
            make("regular", ["opening hours"], ["hours", "draw"]),
            make("holiday", ["opening hours on holidays"], ["draw"]),
            make("room", ["room twelve"], []),
            make("printer", [], ["printer"]),
        ])
        #expect(matcher.match(heard) == intent)
    }

    @Test("Short words have to be exact, long ones may be misheard a little")
    func spelling() {
        let matcher = IntentMatcher([
            Flow.Intent(name: "it", phrases: [], keywords: ["cat", "invoice", "appointment"], steps: [.hangUp])
        ])
        for heard in ["cat", "cats", "invoice", "invoise", "apointment", "appointmend"] {
            #expect(matcher.match(heard) == "it", "\(heard)")
        }
        for heard in ["cut", "car", "inwoize", "disappointment"] {
            #expect(matcher.match(heard) == nil, "\(heard)")
        }
    }

    @Test(
        "Words are compared without case, punctuation and contractions, and digits as words",
        arguments: [
            ("What’s THAT?!", ["what", "is", "that"]),
            ("Room 21, please", ["room", "twenty", "one", "please"]),
            ("I don't; you're", ["i", "dont", "you", "are"]),
            ("  ", []),
            ("'s '", ["s"]),
        ])
    func words(text: String, words: [String]) {
        #expect(IntentMatcher.words(text) == words)
    }
}
