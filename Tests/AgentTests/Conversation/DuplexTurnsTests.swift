import RTPMedia
import Telephony
import TelephonyPrimitives
import Testing

@testable import Agent

/// A model that hears and speaks, without one: what was heard, what is cut, what follows.
@Suite struct DuplexTurnsTests {
    private struct Talk {
        var turns: DuplexTurns
        var now = Instant.zero
        var outputs: [DuplexTurns.Output] = []

        init(
            isFullDuplex: Bool = false, fallbacks: Int = 0,
            _ change: (inout ConversationConfiguration) -> Void = { _ in }
        ) {
            var configuration = ConversationConfiguration()
            change(&configuration)
            turns = DuplexTurns(
                configuration: configuration, sampleRate: 8_000, isFullDuplex: isFullDuplex, fallbacks: fallbacks,
                played: 0, now: .zero)
        }

        @discardableResult mutating func give(_ inputs: DuplexTurns.Input...) -> [DuplexTurns.Output] {
            var new: [DuplexTurns.Output] = []
            for input in inputs { new += turns.receive(input, now: now) }
            outputs += new
            return new
        }

        @discardableResult mutating func tell(_ events: SpeechToSpeechEvent...) -> [DuplexTurns.Output] {
            var new: [DuplexTurns.Output] = []
            for event in events { new += turns.receive(.event(event), now: now) }
            outputs += new
            return new
        }

        /// A reply whose sound, so many milliseconds, came at once.
        mutating func reply(_ number: Int, _ text: String, milliseconds: Int) {
            tell(.replyStarted(number), .agentText(text, reply: number))
            give(.sound(reply: number, samples: milliseconds * 8))
            tell(.replyDone(number, wasCut: false))
        }

        /// Lets time pass, with every tick that falls due.
        mutating func wait(_ duration: Duration) {
            let end = now + duration
            while let due = turns.deadline, due <= end {
                now = max(now, due)
                give(.tick)
            }
            now = end
        }

        var spoken: [TurnRecord] {
            outputs.compactMap { if case .record(.turn(let turn)) = $0 { turn } else { nil } }
        }
        var prompts: [DialogueInput] {
            outputs.compactMap { if case .prompt(let input) = $0 { input } else { nil } }
        }
        var end: HangUpReason? {
            for case .hangUp(let reason) in outputs { return reason }
            return nil
        }
    }

    private static func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test(
        "Whoever answers our call is waited for to say hello, and greeted when nothing comes", arguments: [true, false])
    func hello(speaks: Bool) {
        var talk = Talk { $0.waitsForHello = .seconds(2) }
        #expect(talk.give(.began) == [])
        talk.wait(.milliseconds(1_900))
        if speaks { talk.tell(.callerStarted, .callerStopped, .callerText("Hello?")) }
        talk.wait(.milliseconds(200))
        #expect(talk.prompts == (speaks ? [] : [.began]))
    }

    @Test("Only whom we call is waited for", arguments: [CallDirection.incoming, .outgoing])
    func direction(direction: CallDirection) {
        var configuration = ConversationConfiguration()
        configuration.waitsForHello = .seconds(2)
        #expect(configuration.on(direction).waitsForHello == (direction == .outgoing ? .seconds(2) : nil))
    }

