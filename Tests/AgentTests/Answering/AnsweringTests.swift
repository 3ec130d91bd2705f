import Telephony
import Testing

@testable import Agent

/// What the conversation does about whoever answers a call of ours.
struct AnsweringTests {
    private static func talk(
        _ onMachine: AnsweringPlan.OnMachine, onScreening: String? = nil
    ) -> VirtualTalk {
        var talk = VirtualTalk {
            $0.waitsForHello = .seconds(2)
            $0.answering = AnsweringPlan(
                onMachine: onMachine, voicemail: "This is the message. Call us back.", onScreening: onScreening)
        }
        talk.tell(.began)
        return talk
    }

    /// Speech of a second, and what was made out of it half a second after its end.
    private static func says(_ text: String, seconds: Double = 1, in talk: inout VirtualTalk) {
        talk.tell(.speechStarted)
        talk.wait(seconds: seconds)
        talk.tell(.speechEnded())
        talk.wait(seconds: 0.3)
        talk.tell(.final(text, startMs: 0, endMs: talk.milliseconds))
    }

    private static func beep(in talk: inout VirtualTalk) {
        talk.wait(seconds: 0.15)
        talk.tell(.toneStarted(hertz: 1_000))
        talk.wait(seconds: 0.3)
        talk.tell(.toneEnded(hertz: 1_000, duration: .milliseconds(400)))
    }

    @Test(
        "F-11 A human is greeted the moment the first words are made out, whatever is planned for machines",
        arguments: AnsweringPlan.OnMachine.allCases)
    func human(onMachine: AnsweringPlan.OnMachine) {
        var talk = Self.talk(onMachine)
        Self.says("Hello?", in: &talk)
        // In the same instant: nothing is added by looking for machines.
        #expect(talk.questions == [.began])
        talk.reply(.say("Good day, this is Harbour Dental."))
        talk.playAll()
        talk.wait(seconds: 2)
        #expect(talk.events == ["answered by"] && talk.hangUp == nil)
        Self.says("What is it about?", in: &talk)
        #expect(talk.questions == [.began, .said("What is it about?")])
    }

