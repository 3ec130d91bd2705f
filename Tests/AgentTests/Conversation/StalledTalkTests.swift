import Telephony
import Testing

@testable import Agent

/// Whatever was heard, nobody is left waiting for ever.
struct StalledTalkTests {
    @Test(
        "F-25 A caller who says no more is asked for a word and hung up on, whatever came before",
        arguments: [false, true])
    func aimless(judgesTurns: Bool) {
        for seed in UInt64(1)...150 {
            var talk = AimlessTalk(seed: seed, judgesTurns: judgesTurns)
            let isOver = talk.run(seconds: 30, silence: 180)
            #expect(isOver, "seed \(seed):\n\(talk.ending)")
        }
    }

    @Test("An answer begun on words that come to nothing is given up", arguments: [false, true])
    func nothing(isEcho: Bool) {
        var talk = VirtualTalk.greeted { $0.pauses = PauseHabits() }
        talk.tell(.speechStarted)
        talk.tell(.partial("When are you open?"))
        talk.tell(.speechEnded())
        #expect(talk.questions.last == .said("When are you open?"))
        talk.reply(.say("From nine to five."))
        if isEcho {
            talk.tell(.held(true))
            talk.tell(.held(false))
        } else {
            talk.tell(.final("", startMs: 0, endMs: 1))
        }
        #expect(talk.heardByCaller == [""], "the dialogue knows that nothing of it was heard")
        talk.wait(seconds: 8)
        #expect(talk.questions.last == .silence(count: 1))
        #expect(!talk.transcript.contains("agent: From nine to five."))
    }

    @Test("What was certain before is answered alone")
    func certain() {
        var talk = VirtualTalk.greeted { $0.pauses = PauseHabits() }
        talk.callerSays("I have a question")
        talk.tell(.speechStarted)
        talk.tell(.partial("are you open?"))
        talk.tell(.speechEnded())
        #expect(talk.questions.last == .said("I have a question are you open?"))
        talk.tell(.final("", startMs: 0, endMs: 1))
        #expect(talk.questions.last == .said("I have a question"))
        talk.reply(.say("Go on."))
        talk.wait(seconds: 2.5)
        talk.playAll()
        #expect(talk.transcript.last == "agent: Go on.")
    }

    @Test("Words that were thought about count when the hearing fails on them")
    func failed() {
        var talk = VirtualTalk.greeted { $0.pauses = PauseHabits() }
        talk.tell(.speechStarted)
        talk.tell(.partial("When are you open?"))
        talk.tell(.speechEnded())
        talk.tell(.hearingFailed("no answer"))
        talk.reply(.say("From nine to five."))
        talk.wait(seconds: 0.35)
        talk.playAll()
        #expect(talk.transcript.suffix(2) == ["caller: When are you open?", "agent: From nine to five."])
    }
}
