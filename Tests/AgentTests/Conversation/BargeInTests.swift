import Telephony
import Testing

@testable import Agent

/// The caller speaks over the agent.
struct BargeInTests {
    private static let long = "We are open from nine to five on every day of the week."

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

    /// An agent that is being cut short at nearly the same word again and again, as by a line that gives back its voice.
    private static func cutAgainAndAgain() -> VirtualTalk {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say(long))
        talk.make(seconds: 4)
        for round in 1...3 {
            talk.tell(.speechStarted)
            talk.stopped(afterSeconds: 1.3 + Double(round) * 0.3)
            talk.tell(.speechEnded())
            _ = talk.news()
            talk.tell(.final("But,", startMs: 0, endMs: 1))
        }
        return talk
    }

    @Test("What cuts the agent short again and again without a word is said through")
    func fruitlessStops() {
        var talk = Self.cutAgainAndAgain()
        #expect(talk.tell(.speechStarted) == [])
        talk.tell(.speechEnded())
        talk.tell(.final("But,", startMs: 0, endMs: 1))
        talk.tell(.speechStarted)
        talk.tell(.speechEnded())
        let isStopped = talk.outputs.filter { $0 == .stopPlayout }.count > 3
        #expect(!isStopped)
        #expect(talk.transcript.suffix(4) == Array(repeating: "caller: But,", count: 4)[...])
        // Words still stop it.
        #expect(talk.tell(.final("Stop it, please", startMs: 0, endMs: 1)) == [.stopPlayout])
        talk.stopped(afterSeconds: 3)
        #expect(talk.questions.last == .said("Stop it, please"))
    }

    @Test("What comes back of a turn that was said through is known for our own words")
    func echoOfWhatWasSaidThrough() {
        var talk = Self.cutAgainAndAgain()
        talk.tell(.speechStarted)
        talk.playAll()
        talk.tell(.speechEnded())
        talk.tell(.final("We are open from nine to five on every", startMs: 0, endMs: 1))
        #expect(talk.events.contains("echo"))
        #expect(talk.questions.count == 2)
        // The same words are the caller's when they come another time, and so is another sound.
        talk.callerSays("On every day of the week")
        #expect(talk.questions.last == .said("On every day of the week"))
        talk.reply(.say(Self.long))
        talk.make(seconds: 4)
        #expect(talk.tell(.speechStarted) == [.stopPlayout])
    }
}