    @Test(
        "F-35 Every answer has its ledger, from the caller's last sound by our ears, or else by the model's",
        arguments: [
            // What is told when, milliseconds, and what the answer at 1 900 took.
            (
                [("quiet", 1_240), ("stopped", 1_500)],
                "answered after 909 ms: end of speech 500 + thinking 400 + playout 9"
            ),
            (
                [("stopped", 1_200), ("quiet", 1_240)],
                "answered after 909 ms: end of speech 200 + thinking 700 + playout 9"
            ),
            ([("quiet", 1_240)], "answered after 909 ms: end of speech 240 + thinking 660 + playout 9"),
            ([("stopped", 1_500)], "answered after 409 ms: thinking 400 + playout 9"),
            ([("quiet", 1_240), ("key", 1_300)], nil), ([], nil),
        ] as [([(String, Int64)], String?)])
    func ledger(told: [(String, Int64)], sentence: String?) {
        var talk = Talk()
        talk.give(.began)
        talk.reply(1, "Hello.", milliseconds: 300)
        talk.now = Self.at(400)
        talk.give(.drained(played: 2_400))
        talk.tell(.callerStarted)
        for (what, at) in told {
            talk.now = Self.at(at)
            switch what {
            case "quiet": talk.give(.callerQuiet(lastSound: Self.at(1_000)))
            case "key": talk.give(.pressed("1"))
            default: talk.tell(.callerStopped)
            }
        }
        talk.now = Self.at(1_900)
        talk.tell(.replyStarted(2))
        talk.give(.sound(reply: 2, samples: 800, after: .milliseconds(9)))
        talk.give(.sound(reply: 2, samples: 800, after: .milliseconds(9)))
        // Ears that are late with what has been answered change nothing.
        talk.give(.callerQuiet(lastSound: Self.at(1_000)))
        talk.tell(.replyDone(2, wasCut: false))
        talk.give(.drained(played: 4_000))
        talk.reply(3, "And so on.", milliseconds: 300)
        let ledgers: [(String, Int)] = talk.outputs.compactMap {
            if case .record(.ledger(let ledger, let at)) = $0 { (ledger.sentence, at) } else { nil }
        }
        #expect(ledgers.map(\.0) == (sentence.map { [$0] } ?? []))
        #expect(ledgers.allSatisfy { $0.1 == 1_909 })
    }

