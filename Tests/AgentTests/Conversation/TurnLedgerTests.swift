import Telephony
import TelephonyPrimitives
import Testing

@testable import Agent

struct TurnLedgerTests {
    private static func at(_ milliseconds: Int) -> Instant { Instant(nanoseconds: 0) + .milliseconds(milliseconds) }

    @Test("The steps add up to the whole, whatever was waited for meanwhile", arguments: 0..<300)
    func sum(seed: Int) {
        var times = TurnTimes(lastSound: Self.at(seed * 7), noticed: Self.at(seed * 7 + seed % 400))
        func late(_ factor: Int) -> Instant? {
            seed % factor == 0 ? nil : Self.at(seed * 7 + (seed * factor * 31) % 1_700 - 100)
        }
        times.transcript = late(3)
        times.firstWords = late(5)
        times.firstSound = late(7)
        times.committed = late(11)
        let started = Self.at(seed * 7 + 1_800)
        let ledger = times.ledger(started: started)
        #expect(ledger.totalMs == 1_800)
        #expect(ledger.steps.allSatisfy { $0.milliseconds > 0 })
    }

    @Test("Each step has the time until it was done and nothing else was waited for")
    func steps() {
        var times = TurnTimes(lastSound: Self.at(1_000), noticed: Self.at(1_300))
        times.transcript = Self.at(1_400)
        times.firstWords = Self.at(1_450)
        times.firstSound = Self.at(1_600)
        times.committed = Self.at(1_700)
        let ledger = times.ledger(started: Self.at(1_710))
        #expect(
            ledger.sentence
                == "answered after 710 ms: end of speech 300 + transcript 100 + thinking 50 + voice 150 + pause 100 + playout 10"
        )
        times.committed = Self.at(1_350)
        #expect(times.ledger(started: Self.at(1_710)).pauseMs == 0, "it was over long before the voice was ready")
    }

    @Test("A conversation's answers have their ledgers, the greeting has none")
    func recorded() {
        var talk = VirtualTalk.greeted { $0.pauses = PauseHabits() }
        talk.tell(.speechStarted)
        talk.wait(seconds: 1)
        let last = talk.now
        talk.wait(seconds: 0.25)
        talk.tell(.speechEnded(lastSound: last))
        talk.wait(seconds: 0.1)
        talk.tell(.final("When are you open?", startMs: 0, endMs: 1))
        talk.wait(seconds: 0.05)
        talk.tell(.action(reply: 2, .say("From nine to five.")))
        talk.wait(seconds: 0.2)
        talk.tell(.sentenceMade(2))
        talk.wait(seconds: 0.02)
        talk.playAll()
        let ledgers: [TurnLedger] = talk.outputs.compactMap {
            if case .record(.ledger(let ledger, _)) = $0 { ledger } else { nil }
        }
        #expect(
            ledgers.map(\.sentence) == [
                "answered after 620 ms: end of speech 250 + transcript 100 + thinking 50 + voice 200 + playout 20"
            ])
    }

    @Test("An answer begins when its first sound goes out, not when it is handed over; so does its turn")
    func pacing() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("When are you open?")
        talk.reply(.say("From nine to five."))
        _ = talk.news()
        let handedOver = talk.milliseconds
        talk.tell(.sentenceStarted(2, at: talk.position, after: .milliseconds(28)))
        let ledgers: [(TurnLedger, Int)] = talk.news().compactMap {
            if case .record(.ledger(let ledger, let at)) = $0 { (ledger, at) } else { nil }
        }
        #expect(ledgers.map(\.0.playoutMs) == [28])
        #expect(ledgers.map(\.1) == [handedOver + 28])
        talk.tell(.sentenceEnded(2, at: talk.position + 8_000))
        talk.wait(seconds: 1)
        talk.tell(.drained)
        let turns: [TurnRecord] = talk.news().compactMap {
            if case .record(.turn(let turn)) = $0 { turn } else { nil }
        }
        #expect(turns.map(\.startMs) == [handedOver + 28])
    }

    @Test("Our sound goes out with the call's next 20 ms", arguments: [(0, 0), (3, 17), (20, 0), (51, 9)])
    func beat(since: Int, wait: Int) {
        let clock = HearingClock(sampleRate: 8_000)
        clock.heard(160, now: Self.at(1_000))
        #expect(clock.untilNextBeat(now: Self.at(1_000 + since)) == .milliseconds(wait))
        #expect(clock.time(of: 80) == Self.at(990))
    }

    @Test(
        "F-27 Slow answers are explained: where the time went, and what to do about it",
        arguments: [
            ("thinking", "thinking. The dialogue is slow"), ("transcript", "transcript. The speech-to-text is slow"),
            ("voice", "voice. The voice is slow"), ("pause", "pause. Callers are waited for"),
        ])
    func explained(step: String, said: String) throws {
        var ledgers: [TurnLedger] = []
        for extra in [700, 1_700, 900] {
            var ledger = TurnLedger()
            ledger.endOfSpeechMs = 300
            switch step {
            case "thinking": ledger.thinkingMs = extra
            case "transcript": ledger.transcriptMs = extra
            case "voice": ledger.voiceMs = extra
            default: ledger.pauseMs = extra
            }
            ledgers.append(ledger)
        }
        let sentence = try #require(TurnLedger.explanation(of: ledgers))
        #expect(sentence.hasPrefix("answered after 1200 ms in the middle, 2000 ms at most; 78 % of it was \(said)"))
        #expect(TurnLedger.explanation(of: []) == nil)
        #expect(TurnLedger.explanation(of: [TurnLedger()]) == "answered after 0 ms in the middle, 0 ms at most")
    }
}
