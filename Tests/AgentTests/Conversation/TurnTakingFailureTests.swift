import Telephony
import Testing

@testable import Agent

/// What goes wrong while the turn is between the two.
struct TurnTakingFailureTests {
    private static let long = "We are open from nine to five on every day of the week."

    /// The agent was cut short by a caller who still speaks.
    private static func cutShort() -> VirtualTalk {
        var talk = VirtualTalk.greeted { $0.apology = "Sorry." }
        talk.callerSays("When are you open?")
        talk.reply(.say(Self.long))
        talk.make(seconds: 4)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 3)
        return talk
    }

    @Test("Ears that fail for the third time in a barge-in are apologised for at once")
    func thirdFailureInBargeIn() {
        var talk = Self.cutShort()
        for round in 1...3 {
            talk.tell(.speechStarted)
            talk.tell(.speechEnded())
            talk.tell(.hearingFailed("x"))
            if talk.spoken.last == Self.long {
                talk.tell(.speechStarted)
                talk.stopped(afterSeconds: 3 + 0.3 * Double(round))
            }
        }
        #expect(talk.spoken.last == "Sorry.")
        talk.playAll()
        #expect(talk.hangUp == .failure)
        #expect(talk.transcript.contains("agent: We are open from nine to —"))
    }

    @Test("Ears that are gone in a barge-in are apologised for at once")
    func deafInBargeIn() {
        var talk = Self.cutShort()
        talk.tell(.hearingEnded("gone"))
        #expect(talk.spoken.last == "Sorry.")
        talk.playAll()
        #expect(talk.hangUp == .failure)
    }

    @Test("Ears that are gone before playing has stopped are apologised for after that")
    func deafWhileStopping() {
        var talk = VirtualTalk.greeted { $0.apology = "Sorry." }
        talk.callerSays("When are you open?")
        talk.reply(.say(Self.long))
        talk.make(seconds: 4)
        talk.tell(.speechStarted)
        talk.tell(.hearingEnded("gone"))
        #expect(talk.spoken.last == Self.long)
        talk.stopped(afterSeconds: 3)
        #expect(talk.spoken.last == "Sorry.")
        talk.playAll()
        #expect(talk.hangUp == .failure)
    }

    @Test("Ears that fail on and on are apologised for once")
    func oneApology() {
        var talk = VirtualTalk.greeted { $0.apology = "Sorry." }
        for _ in 0..<5 { talk.tell(.hearingFailed("x")) }
        #expect(talk.spoken.filter { $0 == "Sorry." }.count == 1)
    }

    @Test("A transfer under way is left alone by ears that fail")
    func deafWhileTransferring() {
        var talk = VirtualTalk.greeted { $0.apology = "Sorry." }
        talk.callerSays("Put me through")
        talk.reply(.say("One moment."), .transfer(to: "sip:desk@example.com"))
        talk.playAll()
        for _ in 0..<3 { talk.tell(.hearingFailed("x")) }
        talk.tell(.hearingEnded("gone"))
        #expect(talk.spoken.last == "One moment.")
        talk.tell(.transferEnded(failure: nil))
        #expect(talk.hangUp == .normal)
    }

    @Test("Nothing is said while it is made out what the caller has said")
    func heldUntilFinal() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Can I leave a message")
        talk.tell(.speechStarted)
        talk.tell(.speechEnded())
        talk.reply(.say("What shall I write?"))
        #expect(talk.spoken == ["Good day."])
        talk.tell(.final("", startMs: 0, endMs: 1))
        #expect(talk.spoken == ["Good day.", "What shall I write?"])
    }

    @Test("A reply that was heard in part is not taken for unheard after a noise")
    func heardBeforeNoise() {
        var talk = Self.cutShort()
        talk.tell(.speechDismissed)
        #expect(talk.spoken.last == Self.long)
        talk.callerSays("And where?")
        talk.stopped(afterSeconds: 3)
        #expect(talk.questions.last == .said("And where?"), "what was answered is not answered again")
        #expect(!talk.heardByCaller.contains(""))
    }

    @Test("A reply of which the first sentence was heard is not taken for unheard")
    func heardFirstSentence() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Tell me all")
        talk.tell(.action(reply: talk.replyID, .say("First of all.")))
        talk.playAll()
        talk.callerSays("Enough")
        #expect(talk.questions.last == .said("Enough"))
    }

    @Test("A voice that stops in the midst of a sentence does not keep a silent line")
    func voiceStalls() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Hello")
        talk.reply(.say(Self.long))
        talk.tell(.sentenceStarted(2, at: talk.position))
        talk.wait(seconds: 25)
        #expect(talk.hangUp == nil)
        talk.wait(seconds: 15)
        #expect(talk.hangUp == .failure)
        #expect(talk.events == ["voice failed"])
    }
}
