import TelephonyPrimitives
import Testing

@testable import Rehearsal

@Suite struct RehearsedCallerTests {
    private func hear(_ any: String..., within: Duration = .seconds(8), answer: Duration? = nil) -> RehearsalStep.Act {
        var expected = WordExpectation(any: any)
        expected.within = within
        expected.answerWithin = answer
        return .hear(expected)
    }

    @Test("Greeting, question, answer: the caller waits until the agent has finished, and measures")
    func conversation() {
        var play = CallerPlay([hear("hello"), .say("When?"), hear("nine", answer: .milliseconds(900)), .hangUp])
        play.agent(false, 300)
        play.agent(says: "Hello there.")
        // 300 + 1 000 of sound, the last frame at 1 300; a second of quiet.
        #expect(play.deeds == ["2300 say When?"])
        play.agent(false, 1_200)
        // The last of the caller's speech is handed over at 3 300 and sounds at 3 340.
        #expect(play.milliseconds == 4_100)
        play.agent(says: "From nine to five.")
        #expect(play.states == [.passed, .passed, .passed, .passed])
        #expect(play.hasHungUp)
        play.tell(.ended(byAgent: false))
        #expect(play.outcome.greeting == .milliseconds(320))
        #expect(play.outcome.answers == [.milliseconds(780)])
        #expect(play.outcome.steps[2].answer == .milliseconds(780))
        #expect(play.outcome.endedBy == .caller)
        #expect(play.outcome.length == .milliseconds(6_700))
    }

    @Test("Words that do not come in time fail, and nothing more is tried")
    func missing() {
        var play = CallerPlay([hear("hello", within: .seconds(3)), .say("When?"), .hangUp])
        play.agent(says: "Good day.")
        play.agent(false, 2_000)
        #expect(play.states == [.failed, .notReached, .notReached])
        #expect(play.outcome.steps[0].detail == "\"hello\" was not heard within 3 s; heard: \"Good day.\"")
        #expect(play.hasHungUp)
    }

    @Test("A bare hear wants a sound, not a click")
    func bare() {
        var play = CallerPlay([.hear(WordExpectation()), .say("When?")])
        play.agent(false, 300)
        play.agent(true, 40)
        play.agent(false, 2_000)
        #expect(play.deeds.isEmpty)
        play.agent(true, 100)
        play.agent(false, 980)
        #expect(play.deeds.isEmpty)
        play.agent(false, 20)
        #expect(play.deeds == ["3440 say When?"])

        var silent = CallerPlay([.hear(WordExpectation()), .say("When?")])
        silent.agent(false, 15_100)
        #expect(silent.outcome.steps.first?.detail == "nothing was heard within 15 s; heard: nothing")
    }

    @Test("What an agent said before the caller spoke does not count afterwards")
    func stale() {
        var play = CallerPlay([.hear(WordExpectation()), .say("When?"), hear("hello", within: .seconds(2))])
        let start = play.now
        play.agent(true, 500)
        play.agent(false, 1_200)
        // It is understood late.
        play.tell(.understood("hello", from: start, to: start + .milliseconds(500)))
        play.agent(false, 4_000)
        #expect(play.states == [.passed, .passed, .failed])
    }

    @Test("Two hears without a word between them look at the same speech")
    func shared() {
        var play = CallerPlay([hear("good day"), hear("help"), .hangUp])
        play.agent(says: "Good day. How can I help you?")
        #expect(play.states == [.passed, .passed, .passed])
    }

    @Test("A reading that may change is waited for, but not for ever")
    func changing() {
        var expected = WordExpectation(any: ["nine"])
        expected.none = ["sorry"]
        for isCorrected in [true, false] {
            var play = CallerPlay([.hear(expected), .hangUp])
            play.agent(true, 800)
            play.tell(.guessed("nine", from: .zero))
            play.agent(false, 2_000)
            #expect(play.states.isEmpty)
            if isCorrected { play.tell(.understood("nine, sorry", from: .zero, to: play.now)) }
            play.agent(false, 2_000)
            #expect(play.states == [isCorrected ? .failed : .passed, .passed])
        }
    }

