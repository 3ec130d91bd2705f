import TelephonyPrimitives

@testable import Agent
@testable import Telephony

/// Journals of conversations that no dialogue leads, in virtual time.
enum TurnRecordings {
    /// A model that hears and speaks: it greets, is cut off, uses a tool, loses its session, and another hangs up.
    static func duplex(in sink: any JournalSink) {
        let journal = TurnJournal(sink)
        let configuration = ConversationConfiguration()
        journal.beganDuplex(
            configuration, sampleRate: 8_000, isFullDuplex: false, fallbacks: 1, played: 0, now: .zero)
        var turns = DuplexTurns(
            configuration: configuration, sampleRate: 8_000, isFullDuplex: false, fallbacks: 1, played: 0, now: .zero)
        func tell(_ input: DuplexTurns.Input, _ milliseconds: Int) {
            let now = Instant.zero + .milliseconds(milliseconds)
            journal.took(input, turns.receive(input, now: now), now: now)
        }
        tell(.began, 0)
        tell(.event(.replyStarted(1)), 300)
        tell(.event(.agentText("Good day, this is Harbour Dental. How can I help you?", reply: 1)), 310)
        for piece in 0..<10 { tell(.sound(reply: 1, samples: 2_400, after: .milliseconds(12)), 320 + 40 * piece) }
        tell(.callerHeard, 1_500)
        tell(.stopped(played: 9_440), 1_520)
        tell(.event(.callerStarted), 1_600)
        tell(.callerQuiet(lastSound: .zero + .milliseconds(2_900)), 3_000)
        tell(.event(.callerStopped), 3_100)
        tell(.event(.callerText("When do you open?")), 3_300)
        let call = ToolCall(id: "1", name: "hours", arguments: "{}")
        tell(.event(.action(.toolStarted(call))), 3_400)
        tell(.event(.action(.toolEnded(ToolOutcome(call: call, text: "nine to five", failed: false)))), 3_600)
        tell(.event(.replyStarted(2)), 3_700)
        tell(.event(.agentText("We open at nine.", reply: 2)), 3_710)
        tell(.sound(reply: 2, samples: 12_000), 3_720)
        tell(.event(.replyDone(2, wasCut: false)), 3_800)
        tell(.drained(played: 21_440), 5_300)
        tell(.pressed("5"), 6_000)
        tell(.event(.failed(.timedOut("It did not answer."))), 6_500)
        tell(.sessionEnded, 6_600)
        tell(.reopened(isFullDuplex: false), 7_000)
        tell(.held(true), 7_100)
        tell(.held(false), 7_200)
        tell(.event(.replyStarted(1)), 7_300)
        tell(.event(.agentText("Goodbye.", reply: 1)), 7_310)
        tell(.sound(reply: 1, samples: 8_000, after: .milliseconds(3)), 7_320)
        tell(.event(.action(.note(key: "message", value: "none"))), 7_330)
        tell(.event(.action(.hangUp)), 7_340)
        tell(.event(.replyDone(1, wasCut: false)), 7_350)
        tell(.drained(played: 29_440), 8_400)
        let now = Instant.zero + .milliseconds(8_420)
        journal.ended(played: 29_440, turns.callEnded(played: 29_440, now: now), now: now)
    }

    /// A bot: marks, a key, sound that is dropped, and the end.
    static func bot(in sink: any JournalSink) {
        let journal = TurnJournal(sink)
        journal.beganBot(sampleRate: 8_000, maximumDuration: .seconds(60), now: .zero)
        var turns = BotTurns(sampleRate: 8_000, maximumDuration: .seconds(60), now: .zero)
        func tell(_ input: BotTurns.Input, _ milliseconds: Int) {
            let now = Instant.zero + .milliseconds(milliseconds)
            journal.took(input, turns.receive(input, now: now), now: now)
        }
        tell(.sound(samples: 8_000, queued: 0), 100)
        tell(.mark("greeting", at: 8_000), 110)
        tell(.sounded(7_840), 1_100)
        tell(.sounded(8_000), 1_120)
        tell(.pressed("3"), 2_000)
        tell(.sound(samples: 16_000, queued: 0), 2_100)
        tell(.mark("never", at: 24_000), 2_110)
        tell(.clear, 2_500)
        tell(.stopped, 2_520)
        tell(.nonsense("The bot sent an unknown event."), 3_000)
        tell(.sound(samples: 8_000, queued: 8_000 * 300), 3_100)
        tell(.left, 4_000)
        tell(.heardOut, 4_500)
        let now = Instant.zero + .milliseconds(4_520)
        journal.ended(played: 12_000, turns.callEnded(played: 12_000, now: now), now: now)
    }
}
