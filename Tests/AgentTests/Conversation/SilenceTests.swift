import Telephony
import Testing

@testable import Agent

/// Nobody says anything, or the call is too long.
struct SilenceTests {
    private static let long = "We are open from nine to five on every day of the week."

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
}