    @Test("An answer that comes too late fails, and the conversation goes on")
    func late() {
        var play = CallerPlay([.say("When?"), hear("nine", answer: .milliseconds(500)), .hangUp])
        play.agent(false, 1_600)
        play.agent(says: "From nine to five.")
        #expect(play.states == [.passed, .failed, .passed])
        #expect(play.outcome.steps[1].detail == "answered after 580 ms, not within 500 ms")
    }

    @Test("An agent that still talks when the caller has finished has not answered yet")
    func talkedOver() {
        var play = CallerPlay([.say("When?"), hear("nine", answer: .milliseconds(500)), .hangUp])
        play.agent(true, 1_500)
        play.agent(false, 400)
        play.agent(says: "From nine to five.")
        #expect(play.outcome.answers == [.milliseconds(880)])

        var never = CallerPlay([.say("When?"), hear("nine", answer: .milliseconds(500)), .hangUp])
        never.agent(says: "From nine to five.", for: 3_000)
        #expect(never.outcome.steps[1].detail.hasPrefix("no delay could be measured"))
    }

    @Test("All words, no word, a pattern")
    func words() {
        func outcome(_ change: (inout WordExpectation) -> Void) -> [RehearsalStepResult] {
            var expected = WordExpectation()
            expected.within = .seconds(3)
            change(&expected)
            var play = CallerPlay([.hear(expected), .hangUp])
            play.agent(says: "Open from nine to five.")
            play.agent(false, 2_000)
            return play.outcome.steps
        }
        #expect(outcome { $0.all = ["nine", "five"] }[0].state == .passed)
        #expect(outcome { $0.all = ["nine", "six"] }[0].detail.hasPrefix("\"six\" was not heard within 3 s"))
        #expect(outcome { $0.none = ["six"] }[0].state == .passed)
        let unwanted = outcome { $0.none = ["five"] }
        #expect(unwanted[0].detail == "\"five\" was heard: \"Open from nine to five.\"")
        #expect(unwanted[1].state == .passed)
        #expect(outcome { $0.pattern = "from (nine|9)" }[0].state == .passed)
        #expect(outcome { $0.pattern = "from ten" }[0].detail.hasPrefix("nothing that matches from ten was heard"))
        #expect(outcome { $0.any = ["six", "ten"] }[0].detail.hasPrefix("none of \"six\", \"ten\" was heard"))
    }

    @Test("An interruption: after so much speech, and the agent stops")
    func interruption() {
        let step = RehearsalStep.Act.interrupt(
            after: .milliseconds(600), .say("And Saturday?"), stopsWithin: .milliseconds(500))
        for (goesOn, isQuick) in [(400, true), (700, false)] {
            var play = CallerPlay([step, hear("closed"), .hangUp])
            play.agent(false, 200)
            play.agent(true, 600)
            #expect(play.deeds == ["800 say And Saturday?"])
            play.agent(true, goesOn)
            play.agent(false, 1_400)
            #expect(play.outcome.stops == [.milliseconds(goesOn - 40)])
            #expect(play.states == [isQuick ? .passed : .failed])
            play.agent(says: "We are closed.")
            #expect(play.states.dropFirst() == [.passed, .passed])
            #expect(play.outcome.answers.count == 1)
        }
    }

    @Test("An interruption of an agent that says nothing, or never stops")
    func noInterruption() {
        let step = RehearsalStep.Act.interrupt(after: .milliseconds(600), .press("1"), stopsWithin: .seconds(2))
        var silent = CallerPlay([step, .hangUp])
        silent.agent(true, 300)
        silent.agent(false, 15_000)
        #expect(silent.outcome.steps[0].detail == "the agent did not speak for 600 ms within 15 s")

        var deaf = CallerPlay([step, .hangUp])
        deaf.agent(true, 8_000)
        #expect(deaf.deeds.first == "600 press 1")
        #expect(deaf.states == [.failed, .passed])
        #expect(deaf.outcome.steps[0].detail == "the agent talked on for 5 s, not at most 2 s")
    }

    @Test("A hear before an interruption does not wait for the agent to finish")
    func hearThenInterrupt() {
        var play = CallerPlay([
            hear("nine"), .interrupt(after: .milliseconds(200), .say("Stop."), stopsWithin: .seconds(2)),
        ])
        play.agent(true, 800)
        play.tell(.guessed("from nine", from: .zero))
        play.agent(true, 200)
        #expect(play.deeds == ["1000 say Stop."])
    }

