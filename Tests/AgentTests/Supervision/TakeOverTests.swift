import Telephony
import TelephonyPrimitives
import Testing

@testable import Agent

/// What turn-taking does while a supervisor talks with the caller.
@Suite struct TakeOverTests {
    @Test("An answer that is being said is cut, and the record has what was heard of it")
    func cut() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("What are your hours?")
        talk.reply(.say("We are open from nine to five on every day."), .hangUp)
        talk.make(seconds: 4)
        talk.wait(seconds: 2)
        talk.tell(.takenOver(true))
        let told = talk.news()
        #expect(told.contains(.stopPlayout))
        talk.stopped(afterSeconds: 3)
        #expect(talk.transcript.last?.hasPrefix("agent: We are open") == true)
        #expect(talk.transcript.last?.hasSuffix("—") == true)
        #expect(talk.turns.isTakenOver && talk.turns.isTransferring)
        // What was promised is not done.
        talk.wait(seconds: 60)
        #expect(talk.hangUp == nil)
    }

    @Test("Nothing is thought, said or asked while it lasts, however silent the line is; afterwards it is")
    func quiet() {
        var talk = VirtualTalk.greeted()
        talk.tell(.takenOver(true))
        talk.tell(.announce("Your taxi is there."))
        talk.tell(.pressed("1"))
        talk.callerSays("Hello?")
        talk.wait(seconds: 300)
        #expect(talk.questions == [.began] && talk.spoken == ["Good day."] && talk.hangUp == nil)
        // What the caller had said when it began is written down.
        #expect(talk.transcript.last == "caller: Hello?")
        talk.tell(.takenOver(false))
        #expect(talk.events.contains("not said"))
        talk.wait(seconds: 60)
        #expect(talk.questions.contains(.silence(count: 1)))
    }

    @Test("A thought that nobody has heard yet is dropped")
    func thought() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("What are your hours?")
        talk.tell(.takenOver(true))
        let told = talk.news()
        #expect(told.contains(.cancelReply))
        talk.reply(.say("Too late."))
        #expect(!talk.spoken.contains("Too late."))
    }

    @Test("Who is being put through is not taken over, and comes back as ever")
    func transferring() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Put me through.")
        talk.reply(.transfer(to: "sip:desk@example.com"))
        #expect(talk.turns.isTransferring)
        talk.tell(.takenOver(true))
        talk.tell(.takenOver(false))
        #expect(talk.turns.isTransferring && !talk.turns.isTakenOver)
    }

    @Test("The longest call holds for one that was taken over")
    func longest() {
        var talk = VirtualTalk.greeted { $0.maximumDuration = .seconds(100) }
        talk.tell(.takenOver(true))
        talk.wait(seconds: 120)
        #expect(talk.hangUp == .maximumDuration)
    }

    @Test("A journal keeps it")
    func journal() throws {
        for input in [TurnTaking.Input.takenOver(true), .takenOver(false)] {
            var writing = JournalWriting()
            input.write(to: &writing)
            var reading = JournalReading(writing.octets)
            #expect(try TurnTaking.Input(from: &reading) == input)
        }
    }

    @Test("A model that hears and speaks is cut, not prompted and not heard while it lasts")
    func duplex() {
        var turns = DuplexTurns(
            configuration: ConversationConfiguration(), sampleRate: 8_000, isFullDuplex: false, played: 0, now: .zero)
        var now = Instant.zero
        _ = turns.receive(.began, now: now)
        _ = turns.receive(.event(.replyStarted(1)), now: now)
        _ = turns.receive(.event(.agentText("Good day to you.", reply: 1)), now: now)
        _ = turns.receive(.sound(reply: 1, samples: 16_000), now: now)
        let taken = turns.receive(.takenOver(true), now: now)
        #expect(taken.contains(.stopPlayout))
        let stopped = turns.receive(.stopped(played: 8_000), now: now)
        #expect(stopped.contains(.interrupted(reply: 1, heardMs: 1_000)))
        _ = turns.receive(.event(.replyStarted(2)), now: now)
        _ = turns.receive(.event(.agentText("Still there?", reply: 2)), now: now)
        let sound = turns.receive(.sound(reply: 2, samples: 800), now: now)
        #expect(!sound.contains(.play))
        var outputs = turns.receive(.event(.replyDone(2, wasCut: false)), now: now)
        for _ in 0..<100 {
            guard let due = turns.deadline, due < .zero + .seconds(300) else { break }
            now = due
            outputs += turns.receive(.tick, now: now)
        }
        #expect(!outputs.contains { if case .record(.turn) = $0 { true } else { false } })
        #expect(!outputs.contains { if case .prompt = $0 { true } else { false } })
        _ = turns.receive(.takenOver(false), now: now)
        now = now + .seconds(60)
        let prompts = turns.receive(.tick, now: now)
        #expect(prompts.contains(.prompt(.silence(count: 1))))
    }
}
