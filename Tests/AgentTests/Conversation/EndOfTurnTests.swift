import Telephony
import TelephonyPrimitives
import Testing

@testable import Agent

/// When an answer is thought about, and when it is let out.
struct EndOfTurnTests {
    private static func talk(judges: Bool = false) -> VirtualTalk {
        var talk = VirtualTalk.greeted(judgesTurns: judges) { $0.pauses = PauseHabits() }
        _ = talk.news()
        return talk
    }

    /// The caller says `text` and stops; the words are there `delay` seconds later.
    private static func say(_ text: String, delay: Double = 0.1, in talk: inout VirtualTalk) {
        talk.tell(.speechStarted)
        talk.wait(seconds: 1)
        talk.tell(.speechEnded())
        talk.wait(seconds: delay)
        talk.tell(.final(text, startMs: 0, endMs: 1))
    }

    @Test("An answer is thought out and made at once, and let out when the pause is long enough")
    func heldUntilPauseIsOver() {
        var talk = Self.talk()
        Self.say("tomorrow evening", in: &talk)
        #expect(talk.questions.last == .said("tomorrow evening"))
        talk.reply(.say("Very well."))
        #expect(talk.spoken.last == "Very well.", "the voice is at work already")
        #expect(!talk.outputs.contains(.commit(2)))
        talk.wait(seconds: 0.59)
        #expect(!talk.outputs.contains(.commit(2)))
        talk.wait(seconds: 0.01)
        #expect(talk.outputs.suffix(2) == [.commit(2), .letPlay])
    }

    @Test("A caller who goes on within the pause is answered as a whole, and nothing was done before")
    func goesOn() {
        var talk = Self.talk()
        Self.say("I would like a table", in: &talk)
        talk.reply(.say("For how many?"), .note(key: "wish", value: "table"), .transfer(to: "sip:x@example.com"))
        _ = talk.news()
        talk.wait(seconds: 0.3)
        Self.say("for four people.", in: &talk)
        #expect(talk.questions.last == .said("I would like a table for four people."))
        #expect(talk.heardByCaller == [""], "the dialogue forgets its first answer")
        #expect(talk.news().contains(.dropPlayout))
        talk.reply(.say("Four people, very well."))
        talk.wait(seconds: 2)
        talk.playAll()
        let notes = talk.outputs.filter { if case .record(.note) = $0 { true } else { false } }
        #expect(notes.isEmpty, "the dropped answer wrote nothing down")
        #expect(!talk.outputs.contains(.transfer(to: "sip:x@example.com")), "and put nobody through")
        #expect(talk.transcript.suffix(1) == ["agent: Four people, very well."])
    }

    @Test("Whoever is waited for longer once is waited for longer again")
    func adapts() {
        var talk = Self.talk()
        for _ in 0..<4 {
            Self.say("I would like", in: &talk)
            talk.wait(seconds: 0.5)
        }
        Self.say("a table for tomorrow evening", in: &talk)
        let before = talk.outputs.count
        talk.wait(seconds: 0.65)
        #expect(!talk.outputs[before...].contains(.letPlay), "others are answered after 0.7 s")
        talk.wait(seconds: 0.2)
        #expect(talk.outputs[before...].contains(.letPlay))
    }

    @Test("A noise within the pause changes nothing", arguments: [true, false])
    func noise(isDismissed: Bool) {
        var talk = Self.talk()
        Self.say("tomorrow evening", in: &talk)
        talk.reply(.say("Very well."))
        talk.tell(.speechStarted)
        talk.wait(seconds: 2)
        #expect(!talk.outputs.contains(.letPlay), "not over a voice")
        if isDismissed {
            talk.tell(.speechDismissed)
        } else {
            talk.tell(.speechEnded())
            talk.tell(.final("", startMs: 0, endMs: 1))
            talk.wait(seconds: 0.7)
        }
        #expect(talk.outputs.contains(.letPlay))
        #expect(talk.questions.count == 2)
    }

    @Test("Whole words are thought about before it is certain that they are all")
    func partial() {
        var talk = Self.talk()
        talk.tell(.speechStarted)
        talk.tell(.partial("When are you open?"))
        talk.tell(.speechEnded())
        #expect(talk.questions.last == .said("When are you open?"))
        talk.reply(.say("From nine to five."))
        talk.tell(.final("when are you open", startMs: 0, endMs: 1))
        #expect(talk.questions.count == 2, "they were the same")
        talk.wait(seconds: 0.35)
        talk.playAll()
        #expect(talk.transcript.suffix(2) == ["caller: when are you open", "agent: From nine to five."])
    }

    @Test("Words that were thought about too soon are thought about again")
    func wrongPartial() {
        var talk = Self.talk()
        Self.say("Hello there", in: &talk)
        talk.tell(.speechStarted)
        talk.tell(.partial("are you open?"))
        talk.tell(.speechEnded())
        #expect(talk.questions.last == .said("Hello there are you open?"))
        talk.tell(.final("are you open on Sunday?", startMs: 0, endMs: 1))
        #expect(talk.questions.last == .said("Hello there are you open on Sunday?"))
        #expect(talk.heardByCaller == ["", ""])
    }

