import TelephonyPrimitives
import Testing

@testable import Agent

/// Who has answered, from what is told of the sound; in virtual time.
struct AnswerDetectorTests {
    /// Speech of some seconds and what is made out of it, a pause, or a tone.
    enum Part: Sendable {
        case says(String, seconds: Double)
        case silence(Double)
        case tone(Double, seconds: Double)
        case weSpeak
    }

    private struct Run {
        var found: [AnswerDetector.Finding] = []
        /// When each was found.
        var at: [Duration] = []

        var kinds: [AnsweredBy] {
            found.compactMap { if case .answered(let kind, _, _) = $0 { kind } else { nil } }
        }
    }

    private static func run(_ parts: [Part]) -> Run {
        var now = Instant.zero
        var detector = AnswerDetector(now: now)
        var run = Run()
        func tell(_ event: AnswerDetector.Event) {
            let found = detector.receive(event, now: now)
            run.found += found
            run.at += found.map { _ in now - .zero }
        }
        func wait(_ seconds: Double) {
            let end = now + .milliseconds(Int(seconds * 1_000))
            var rounds = 0
            while let due = detector.deadline, due <= end, rounds < 1_000 {
                rounds += 1
                now = max(now, due)
                tell(.tick)
            }
            #expect(rounds < 1_000, "a deadline that does not pass")
            now = end
        }
        for part in parts {
            switch part {
            case .silence(let seconds): wait(seconds)
            case .weSpeak: tell(.weSpoke)
            case .says(let text, let seconds):
                tell(.speechStarted)
                wait(seconds)
                let lastSound = now
                wait(0.3)
                tell(.speechEnded(lastSound: lastSound))
                wait(0.2)
                tell(.final(text))
            case .tone(let hertz, let seconds):
                wait(0.15)
                tell(.toneStarted(hertz: hertz))
                wait(max(0, seconds - 0.1))
                tell(.toneEnded(hertz: hertz, duration: .milliseconds(Int(seconds * 1_000))))
            }
        }
        return run
    }

    @Test(
        "F-11 Who answers is known by what is said, how long, and what sounds",
        arguments: [
            ([.says("Hello?", seconds: 0.5), .silence(3)], [.human]),
            ([.says("Good morning, Smith and Sons, how can I help you?", seconds: 4.1), .silence(3)], [.human]),
            (
                [.says("Jones residence, this is Martha, we are all in the garden today.", seconds: 4.5), .silence(3)],
                [.human]
            ),
            ([.says("", seconds: 0.4), .silence(5)], [.human]),
            ([.says("Please leave a message after the tone.", seconds: 2.5), .silence(3)], [.machine]),
            ([.says("Hi, you've reached Bob Miller. I'm out fishing just now.", seconds: 4), .silence(3)], [.machine]),
            ([.says("You have reached five five five one two three four.", seconds: 3.4), .silence(3)], [.machine]),
            ([.says("Blah blah.", seconds: 9), .silence(3)], [.machine]),
            ([.says("Hi, it's Bob.", seconds: 1.2), .tone(1_000, seconds: 0.4), .silence(3)], [.machine]),
            (
                [
                    .says("Hi, this is Bob.", seconds: 1.3), .silence(2),
                    .says("Leave it after the beep, thanks.", seconds: 2.2),
                    .silence(3),
                ], [.human, .machine]
            ),
            ([.says("For sales, press one. For service, press two.", seconds: 4), .silence(3)], [.menu]),
            (
                [.says("For sales press one.", seconds: 2), .says("Or leave a message after the tone.", seconds: 3)],
                [.menu, .machine]
            ),
            (
                [
                    .says(
                        "If you record your name and reason for calling, I'll see if this person is available.",
                        seconds: 5),
                    .silence(2),
                ], [.screening]
            ),
            (
                [
                    .says("Please say your name and why you're calling.", seconds: 3), .weSpeak,
                    .says("Thanks. Please stay on the line.", seconds: 2), .silence(8), .says("Hello?", seconds: 0.5),
                ], [.screening, .human]
            ),
            (
                [
                    .says("State your name, please.", seconds: 1.5), .weSpeak,
                    .says("Sorry, this person isn't available. Leave a message after the tone.", seconds: 5),
                ], [.screening, .machine]
            ),
            ([.silence(1), .tone(2_100, seconds: 2.9), .silence(2)], [.fax]),
            ([.silence(1), .tone(1_100, seconds: 0.5), .silence(2)], [.fax]),
            ([.silence(10)], [.silence]),
            ([.silence(9), .says("Hello?", seconds: 0.5), .silence(2)], [.silence, .human]),
            ([.tone(425, seconds: 1), .silence(4), .tone(425, seconds: 1), .silence(4)], [.silence]),
        ] as [([Part], [AnsweredBy])])
    func known(parts: [Part], kinds: [AnsweredBy]) {
        let run = Self.run(parts)
        #expect(run.kinds == kinds, "\(run.found)")
    }

    @Test(
        "F-11 In a conversation nobody becomes a machine by a word",
        arguments: [
            "He's not available right now.", "Could you leave a message with me?", "He will get back to you.",
            "Mailbox?",
            "I can't take your call now, I'm driving.",
        ])
    func conversation(text: String) {
        let run = Self.run([
            .says("Hello?", seconds: 0.6), .silence(2), .weSpeak, .says(text, seconds: 2), .silence(2), .weSpeak,
            .says("Bye.", seconds: 20), .silence(30),
        ])
        #expect(run.kinds == [.human], "\(run.found)")
    }

    @Test("Every tone is told as a beep, for whoever waits for one")
    func beeps() {
        let run = Self.run([
            .says("Leave a message after the tone.", seconds: 2), .tone(1_400, seconds: 0.3), .silence(1),
            .tone(440, seconds: 0.5),
        ])
        #expect(run.found.filter { $0 == .beep }.count == 2)
    }
}