    @Test("F-11 A message is begun after the beep, said in full, and then the call ends")
    func leaves() {
        var talk = Self.talk(.leaveMessage)
        Self.says("Hi, you've reached Bob, leave a message after the tone.", seconds: 4, in: &talk)
        #expect(talk.questions.isEmpty && talk.spoken.isEmpty)
        talk.wait(seconds: 0.5)
        Self.beep(in: &talk)
        #expect(talk.spoken == ["This is the message.", "Call us back."])
        talk.playAll()
        #expect(talk.hangUp == .normal)
        #expect(
            talk.transcript == [
                "caller: Hi, you've reached Bob, leave a message after the tone.",
                "agent: This is the message. Call us back.",
            ])
    }

    @Test(
        "F-11 Without a beep the message begins 1.5 s after the greeting, 4 s when one was announced",
        arguments: [("This is Bob's place. He can't come to the phone.", 1.5), ("Speak after the tone.", 4.0)])
    func noBeep(text: String, seconds: Double) {
        var talk = Self.talk(.leaveMessage)
        Self.says(text, in: &talk)
        talk.wait(seconds: seconds - 0.4)
        #expect(talk.spoken.isEmpty)
        talk.wait(seconds: 0.2)
        #expect(talk.spoken.count == 2)
    }

    @Test("F-11 A beep that comes after the message was begun lets it begin anew")
    func lateBeep() {
        var talk = Self.talk(.leaveMessage)
        Self.says("He can't come to the phone.", in: &talk)
        talk.wait(seconds: 2)
        talk.make(seconds: 1)
        Self.beep(in: &talk)
        #expect(talk.outputs.contains(.stopPlayout))
        talk.stopped(afterSeconds: 0.6)
        #expect(talk.spoken.suffix(2) == ["This is the message.", "Call us back."] && talk.spoken.count == 4)
        talk.playAll()
        #expect(talk.hangUp == .normal && talk.transcript.last == "agent: This is the message. Call us back.")
    }

    @Test("F-11 A greeting that goes on stops the message until it is over")
    func goesOn() {
        var talk = Self.talk(.leaveMessage)
        Self.says("He can't come to the phone.", in: &talk)
        talk.wait(seconds: 2)
        talk.make(seconds: 1)
        talk.tell(.speechStarted)
        talk.wait(seconds: 1.3)
        talk.stopped(afterSeconds: 0.9)
        talk.wait(seconds: 3)
        talk.tell(.speechEnded())
        talk.tell(.final("Leave your name after the beep.", startMs: 0, endMs: 1))
        Self.beep(in: &talk)
        #expect(talk.spoken.count == 4)
        talk.playAll()
        #expect(talk.hangUp == .normal)
    }

    @Test("F-11 Who was greeted for a human and is a machine after all: the greeting stops, the message is left")
    func corrected() {
        var talk = Self.talk(.leaveMessage)
        Self.says("Hi, this is Bob.", in: &talk)
        talk.reply(.say("Good day, this is Harbour Dental."))
        talk.make(seconds: 3)
        talk.wait(seconds: 0.3)
        talk.tell(.speechStarted)
        #expect(talk.outputs.contains(.stopPlayout))
        talk.stopped(afterSeconds: 0.5)
        talk.wait(seconds: 2)
        talk.tell(.speechEnded())
        talk.tell(.final("Leave a message after the tone and I'll call you back.", startMs: 0, endMs: 1))
        Self.beep(in: &talk)
        #expect(talk.spoken.suffix(2) == ["This is the message.", "Call us back."], "\(talk.outputs)")
        talk.playAll()
        #expect(talk.hangUp == .normal && talk.questions == [.began])
    }

    @Test("F-11 hang_up ends the call when a machine is certain; a fax machine always")
    func hangsUp() {
        var talk = Self.talk(.hangUp)
        Self.says("Please leave a message after the tone.", in: &talk)
        #expect(talk.hangUp == .normal && talk.spoken.isEmpty && talk.transcript.count == 1)
        var fax = Self.talk(.carryOn)
        fax.wait(seconds: 0.5)
        fax.tell(.toneStarted(hertz: 2_100))
        fax.wait(seconds: 1)
        #expect(fax.hangUp == .normal)
    }

    @Test("F-11 continue goes on as if nobody looked")
    func carriesOn() {
        var talk = Self.talk(.carryOn)
        Self.says("Please leave a message after the tone.", in: &talk)
        #expect(talk.questions == [.began] && talk.events == ["answered by"])
    }

    @Test("F-11 A telephone that screens calls is told who calls; whoever comes to the line is greeted")
    func screened() {
        var talk = Self.talk(.leaveMessage, onScreening: "Harbour Dental, about your appointment.")
        Self.says(
            "Hi, if you record your name and reason for calling, I'll see if this person is available.", in: &talk)
        talk.wait(seconds: 1)
        #expect(talk.spoken == ["Harbour Dental, about your appointment."])
        talk.playAll()
        Self.says("Thanks, stay on the line.", in: &talk)
        talk.wait(seconds: 12)
        #expect(talk.questions.isEmpty)
        Self.says("Hello?", in: &talk)
        #expect(talk.questions == [.began] && talk.transcript.count == 4)
        talk.reply(.say("Good day."))
        talk.playAll()
        #expect(talk.hangUp == nil)
    }

    @Test("F-11 Nobody comes after the screening: the call ends within two minutes")
    func screenedForLong() {
        var talk = Self.talk(.leaveMessage, onScreening: "Harbour Dental.")
        Self.says("State your name, please.", in: &talk)
        talk.wait(seconds: 1)
        talk.playAll()
        talk.wait(seconds: 120)
        #expect(talk.hangUp == .silence)
    }

    @Test("F-11 A greeting without end is not waited for without end")
    func endless() {
        var talk = Self.talk(.leaveMessage)
        talk.tell(.speechStarted)
        talk.wait(seconds: 300)
        #expect(talk.hangUp != nil && talk.spoken.isEmpty)
    }
}