    @Test func `asks for a greeting, and writes down both sides with their times`() {
        var talk = Talk()
        #expect(talk.give(.began) == [.prompt(.began)])
        talk.now = Instant(nanoseconds: 500_000_000)
        talk.reply(1, "Hello, this is the desk.", milliseconds: 2_000)
        talk.now = Instant(nanoseconds: 2_500_000_000)
        talk.give(.drained(played: 16_000))
        talk.tell(.callerStarted)
        talk.now = Instant(nanoseconds: 3_500_000_000)
        talk.tell(.callerStopped)
        talk.reply(2, "Gladly.", milliseconds: 500)
        // The words come after the answer has begun.
        talk.now = Instant(nanoseconds: 3_900_000_000)
        talk.tell(.callerText("A table, please."))
        #expect(
            talk.spoken == [
                TurnRecord(who: .agent, text: "Hello, this is the desk.", startMs: 500, endMs: 2_500),
                TurnRecord(who: .caller, text: "A table, please.", startMs: 2_500, endMs: 3_500),
            ])
    }

    @Test func `speaking over it stops it, tells what was heard, and drops what still comes`() {
        var talk = Talk()
        talk.reply(1, "One two three four five six seven eight nine ten.", milliseconds: 4_000)
        #expect(talk.tell(.callerStarted) == [.stopPlayout])
        #expect(talk.give(.sound(reply: 1, samples: 800)) == [])
        // The next reply is there before the call has stopped.
        talk.tell(.callerStopped, .replyStarted(2), .agentText("Eleven.", reply: 2))
        #expect(talk.give(.sound(reply: 2, samples: 1_600)) == [.play])
        let outputs = talk.give(.stopped(played: 16_000))
        #expect(outputs.contains(.interrupted(reply: 1, heardMs: 2_000)))
        #expect(talk.spoken.map(\.text) == ["One two three four five"])
        #expect(talk.spoken.first?.interrupted == true)
        talk.tell(.replyDone(2, wasCut: false))
        talk.give(.drained(played: 17_600))
        #expect(talk.spoken.last == TurnRecord(who: .agent, text: "Eleven.", startMs: 0, endMs: 0))
    }

    @Test func `what is heard is counted over replies in a row, from where the call stood`() {
        var talk = Talk()
        talk.turns.base = 1_000
        talk.reply(1, "First.", milliseconds: 1_000)
        talk.reply(2, "Second, longer.", milliseconds: 1_000)
        talk.give(.callerHeard)
        let outputs = talk.give(.stopped(played: 1_000 + 8_000 + 4_000))
        #expect(outputs.contains(.interrupted(reply: 2, heardMs: 500)))
        #expect(!outputs.contains { if case .interrupted(1, _) = $0 { true } else { false } })
        #expect(talk.spoken.map(\.interrupted) == [false, true])
    }

    @Test func `what sounded before the last pause is not counted again`() {
        var talk = Talk()
        talk.reply(1, "First.", milliseconds: 1_000)
        talk.give(.drained(played: 8_000))
        talk.reply(2, "Second, longer.", milliseconds: 1_000)
        talk.tell(.callerStarted)
        #expect(talk.give(.stopped(played: 12_000)).contains(.interrupted(reply: 2, heardMs: 500)))
    }

    @Test func `a reply that was heard to its end is no interrupted one`() {
        var talk = Talk()
        talk.reply(1, "Good bye.", milliseconds: 500)
        talk.tell(.callerStarted)
        #expect(
            talk.give(.stopped(played: 4_000)).contains { if case .interrupted = $0 { true } else { false } } == false)
        #expect(talk.spoken.map(\.interrupted) == [false])
    }

    @Test func `a reply of which nothing sounds yet is cut without stopping anything`() {
        var talk = Talk()
        talk.tell(.replyStarted(1))
        #expect(talk.tell(.callerStarted) == [.interrupted(reply: 1, heardMs: 0)])
        #expect(talk.give(.sound(reply: 1, samples: 100)) == [])
        #expect(talk.spoken.isEmpty)
    }

    @Test func `hangs up, transfers and presses keys when everything has sounded`() {
        for (action, output) in [
            (DialogueAction.hangUp, DuplexTurns.Output.hangUp(.normal)),
            (.transfer(to: "sip:x@y"), .transfer(to: "sip:x@y")),
            (.sendDTMF("12"), .sendDTMF("12")),
        ] {
            var talk = Talk()
            talk.tell(.replyStarted(1), .agentText("One moment.", reply: 1))
            talk.give(.sound(reply: 1, samples: 8_000))
            talk.tell(.action(action))
            #expect(!talk.outputs.contains(output))
            talk.tell(.replyDone(1, wasCut: false))
            #expect(!talk.outputs.contains(output))
            talk.give(.drained(played: 8_000))
            #expect(talk.outputs.last == output)
            #expect(talk.spoken.map(\.text) == ["One moment."])
        }
    }

    @Test func `who speaks over the goodbye is not hung up on`() {
        var talk = Talk()
        talk.reply(1, "Good bye.", milliseconds: 1_000)
        talk.tell(.action(.hangUp), .callerStarted)
        talk.give(.stopped(played: 4_000))
        talk.tell(.callerStopped)
        #expect(talk.end == nil)
    }

    @Test func `nothing is ended while a tool works`() {
        var talk = Talk()
        let call = ToolCall(id: "c", name: "book", arguments: "{}")
        talk.tell(.action(.toolStarted(call)), .action(.hangUp))
        #expect(talk.end == nil)
        talk.tell(.action(.toolEnded(ToolOutcome(call: call, text: "done", failed: false))))
        #expect(talk.end == .normal)
    }

    @Test func `a failed transfer is told to the model, a good one ends it`() {
        var talk = Talk()
        talk.tell(.action(.transfer(to: "sip:x@y")))
        talk.give(.transferEnded(failure: "busy"))
        #expect(talk.prompts == [.transferFailed(reason: "busy")])
        talk.tell(.replyStarted(1), .replyDone(1, wasCut: false), .action(.transfer(to: "sip:x@y")))
        talk.give(.transferEnded(failure: nil))
        #expect(talk.end == .normal)
    }

    @Test func `silence is asked about twice, then ended`() {
        var talk = Talk()
        talk.wait(.seconds(8))
        #expect(talk.prompts == [.silence(count: 1)])
        talk.reply(1, "Are you there?", milliseconds: 1_000)
        talk.wait(.seconds(1))
        talk.give(.drained(played: 8_000))
        talk.wait(.seconds(11))
        #expect(talk.prompts == [.silence(count: 1), .silence(count: 2)])
        talk.reply(2, "Good bye.", milliseconds: 1_000)
        talk.give(.drained(played: 16_000))
        talk.wait(.seconds(3))
        #expect(talk.end == .silence)
    }

    @Test func `who is being heard is not asked whether they are there`() {
        var talk = Talk()
        for _ in 0..<5 {
            talk.wait(.seconds(6))
            talk.tell(.callerText(""))
        }
        #expect(talk.prompts.isEmpty && talk.spoken.isEmpty)
    }

    @Test func `a key stops what is being said and goes to the model`() {
        var talk = Talk()
        talk.reply(1, "Press one for the desk.", milliseconds: 2_000)
        #expect(talk.give(.pressed("1")) == [.stopPlayout, .prompt(.pressed("1"))])
    }

    @Test func `T-54: a model that never answers, or is gone, is apologised for`() {
        var silent = Talk()
        silent.give(.began)
        silent.wait(.seconds(20))
        #expect(silent.outputs.last == .apologise)
        var gone = Talk()
        gone.tell(.failed(.failed("It broke.")))
        #expect(gone.give(.sessionEnded).last == .apologise)
        #expect(gone.give(.sessionEnded) == [])
    }

    @Test func `a model that takes over is asked what no reply has sounded to`() {
        let asked: [(String, DialogueInput?, (inout Talk) -> Void)] = [
            ("the greeting", .began, { $0.give(.began) }),
            ("words", .said("A table."), { $0.tell(.callerStarted, .callerStopped, .callerText("A table.")) }),
            (
                "words with an answer that never sounded", .said("A table."),
                { $0.tell(.callerStarted, .callerStopped, .callerText("A table."), .replyStarted(1)) }
            ),
            ("a key", .pressed("1"), { $0.give(.pressed("1")) }),
            (
                "nothing, since they were answered", nil,
                {
                    $0.tell(.callerStarted, .callerStopped)
                    $0.reply(1, "Gladly.", milliseconds: 100)
                    $0.tell(.callerText("A table."))
                }
            ),
            (
                "nothing, since the caller goes on", nil,
                { $0.tell(.callerStarted, .callerStopped, .callerText("A table."), .callerStarted) }
            ),
        ]
        for (name, input, happen) in asked {
            var talk = Talk(fallbacks: 1)
            happen(&talk)
            #expect(talk.give(.sessionEnded).last == .reopen)
            #expect(talk.give(.sessionEnded) == [], "that of the session that was given up")
            talk.wait(.seconds(15))
            let before = talk.prompts.count
            talk.give(.reopened(isFullDuplex: false))
            #expect(Array(talk.prompts[before...]) == [input].compactMap { $0 }, "\(name)")
        }
    }

    @Test func `what happens while another model is opened waits for it`() {
        var talk = Talk(fallbacks: 1)
        talk.tell(.action(.toolStarted(ToolCall(id: "c", name: "book", arguments: "{}"))))
        talk.give(.sessionEnded)
        talk.wait(.seconds(25))
        talk.give(.pressed("5"))
        #expect(talk.prompts.isEmpty && talk.end == nil, "nobody could hear it")
        talk.give(.reopened(isFullDuplex: false))
        #expect(talk.prompts == [.pressed("5")])
        talk.reply(1, "Five.", milliseconds: 100)
        talk.tell(.action(.hangUp))
        talk.give(.drained(played: 800))
        #expect(talk.end == .normal, "the tool of the lost model holds nothing up")
    }

    @Test func `replies of the model that takes over are counted from one again`() {
        var talk = Talk(fallbacks: 1)
        talk.reply(1, "Hello there.", milliseconds: 1_000)
        talk.give(.sessionEnded)
        talk.give(.drained(played: 8_000), .reopened(isFullDuplex: false))
        talk.reply(1, "One two three four five six seven eight.", milliseconds: 4_000)
        talk.tell(.callerStarted)
        let outputs = talk.give(.stopped(played: 8_000 + 16_000))
        #expect(outputs.contains(.interrupted(reply: 1, heardMs: 2_000)))
        #expect(talk.spoken.map(\.text) == ["Hello there.", "One two three four"])
    }

    @Test func `one model after the other is tried, then we say sorry`() {
        var talk = Talk(fallbacks: 2)
        #expect(talk.give(.sessionEnded).last == .reopen)
        #expect(talk.give(.notReopened).last == .reopen)
        #expect(talk.give(.notReopened).last == .apologise)
        #expect(talk.give(.apologised) == [.hangUp(.failure)])
        var late = Talk(fallbacks: 1)
        late.give(.began)
        late.wait(.seconds(20))
        #expect(late.outputs.last == .reopen, "a model that says nothing is lost as well")
    }

    @Test func `who can be put through is, after the apology`() {
        for failure in [nil, "busy"] {
            var talk = Talk { $0.failureTransfer = "sip:desk@example.com" }
            talk.give(.sessionEnded)
            #expect(talk.give(.pressed("1")) == [], "nobody answers it")
            #expect(talk.give(.apologised) == [.transfer(to: "sip:desk@example.com")])
            talk.give(.transferEnded(failure: failure))
            #expect(talk.end == (failure == nil ? .normal : .failure))
        }
        var endless = Talk { $0.maximumDuration = .seconds(60) }
        endless.give(.sessionEnded)
        endless.wait(.seconds(60))
        #expect(endless.end == .maximumDuration)
    }

    @Test func `a model lost while the caller is put through is missed only when that fails`() {
        var talk = Talk(fallbacks: 1)
        talk.tell(.action(.transfer(to: "sip:x@y")))
        #expect(talk.give(.sessionEnded) == [])
        #expect(talk.give(.transferEnded(failure: "busy")).last == .reopen)
        talk.give(.reopened(isFullDuplex: false))
        #expect(talk.prompts == [.transferFailed(reason: "busy")])
    }

    @Test func `the longest call ends whatever is said`() {
        var talk = Talk { $0.maximumDuration = .seconds(5) }
        talk.tell(.replyStarted(1))
        talk.give(.sound(reply: 1, samples: 800_000))
        talk.wait(.seconds(5))
        #expect(talk.end == .maximumDuration)
    }

    @Test func `what had sounded when the call ended is written down`() {
        var talk = Talk()
        talk.reply(1, "One two three four five six seven eight.", milliseconds: 4_000)
        let entries = talk.turns.callEnded(played: 16_000, now: talk.now)
        guard case .record(.turn(let turn))? = entries.first else {
            Issue.record("nothing was written down")
            return
        }
        #expect(turn.text == "One two three four")
        #expect(turn.interrupted)
    }

    @Test func `a model in full duplex is never stopped; its words are turns by their pauses`() {
        var talk = Talk(isFullDuplex: true)
        #expect(talk.give(.sound(reply: 0, samples: 160)) == [.play])
        talk.tell(.agentText("Hello ", reply: 0), .agentText("there.", reply: 0))
        #expect(talk.tell(.callerStarted) == [])
        talk.wait(.milliseconds(900))
        #expect(talk.spoken.map(\.text) == ["Hello there."])
        talk.tell(.action(.hangUp), .agentText("Bye.", reply: 0), .callerStopped)
        #expect(talk.end == nil)
        talk.wait(.seconds(2))
        #expect(talk.end == .normal)
        #expect(talk.spoken.map(\.text) == ["Hello there.", "Bye."])
    }
}
