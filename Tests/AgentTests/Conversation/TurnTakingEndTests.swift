import Telephony
import Testing

@testable import Agent

/// How a conversation ends, in order and out of it.
struct TurnTakingEndTests {
    private static let long = "We are open from nine to five on every day of the week."

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

    @Test("F-07: a goodbye that is cut off is known, and nothing else is taken for one")
    func goodbyeCut() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Bye")
        talk.reply(.say("Thank you for calling, goodbye."), .hangUp)
        talk.make(seconds: 2)
        let cut = talk.turns.unheardGoodbye(played: 2 * VirtualTalk.rate)
        #expect(cut?.all == 5 && (1...4).contains(cut?.words ?? 0))
        #expect(talk.turns.unheardGoodbye(played: 20 * VirtualTalk.rate) == nil, "all of it was heard")
        talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say(Self.long))
        talk.make(seconds: 4)
        #expect(talk.turns.unheardGoodbye(played: 2 * VirtualTalk.rate) == nil, "an answer is no goodbye")
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