    @Test("A hearing that judges turns decides: probably over, not after all, over")
    func judged() {
        var talk = Self.talk(judges: true)
        talk.tell(.speechStarted)
        talk.tell(.partial("I need a table"))
        talk.tell(.turn(.probablyOver))
        #expect(talk.questions.last == .said("I need a table"))
        talk.reply(.say("For how many?"))
        talk.wait(seconds: 3)
        #expect(!talk.outputs.contains(.letPlay))
        talk.tell(.turn(.resumed))
        #expect(talk.heardByCaller == [""])
        talk.tell(.partial("I need a table for four"))
        talk.tell(.turn(.probablyOver))
        talk.reply(.say("Four it is."))
        talk.tell(.final("I need a table for four", startMs: 0, endMs: 1))
        talk.tell(.turn(.over))
        #expect(talk.outputs.suffix(2) == [.commit(3), .letPlay])
        #expect(talk.questions.count == 3, "what was thought of is used")
        talk.playAll()
        #expect(talk.transcript.last == "agent: Four it is.")
    }

    @Test("F-25 A hearing that never says that it is over, or never gives certain words, leaves nobody waiting")
    func neverOver() {
        var talk = Self.talk(judges: true)
        talk.tell(.speechStarted)
        talk.tell(.partial("When are you open"))
        talk.tell(.speechEnded())
        talk.wait(seconds: 4)
        #expect(talk.questions.last == .said("When are you open"), "what is known counts")
        talk.reply(.say("From nine to five."))
        talk.wait(seconds: 2.5)
        #expect(talk.outputs.contains(.letPlay))
    }

    @Test(
        "A called party is waited for: it is greeted after its first word, or after a while", arguments: [true, false])
    func hello(speaks: Bool) {
        var talk = VirtualTalk {
            $0.waitsForHello = .seconds(2)
            $0.pauses = PauseHabits()
        }
        talk.tell(.began)
        #expect(talk.questions.isEmpty)
        talk.wait(seconds: 1.9)
        if speaks {
            Self.say("Hello?", in: &talk)
            #expect(talk.transcript == ["caller: Hello?"])
        } else {
            talk.wait(seconds: 0.1)
        }
        #expect(talk.questions == [.began])
        #expect(talk.outputs.contains(.commit(1)))
    }

    // MARK: Filling the time