    @Test("Keys are pressed, and answered")
    func keys() {
        var play = CallerPlay([.press("1#"), hear("nine"), .hangUp])
        #expect(play.deeds == ["0 press 1#"])
        play.agent(false, 700)
        play.agent(says: "From nine to five.")
        #expect(play.outcome.answers == [.milliseconds(520)])
        #expect(play.states == [.passed, .passed, .passed])
    }

    @Test("A key over the agent's words: it may go over to the answer without a pause")
    func keyOver() {
        var play = CallerPlay([
            .interrupt(after: .milliseconds(600), .press("1"), stopsWithin: nil), hear("nine"), .hangUp,
        ])
        play.agent(true, 2_800)
        let end = play.now
        play.agent(false, 1_000)
        #expect(play.states == [.passed])
        play.tell(.understood("Good day, from nine to five.", from: .zero, to: end))
        #expect(play.states == [.passed, .passed, .passed])
        #expect(play.outcome.answers.isEmpty && play.outcome.stops.isEmpty)
    }

    @Test("Silence lasts as long as it is to")
    func silence() {
        var play = CallerPlay([.silence(.seconds(2)), .say("Well?")])
        play.agent(true, 1_980)
        #expect(play.deeds.isEmpty)
        play.agent(true, 20)
        #expect(play.deeds == ["2000 say Well?"])
    }

    @Test("Who does nothing more hangs up")
    func implicitEnd() {
        var play = CallerPlay([.say("Hello.")])
        play.agent(false, 1_000)
        #expect(play.hasHungUp)
    }

    @Test("The agent's end: waited for, come, not come, come too early")
    func end() {
        let wait = RehearsalStep.Act.waitForEnd(within: .seconds(5))
        var comes = CallerPlay([wait])
        comes.agent(false, 1_000)
        comes.tell(.ended(byAgent: true))
        #expect(comes.states == [.passed])
        #expect(comes.outcome.endedBy == .agent)

        var stays = CallerPlay([wait])
        stays.agent(false, 5_000)
        #expect(stays.outcome.steps[0].detail == "the agent did not hang up within 5 s")
        #expect(stays.hasHungUp)

        // Its last words count, and then what was still to come.
        var goodbye = CallerPlay([hear("bye"), wait])
        goodbye.agent(true, 500)
        goodbye.tell(.understood("bye", from: .zero, to: goodbye.now))
        goodbye.tell(.ended(byAgent: true))
        #expect(goodbye.states == [.passed, .passed])

        var early = CallerPlay([hear("bye"), .say("Wait!"), .hangUp])
        early.agent(true, 500)
        early.tell(.ended(byAgent: true))
        #expect(early.states == [.failed, .notReached, .notReached])
        #expect(early.outcome.steps[0].detail == "the agent hung up; \"bye\" was not heard; heard: nothing")

        var cut = CallerPlay([.say("Wait!"), .hangUp])
        cut.agent(false, 500)
        cut.tell(.ended(byAgent: true))
        #expect(cut.states == [.failed, .notReached])
        #expect(cut.outcome.steps[0].detail == "the agent had hung up")
    }

    @Test("No call, and a call that breaks off")
    func failure() {
        var none = CallerPlay([.hangUp], answered: false)
        none.tell(.failed("busy"))
        #expect(none.outcome.failure == "busy")
        #expect(none.outcome.length == nil)
        #expect(none.states == [.notReached])

        var broken = CallerPlay([hear("bye")])
        broken.agent(false, 500)
        broken.tell(.failed("no sound"))
        broken.tell(.frame(isLoud: true))
        #expect(broken.states == [.notReached])
        #expect(broken.outcome.endedBy == nil)
        #expect(broken.outcome.length == .milliseconds(500))
    }

    @Test("Whom the agent names is kept")
    func referral() {
        var play = CallerPlay([.waitForEnd(within: .seconds(5))])
        play.tell(.referred(to: "sip:desk@example.com"))
        play.tell(.ended(byAgent: true))
        #expect(play.outcome.transfers == ["sip:desk@example.com"])
    }
}
