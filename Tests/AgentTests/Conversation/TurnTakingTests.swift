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

    // MARK: Barge-in

    @Test("The agent stops when the caller speaks, and the record has what was heard of it")
    func bargeIn() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say(Self.long + " Is there anything else?"))
        talk.make(seconds: 4)
        talk.wait(seconds: 2)
        #expect(talk.tell(.speechStarted) == [.stopPlayout])
        talk.stopped(afterSeconds: 3)
        #expect(talk.spoken.count == 3, "nothing is said while the caller speaks")
        talk.wait(seconds: 1)
        talk.tell(.speechEnded())
        _ = talk.news()
        talk.tell(.final("And where are you?", startMs: 0, endMs: 1))
        let news = talk.news()
        #expect(news.contains(.interrupted(heard: "We are open from nine to")))
        #expect(news.suffix(3) == [.startReply(3, .said("And where are you?")), .commit(3), .letPlay])
        #expect(
            talk.transcript.suffix(2) == ["agent: We are open from nine to —", "caller: And where are you?"])
    }

    @Test("Noise only makes the agent pause: it goes on at the word that was cut")
    func falseBargeIn() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say(Self.long + " Is there anything else?"), .hangUp)
        talk.make(seconds: 4)
        talk.make(seconds: 2)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 1 + 5)
        _ = talk.news()
        talk.tell(.speechDismissed)
        // A quarter of a second before: where the words are the voice did not tell.
        #expect(talk.news() == [.resumePlayout(at: 6 * 8_000 - 2_000)])
        #expect(talk.spoken.count == 3, "nothing is made twice")
        #expect(talk.questions.count == 2)
        #expect(talk.heardByCaller.isEmpty)
        talk.playAll()
        #expect(talk.hangUp == .normal, "what was promised is still done")
    }

    @Test("Noise that is over before playing has stopped", arguments: [true, false])
    func shortNoise(isDismissed: Bool) {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say(Self.long))
        talk.make(seconds: 4)
        talk.tell(.speechStarted)
        if isDismissed {
            talk.tell(.speechDismissed)
        } else {
            talk.tell(.speechEnded())
            talk.tell(.final("", startMs: 0, endMs: 1))
        }
        #expect(talk.spoken.count == 2)
        talk.stopped(afterSeconds: 2)
        #expect(talk.outputs.contains(.resumePlayout(at: 2 * 8_000 - 2_000)))
        #expect(talk.spoken.count == 2, "nothing is made twice")
    }

    @Test("A listener's \"mhm\" does not take the turn, but is written down", arguments: ["Mhm.", "yeah", "Okay!"])
    func backchannel(word: String) {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say(Self.long))
        talk.make(seconds: 4)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 1.5)
        talk.tell(.speechEnded())
        talk.tell(.final(word, startMs: 0, endMs: 1))
        #expect(talk.questions.count == 2)
        #expect(talk.spoken.last == Self.long)
        #expect(talk.transcript.contains("caller: \(word)"))
    }

    @Test("The same word answers when the agent had all but finished")
    func backchannelAtTheEnd() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Put me through")
        talk.reply(.say("Shall I?"))
        talk.make(seconds: 1)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 1.8)
        talk.tell(.speechEnded())
        talk.tell(.final("Yes", startMs: 0, endMs: 1))
        #expect(talk.questions.last == .said("Yes"))
    }

    @Test("Speech that begins as the agent ends interrupts nothing")
    func atTheVeryEnd() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say("From nine to five."))
        talk.make(seconds: 2)
        talk.wait(seconds: 2)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 3)
        #expect(talk.transcript.last == "agent: From nine to five.")
        talk.tell(.speechEnded())
        talk.tell(.final("Thanks", startMs: 0, endMs: 1))
        #expect(talk.heardByCaller.isEmpty)
        #expect(talk.questions.last == .said("Thanks"))
    }

    @Test("A final text without a start of speech stops the agent as well")
    func finalAlone() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say(Self.long))
        talk.make(seconds: 4)
        _ = talk.news()
        #expect(talk.tell(.final("Stop", startMs: 0, endMs: 1)) == [.stopPlayout])
        talk.stopped(afterSeconds: 3)
        #expect(talk.questions.last == .said("Stop"))
    }

    @Test("The dialogue is told what was heard before it is given the next words")
    func orderOfInterruption() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say(Self.long))
        talk.make(seconds: 4)
        talk.wait(seconds: 0.1)
        _ = talk.news()
        talk.tell(.pressed("2"))
        #expect(talk.news() == [.stopPlayout], "not before it is known what was heard")
        talk.stopped(afterSeconds: 1.05)
        #expect(
            talk.news() == [
                .interrupted(heard: ""), .dropPlayout, .startReply(3, .pressed("2")), .commit(3),
            ])
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

    // MARK: Silence and length

    @Test("Silence brings a prompt, then the dialogue's goodbye")
    func silence() {
        var talk = VirtualTalk.greeted()
        talk.wait(seconds: 7.9)
        #expect(talk.questions.count == 1)
        talk.wait(seconds: 0.1)
        #expect(talk.questions.last == .silence(count: 1))
        talk.reply(.say("Are you still there?"))
        talk.playAll()
        talk.wait(seconds: 10.9)
        #expect(talk.questions.last == .silence(count: 1))
        talk.wait(seconds: 0.1)
        #expect(talk.questions.last == .silence(count: 2))
        talk.reply(.say("Goodbye."), .hangUp)
        talk.playAll()
        #expect(talk.hangUp == .silence)
    }

    @Test("A dialogue that will not hang up is hung up on")
    func stubbornSilence() {
        var talk = VirtualTalk.greeted()
        for _ in 0..<3 where talk.hangUp == nil {
            talk.wait(seconds: 10)
            talk.reply(.say("Hello?"))
            talk.playAll()
        }
        talk.wait(seconds: 3)
        #expect(talk.questions == [.began, .silence(count: 1), .silence(count: 2)])
        #expect(talk.hangUp == .silence)
    }

    @Test("A word from the caller begins the silence anew")
    func silenceBroken() {
        var talk = VirtualTalk.greeted()
        talk.wait(seconds: 8)
        talk.reply(.say("Are you still there?"))
        talk.playAll()
        talk.callerSays("Yes")
        talk.reply(.say("Good."))
        talk.playAll()
        talk.wait(seconds: 8)
        #expect(talk.questions.last == .silence(count: 1))
    }

    @Test("Nobody is asked for a word while speaking, or on hold")
    func noPromptWhileSpeaking() {
        var talk = VirtualTalk.greeted()
        talk.tell(.speechStarted)
        for _ in 0..<10 {
            talk.wait(seconds: 5)
            talk.tell(.partial("and then"))
        }
        #expect(talk.questions.count == 1)
        talk.tell(.speechDismissed)
        talk.tell(.held(true))
        talk.wait(seconds: 300)
        #expect(talk.questions.count == 1)
        talk.tell(.held(false))
        talk.wait(seconds: 8)
        #expect(talk.questions.last == .silence(count: 1))
    }

    @Test("No call is longer than the longest, whatever is under way", arguments: 0..<5)
    func maximumLength(state: Int) {
        var talk = VirtualTalk.greeted { $0.maximumDuration = .seconds(12) }
        switch state {
        case 0: talk.tell(.speechStarted)
        case 1: talk.callerSays("thinking")
        case 2:
            talk.callerSays("speaking")
            talk.reply(.say(Self.long))
        case 3:
            talk.callerSays("transferring")
            talk.reply(.transfer(to: "sip:a@b"))
        default: talk.tell(.held(true))
        }
        talk.wait(seconds: 9)
        #expect(talk.hangUp == nil)
        talk.wait(seconds: 2)
        #expect(talk.hangUp == .maximumDuration)
        #expect(talk.events.contains("too long"))
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

    // MARK: Ends and failures

    @Test("When the caller hangs up over the agent, the record has what was heard")
    func hangUpWhileSpeaking() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say(Self.long))
        talk.make(seconds: 4)
        var turns = talk.turns
        let entries = turns.callEnded(played: 3 * VirtualTalk.rate, now: talk.now)
        guard case .record(.turn(let turn)) = entries.first else {
            Issue.record("no turn in \(entries)")
            return
        }
        #expect(turn.text == "We are open from nine to")
        #expect(turn.interrupted)
        #expect(entries.count == 1)
        #expect(turns.callEnded(played: 3 * VirtualTalk.rate, now: talk.now) == [], "only once")
    }

    @Test("A hang-up in a barge-in loses nothing that was heard")
    func hangUpWhileSuspended() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say(Self.long))
        talk.make(seconds: 4)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 3)
        var turns = talk.turns
        let entries = turns.callEnded(played: 3 * VirtualTalk.rate, now: talk.now)
        #expect(entries.count == 1)
    }

    @Test("A dialogue that fails is apologised for")
    func dialogueFails() {
        var talk = VirtualTalk.greeted { $0.apology = "Sorry." }
        talk.callerSays("Hello")
        talk.tell(.replyFailed(2, "no model"))
        #expect(talk.spoken.last == "Sorry.")
        talk.playAll()
        #expect(talk.hangUp == .failure)
        #expect(talk.events == ["dialogue failed"])
    }

    @Test("A dialogue that never answers is a failing one")
    func dialogueHangs() {
        var talk = VirtualTalk.greeted { $0.apology = "Sorry." }
        talk.callerSays("Hello")
        talk.wait(seconds: 19)
        talk.tell(.action(reply: 2, .note(key: "thinking", value: "hard")))
        talk.wait(seconds: 19)
        #expect(talk.events.isEmpty)
        talk.wait(seconds: 1)
        #expect(talk.outputs.contains(.cancelReply))
        #expect(talk.spoken.last == "Sorry.")
        talk.playAll()
        #expect(talk.hangUp == .failure)
    }

    @Test("A voice that fails is tried once more for the apology")
    func voiceFails() {
        var talk = VirtualTalk.greeted { $0.apology = "Sorry." }
        talk.callerSays("Hello")
        talk.reply(.say(Self.long + " Is there anything else?"))
        talk.make(seconds: 4)
        talk.tell(.voiceFailed("no sound", played: talk.position))
        #expect(talk.transcript.last == "agent: \(Self.long) —")
        #expect(talk.spoken.last == "Sorry.")
        var failing = talk
        failing.tell(.voiceFailed("no sound", played: talk.position))
        #expect(failing.hangUp == .failure)
        #expect(talk.hangUp == nil)
    }

    @Test("A voice that never makes a sound does not keep a silent line")
    func voiceHangs() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Hello")
        talk.reply(.say("Hello."))
        talk.wait(seconds: 20)
        #expect(talk.hangUp == .failure)
    }

    @Test("Nor does a voice that stops in mid-sentence")
    func voiceStops() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Hello")
        talk.reply(.say(Self.long))
        talk.tell(.sentenceStarted(2, at: talk.position))
        talk.wait(seconds: 30)
        #expect(talk.hangUp == nil)
        talk.wait(seconds: 10)
        #expect(talk.hangUp == .failure)
    }

    @Test("A long answer that sounds is no voice that hangs")
    func longAnswer() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Hello")
        talk.reply(.say(Self.long), .say(Self.long))
        for _ in 0..<2 {
            talk.wait(seconds: 15)
            talk.make(seconds: 15)
        }
        talk.wait(seconds: 10)
        talk.tell(.drained)
        #expect(talk.hangUp == nil)
    }

    @Test("One stretch that could not be made out leaves the conversation as it is; three in a row end it")
    func hearingFails() {
        var talk = VirtualTalk.greeted { $0.apology = "Sorry." }
        for round in 1...3 {
            talk.tell(.speechStarted)
            talk.tell(.speechEnded())
            talk.tell(.hearingFailed("overloaded"))
            if round == 1 {
                talk.wait(seconds: 8)
                #expect(talk.questions.last == .silence(count: 1), "the line is not left silent")
                talk.reply(.say("Are you still there?"))
                talk.playAll()
            }
        }
        #expect(talk.spoken.last == "Sorry.")
        talk.playAll()
        #expect(talk.hangUp == .failure)
    }

    @Test("A text that never comes is given up, and so is speech without end")
    func hearingHangs() {
        var talk = VirtualTalk.greeted()
        talk.tell(.speechStarted)
        talk.tell(.speechEnded())
        talk.wait(seconds: 20)
        #expect(talk.events == ["no words"])
        talk.wait(seconds: 8)
        #expect(talk.questions.last == .silence(count: 1))

        var noisy = VirtualTalk.greeted()
        noisy.tell(.speechStarted)
        noisy.wait(seconds: 68)
        #expect(noisy.questions.last == .silence(count: 1))
    }

    @Test("Hearing that is gone for good is apologised for")
    func deaf() {
        var talk = VirtualTalk.greeted { $0.apology = "Sorry." }
        talk.tell(.hearingEnded("gone"))
        #expect(talk.spoken.last == "Sorry.")
        talk.playAll()
        #expect(talk.hangUp == .failure)
    }

    @Test("A failure that comes before, or under, other things still ends the call", arguments: 0..<4)
    func failureIsFinal(order: Int) {
        var talk = VirtualTalk { $0.apology = "Sorry." }
        talk.tell(.hearingEnded("gone"))
        switch order {
        case 0: talk.tell(.began)
        case 1: talk.callerSays("Hello?")
        case 2: talk.tell(.pressed("1"))
        default: talk.tell(.hearingEnded("still gone"))
        }
        if talk.outputs.contains(.stopPlayout) { talk.stopped(afterSeconds: 0) }
        talk.playAll()
        #expect(talk.hangUp == .failure)
        #expect(talk.questions.isEmpty)
        #expect(talk.transcript.last == "agent: Sorry.")
    }

    @Test("Whatever happens in whatever order, the conversation comes to an end", arguments: 0..<200)
    func chaos(seed: Int) {
        var state = UInt64(seed) &* 2_862_933_555_777_941_757 &+ 3_037_000_493
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var talk = VirtualTalk { $0.maximumDuration = .seconds(600) }
        talk.tell(.began)
        for _ in 0..<200 where !talk.isOver {
            switch next(14) {
            case 0: talk.tell(.speechStarted)
            case 1: talk.tell(.speechEnded())
            case 2: talk.tell(.speechDismissed)
            case 3: talk.tell(.final(["", "yes", "When are you open?"][next(3)], startMs: 0, endMs: 1))
            case 4: talk.tell(.pressed("1"))
            case 5: talk.reply(.say(Self.long), .say("Yes."))
            case 6: talk.reply(.transfer(to: "sip:a@b"))
            case 7: talk.tell(.transferEnded(failure: "busy"))
            case 8: talk.make(seconds: 3)
            case 9: talk.playAll()
            case 10: talk.tell(.stopped(played: next(100_000)))
            case 11: talk.tell(.hearingFailed("x"))
            case 12: talk.tell(.sentenceStarted(next(50), at: next(100_000)))
            default: talk.wait(seconds: Double(next(20)))
            }
            #expect(talk.isOver || talk.turns.deadline != nil)
        }
        talk.wait(seconds: 700)
        #expect(talk.isOver)
        #expect(talk.hangUp != nil)
    }
}