    @Test("F-31 A tool that takes long is covered by words, which the dialogue did not say")
    func tool() {
        var talk = VirtualTalk.greeted { $0.toolFillerAfter = .milliseconds(700) }
        talk.callerSays("Is my order there?")
        let id = talk.replyID
        let call = ToolCall(id: "1", name: "look_up", arguments: "{}")
        talk.tell(.action(reply: id, .toolStarted(call)))
        talk.wait(seconds: 0.6)
        #expect(talk.spoken.count == 1)
        talk.wait(seconds: 0.1)
        #expect(talk.spoken.last == "One moment, please.")
        for _ in 0..<3 {
            talk.playAll()
            talk.wait(seconds: 7)
        }
        #expect(talk.spoken.suffix(3) == ["One moment, please.", "Just a second.", "Still looking."])
        talk.wait(seconds: 60)
        #expect(talk.hangUp == nil, "a tool has its own limit of time")
        talk.tell(.action(reply: id, .toolEnded(ToolOutcome(call: call, text: "yes", failed: false))))
        talk.reply(.say("It came this morning, and waits for you at the desk downstairs."))
        talk.make(seconds: 4)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 1 + 3 + 2)
        talk.tell(.speechEnded())
        talk.tell(.final("Thank you, that is fine", startMs: 0, endMs: 1))
        #expect(talk.heardByCaller == ["It came this morning, and waits"])
        #expect(talk.events.filter { $0.hasPrefix("tool") } == ["tool", "tool done"])
    }

    @Test("A late answer is preceded by words, and two late ones ask for shorter answers")
    func late() {
        var talk = VirtualTalk.greeted { $0.answerBudget = .milliseconds(1_500) }
        for round in 1...2 {
            talk.callerSays("Question \(round)?")
            talk.wait(seconds: 1.4)
            let before = talk.spoken.count
            talk.wait(seconds: 0.1)
            #expect(talk.spoken.count == before + 1)
            #expect(talk.spoken.last == "One moment, please.")
            talk.wait(seconds: 0.2)
            talk.playAll()
            talk.reply(.say("Answer."))
            talk.playAll()
            #expect(talk.outputs.contains(.answerBriefly(true)) == (round == 2))
        }
        for _ in 0..<3 {
            talk.callerSays("Question?")
            talk.reply(.say("Answer."))
            talk.playAll()
        }
        #expect(talk.outputs.contains(.answerBriefly(false)))
    }

    // MARK: What is no interruption

    @Test(
        "F-24 A cough, a listener's word and the agent's own echo interrupt nothing",
        arguments: ["", "Mm-hm.", "Uh-oh.", "we are open from nine", "nine to", "Five.", "I."])
    func noInterruption(text: String) {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say("We are open from nine to five on every day of the week."))
        talk.make(seconds: 4)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 3)
        talk.tell(.speechEnded())
        talk.tell(.final(text, startMs: 0, endMs: 1))
        #expect(talk.questions.count == 2)
        #expect(talk.outputs.contains(.resumePlayout(at: 3 * 8_000 - 2_000)))
        talk.wait(seconds: 2)
        talk.tell(.drained)
        #expect(talk.transcript.last == "agent: We are open from nine to five on every day of the week.")
    }

    @Test("F-26 A short answer is heard, also over the last words of the question", arguments: ["Yes.", "no", "Okay"])
    func shortAnswer(text: String) {
        var talk = VirtualTalk.greeted { $0.pauses = PauseHabits() }
        talk.callerSays("I need a table")
        talk.wait(seconds: 1)
        talk.reply(.say("Is tomorrow evening fine for you?"))
        talk.make(seconds: 2)
        talk.wait(seconds: 1.8)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 1 + 1.8)
        talk.tell(.speechEnded())
        talk.tell(.final(text, startMs: 0, endMs: 1))
        #expect(talk.questions.last == .said(text))
        talk.wait(seconds: 0.35)
        #expect(talk.outputs.last == .letPlay, "and answered soon")
    }

    @Test("With the voice's word times the agent goes on at the beginning of the word")
    func wordTimes() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say("We are open from nine to five on every day."))
        let text = "We are open from nine to five on every day."
        let words = text.split(separator: " ").enumerated().map {
            SpokenWord(String($1), startMs: $0 * 300, endMs: $0 * 300 + 280)
        }
        talk.tell(.sentenceWords(2, words))
        talk.make(seconds: 4)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 1 + 1.31)  // in "nine", which begins at 1.2 s
        #expect(talk.tell(.speechDismissed) == [.resumePlayout(at: 8_000 + 9_600)])
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 2.31 + 0.11 + 0.6)  // "nine to" has been heard whole by now
        talk.tell(.speechEnded())
        talk.tell(.final("And on Sunday?", startMs: 0, endMs: 1))
        #expect(talk.heardByCaller == ["We are open from nine to"])
    }

    @Test("F-30 Music on hold is no caller: it is not answered, and what was being said goes on")
    func holdMusic() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say("We are open from nine to five on every day of the week."))
        talk.make(seconds: 4)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 3)
        talk.tell(.held(true))
        #expect(talk.outputs.contains(.resumePlayout(at: 3 * 8_000 - 2_000)))
        _ = talk.news()
        talk.callerSays("you are so beautiful to me")
        talk.wait(seconds: 60)
        #expect(talk.news().isEmpty)
        talk.tell(.drained)
        talk.tell(.held(false))
        talk.callerSays("Are you still there?")
        #expect(talk.questions.last == .said("Are you still there?"))
    }

    @Test("F-29 A number that is dictated with pauses is heard as a whole")
    func dictated() {
        var talk = Self.talk()
        Self.say("My number is five five five", in: &talk)
        talk.wait(seconds: 1.2)
        #expect(!talk.outputs.contains(.letPlay))
        Self.say("zero one", in: &talk)
        talk.wait(seconds: 1.2)
        Self.say("four two", in: &talk)
        talk.reply(.say("Thank you."))
        talk.wait(seconds: 2.5)
        #expect(talk.questions.last == .said("My number is five five five zero one four two"))
        #expect(talk.outputs.filter { $0 == .letPlay }.count > 0 && talk.outputs.contains(.commit(4)))
        #expect(!talk.outputs.contains(.commit(2)) && !talk.outputs.contains(.commit(3)))
    }

    @Test("F-29 Numbers reach a voice as the words that people say, whatever voice it is")
    func readAloud() async throws {
        let voice = CountedVoice()
        let session = try await NormalisingVoice(voice).makeSession(SpeechFormat(sampleRate: 8_000))
        _ = try await session.sound(of: "Call 555-0142 before 9:30, it is $5.")
        #expect(voice.texts == ["Call five five five, zero one four two before nine thirty, it is five dollars."])
    }

    @Test("F-30 A voice that was speaking when the hold ended is not answered, the caller after it is")
    func voiceOfHold() {
        var talk = VirtualTalk.greeted()
        talk.tell(.held(true))
        talk.tell(.speechStarted)
        talk.tell(.held(false))
        _ = talk.news()
        talk.tell(.speechEnded())
        talk.tell(.partial("For more information, visit"))
        talk.tell(.final("For more information, visit us.", startMs: 0, endMs: 1))
        talk.wait(seconds: 1)
        #expect(talk.questions.count == 1)
        talk.callerSays("When are you open?")
        #expect(talk.questions.last == .said("When are you open?"))
    }

    @Test("Two words of what was said a while ago are no echo: the caller wants that")
    func twoWordsRepeated() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("What can you do?")
        talk.reply(.say("For opening hours press 1, to leave a message press 2, to hear where we are press 3."))
        talk.make(seconds: 6)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 5)
        talk.tell(.speechEnded())
        talk.tell(.final("opening hours", startMs: 0, endMs: 1))
        #expect(talk.questions.last == .said("opening hours"))
    }
}
