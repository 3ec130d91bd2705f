import Telephony
import TelephonyPrimitives
import Testing

@testable import Agent

/// A call that has to end says goodbye, whoever is in the midst of something.
struct FarewellTests {
    private static let farewell = Farewell(text: "Time is up. Goodbye.", reason: .maximumDuration)
    private static let long =
        "We are open from nine to five on every day of the week, and on holidays from ten to twelve, but not at Easter."

    @Test("When nobody speaks the goodbye is said at once, and the call ends with its reason")
    func idle() {
        var talk = VirtualTalk.greeted()
        talk.tell(.takeLeave(Self.farewell))
        #expect(talk.spoken.last == "Time is up. Goodbye.")
        talk.playAll()
        #expect(talk.hangUp == .maximumDuration)
        #expect(talk.transcript.last == "agent: Time is up. Goodbye.")
    }

    @Test("Whatever the model says and the caller asks for, nothing comes after the goodbye")
    func whateverTheModelSays() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Go on for ever.")
        let reply = talk.replyID
        talk.tell(.takeLeave(Self.farewell))
        talk.tell(.action(reply: reply, .say("No, we have all day.")))
        talk.tell(.action(reply: reply, .transfer(to: "sip:premium@example.com")))
        talk.tell(.action(reply: reply, .cancelPlans))
        talk.tell(.replyFinished(reply))
        talk.tell(.pressed("1"))
        talk.callerSays("Wait!")
        talk.stopped(afterSeconds: 1)
        talk.stopped(afterSeconds: 1)
        talk.tell(.announce("Breaking news."))
        talk.playAll()
        #expect(talk.hangUp == .maximumDuration)
        #expect(!talk.spoken.contains { $0.contains("all day") || $0.contains("news") })
        #expect(!talk.outputs.contains(.transfer(to: "sip:premium@example.com")))
        #expect(talk.questions.count == 2)
    }

    @Test("A model that talks without end is cut off for the goodbye")
    func cut() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say(Self.long), .say(Self.long))
        _ = talk.news()
        talk.tell(.takeLeave(Self.farewell))
        #expect(talk.news().contains(.stopPlayout) && talk.spoken.last == Self.long)
        talk.stopped(afterSeconds: 3)
        #expect(talk.news().contains(.dropPlayout) && talk.spoken.last == "Time is up. Goodbye.")
        talk.playAll()
        #expect(talk.hangUp == .maximumDuration)
    }

    @Test("The rest of a sentence is heard out")
    func heardOut() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say("From nine to five."))
        talk.tell(.takeLeave(Self.farewell))
        #expect(!talk.outputs.contains(.stopPlayout))
        talk.playAll()
        #expect(talk.transcript.last == "agent: From nine to five. Time is up. Goodbye.")
        #expect(talk.hangUp == .maximumDuration)
    }

    @Test("A caller who speaks does not put the goodbye off")
    func callerSpeaks() {
        var talk = VirtualTalk.greeted()
        talk.tell(.speechStarted)
        talk.wait(seconds: 5)
        talk.tell(.takeLeave(Self.farewell))
        #expect(talk.spoken.last == "Time is up. Goodbye.")
        talk.playAll()
        #expect(talk.hangUp == .maximumDuration)
    }

    @Test("Where limits.transfer says so the caller is put through, and when that fails the call ends all the same")
    func transfer() {
        var talk = VirtualTalk.greeted()
        talk.tell(.takeLeave(Farewell(text: "Bye.", transfer: "sip:desk@example.com", reason: .budget)))
        talk.playAll()
        #expect(talk.outputs.contains(.transfer(to: "sip:desk@example.com")) && talk.hangUp == nil)
        talk.tell(.transferEnded(failure: "486"))
        #expect(talk.hangUp == .budget)
    }

    @Test("What a replay is made from keeps it", arguments: [nil, "sip:desk@example.com"])
    func journal(transfer: String?) throws {
        let input = TurnTaking.Input.takeLeave(Farewell(text: "Bye.", transfer: transfer, reason: .budget))
        var writing = JournalWriting()
        input.write(to: &writing)
        var reading = JournalReading(writing.octets)
        #expect(try TurnTaking.Input(from: &reading) == input)
    }

    // MARK: Models that hear and speak

    private static func duplex(isFullDuplex: Bool = false) -> DuplexTurns {
        var turns = DuplexTurns(
            configuration: ConversationConfiguration(), sampleRate: 8_000, isFullDuplex: isFullDuplex, played: 0,
            now: .zero)
        _ = turns.receive(.began, now: .zero)
        return turns
    }

    @Test(
        "A model that hears and speaks is stopped, and nothing is heard or done of it any more",
        arguments: [true, false])
    func speechToSpeech(isFullDuplex: Bool) {
        var turns = Self.duplex(isFullDuplex: isFullDuplex)
        func give(_ input: DuplexTurns.Input) -> [DuplexTurns.Output] { turns.receive(input, now: .zero) }
        _ = give(.event(.replyStarted(1)))
        #expect(give(.sound(reply: 1, samples: 8_000)).contains(.play))
        let outputs = give(.takeLeave(Self.farewell))
        #expect(outputs.contains(.stopPlayout) == !isFullDuplex && outputs.last == .sayGoodbye)
        #expect(!give(.sound(reply: 1, samples: 8_000)).contains(.play))
        #expect(!give(.sound(reply: 2, samples: 8_000)).contains(.play))
        _ = give(.event(.action(.transfer(to: "sip:premium@example.com"))))
        _ = give(.event(.callerStarted))
        #expect(give(.sessionEnded) == [])
        #expect(give(.takeLeave(Self.farewell)) == [])
        #expect(give(.apologised) == [.hangUp(.maximumDuration)])
    }

    @Test("After the goodbye of such a model the caller is put through where that is wished")
    func speechToSpeechTransfer() {
        var turns = Self.duplex()
        _ = turns.receive(.takeLeave(Farewell(text: "Bye.", transfer: "sip:desk@x", reason: .budget)), now: .zero)
        #expect(turns.receive(.apologised, now: .zero) == [.transfer(to: "sip:desk@x")])
        #expect(turns.receive(.transferEnded(failure: "486"), now: .zero).last == .hangUp(.budget))
    }
}
