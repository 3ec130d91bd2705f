import Telephony
import Testing

@testable import Agent

struct TurnTakingTests {
    private static let long = "We are open from nine to five on every day of the week."

    // MARK: Plain turns

    @Test("Greeting, question, answer, goodbye")
    func plain() {
        var talk = VirtualTalk()
        #expect(talk.tell(.began) == [.startReply(1, .began), .commit(1)])
        talk.reply(.say("Good day. How can I help you?"))
        #expect(talk.spoken == ["Good day. How can I help you?"])
        talk.playAll()
        talk.callerSays("When are you open?")
        talk.reply(.say("From nine to five. Anything else?"), .note(key: "topic", value: "hours"))
        talk.playAll()
        talk.callerSays("No, bye.")
        talk.reply(.say("Goodbye."), .hangUp)
        #expect(talk.hangUp == nil)
        talk.playAll()
        #expect(talk.hangUp == .normal)
        #expect(
            talk.transcript == [
                "agent: Good day. How can I help you?", "caller: When are you open?",
                "agent: From nine to five. Anything else?", "caller: No, bye.", "agent: Goodbye.",
            ])
        #expect(talk.turns.deadline == nil)
        #expect(talk.tell(.speechStarted).isEmpty)
    }

    @Test("The times of turns are those of the call")
    func times() {
        var talk = VirtualTalk()
        talk.wait(seconds: 0.5)
        talk.tell(.began)
        talk.reply(.say("Good day."))
        talk.playAll()
        talk.callerSays("Hello")
        let turns: [TurnRecord] = talk.outputs.compactMap {
            if case .record(.turn(let turn)) = $0 { turn } else { nil }
        }
        #expect(
            turns == [
                TurnRecord(who: .agent, text: "Good day.", startMs: 500, endMs: 1_500),
                TurnRecord(who: .caller, text: "Hello", startMs: 1_500, endMs: 2_500),
            ])
    }

    @Test("A reply that is not the one under way is ignored")
    func lateReply() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("One")
        let first = talk.replyID
        talk.callerSays("two")
        #expect(talk.tell(.action(reply: first, .say("Late."))) == [])
        #expect(talk.tell(.replyFailed(first, "late")) == [])
        #expect(talk.hangUp == nil)
    }

    // MARK: Speaking while the agent thinks

    @Test("What the caller adds before the answer has begun is answered together with the question")
    func goesOnWhileThinking() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Can I leave a message")
        _ = talk.news()
        talk.callerSays("for Ada?")
        #expect(
            talk.news().filter { if case .record = $0 { false } else { true } } == [
                .cancelReply, .interrupted(heard: ""), .holdPlayout,
                .startReply(3, .said("Can I leave a message for Ada?")), .commit(3), .letPlay,
            ])
        #expect(talk.transcript.suffix(2) == ["caller: Can I leave a message", "caller: for Ada?"])
    }

    @Test("An answer that comes while the caller goes on is held back, and dropped with the question")
    func heldBack() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Can I leave a message")
        talk.tell(.speechStarted)
        talk.reply(.say("What shall I write?"))
        #expect(talk.spoken == ["Good day."])
        talk.tell(.speechEnded())
        talk.tell(.final("for Ada", startMs: 0, endMs: 1))
        #expect(talk.questions.last == .said("Can I leave a message for Ada"))
        talk.reply(.say("Yes."))
        #expect(talk.spoken == ["Good day.", "Yes."])
    }

    @Test("An answer that was held back for a noise is said after it")
    func heldBackForNoise() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Goodbye")
        talk.tell(.speechStarted)
        talk.reply(.say("Goodbye."), .hangUp)
        #expect(talk.hangUp == nil)
        talk.tell(.speechDismissed)
        #expect(talk.spoken.last == "Goodbye.")
        talk.playAll()
        #expect(talk.hangUp == .normal)
    }

    @Test("A hang-up without a word waits for a caller who is speaking")
    func silentHangUpWhileSpeaking() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Goodbye")
        talk.tell(.speechStarted)
        talk.reply(.hangUp)
        #expect(talk.hangUp == nil)
        talk.tell(.speechEnded())
        talk.tell(.final("", startMs: 0, endMs: 1))
        #expect(talk.hangUp == .normal)
    }

    // MARK: Keys

    @Test("A key interrupts the agent and is answered")
    func key() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("help")
        talk.reply(.say(Self.long))
        talk.make(seconds: 4)
        talk.tell(.pressed("1"))
        talk.stopped(afterSeconds: 3)
        #expect(talk.questions.last == .pressed("1"))
        #expect(talk.transcript.last == "agent: We are open from nine to —")
    }

    @Test("A key that is pressed in mid-speech is answered, the words are only written down")
    func keyDuringSpeech() {
        var talk = VirtualTalk.greeted()
        talk.tell(.speechStarted)
        talk.tell(.pressed("1"))
        talk.reply(.say("We are open."))
        #expect(talk.spoken == ["Good day."], "not while the caller speaks")
        talk.tell(.speechEnded())
        talk.tell(.final("er let me see", startMs: 0, endMs: 1))
        #expect(talk.questions == [.began, .pressed("1")])
        #expect(talk.spoken.last == "We are open.")
        #expect(talk.transcript.last == "caller: er let me see")
        talk.playAll()
        talk.callerSays("And where?")
        #expect(talk.questions.last == .said("And where?"))
    }

    @Test("Keys that the agent presses are sent once it has spoken, and a hang-up waits for them")
    func keysSent() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("open the door")
        talk.reply(.say("Opening."), .sendDTMF("12,3"), .hangUp)
        #expect(!talk.outputs.contains(.sendDTMF("12,3")))
        talk.playAll()
        #expect(talk.outputs.last == .sendDTMF("12,3"))
        talk.wait(seconds: 15)
        #expect(talk.hangUp == nil)
        #expect(talk.questions.count == 2, "no prompts meanwhile")
        talk.tell(.digitsSent)
        #expect(talk.hangUp == .normal)
    }

    // MARK: Transfers

    @Test("A transfer comes after the words, and ends the conversation when it succeeds")
    func transfer() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Put me through")
        talk.reply(.say("One moment."), .transfer(to: "sip:desk@example.com"))
        #expect(!talk.outputs.contains(.transfer(to: "sip:desk@example.com")))
        talk.playAll()
        #expect(talk.outputs.last == .transfer(to: "sip:desk@example.com"))
        talk.wait(seconds: 60)
        #expect(talk.questions.count == 2, "no prompts meanwhile")
        talk.callerSays("Hello?")
        talk.tell(.pressed("1"))
        #expect(talk.questions.count == 2, "nor answers")
        #expect(talk.transcript.last == "caller: Hello?")
        talk.tell(.transferEnded(failure: nil))
        #expect(talk.hangUp == .normal)
    }

    @Test("A transfer that fails is told to the dialogue, and the conversation goes on")
    func transferFailed() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Put me through")
        talk.reply(.say("One moment."), .transfer(to: "sip:desk@example.com"))
        talk.playAll()
        talk.tell(.transferEnded(failure: "486 Busy Here"))
        #expect(talk.questions.last == .transferFailed(reason: "486 Busy Here"))
        talk.reply(.say("Nobody is there."))
        talk.playAll()
        #expect(talk.hangUp == nil)
        talk.callerSays("All right")
        #expect(talk.questions.last == .said("All right"))
    }

    @Test(
        "F-33 A transfer that was promised is not lost when the caller speaks over the words, unless the plan changes",
        arguments: [false, true])
    func transferInterrupted(changesPlan: Bool) {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Put me through")
        talk.reply(.say(Self.long), .transfer(to: "sip:desk@example.com"))
        talk.make(seconds: 4)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 2)
        talk.tell(.speechEnded())
        talk.tell(.final("Thank you so much", startMs: 0, endMs: 1))
        if changesPlan { talk.tell(.action(reply: talk.replyID, .cancelPlans)) }
        talk.reply(.say("You are welcome."))
        #expect(!talk.outputs.contains(.transfer(to: "sip:desk@example.com")), "not before the words")
        talk.playAll()
        #expect(talk.outputs.contains(.transfer(to: "sip:desk@example.com")) != changesPlan)
    }
}
