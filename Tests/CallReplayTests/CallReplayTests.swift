import CallReplay
import Foundation
import RTPMedia
import SIPCore
import Testing

@testable import Agent
@testable import TelephonyPrimitives

struct CallReplayTests {
    private static func replay(_ journal: KeptJournal, _ change: (inout ReplayChanges) -> Void = { _ in }) throws
        -> CallReplay
    {
        var changes = ReplayChanges()
        change(&changes)
        return try CallReplay(journal.octets, changes: changes)
    }

    @Test("Three calls at once are replayed each by itself, octet by octet, whatever was drawn for the others")
    func signalling() throws {
        let journals = (1...3).map { KeptJournal(of: "call \($0)") }
        var town = JournalledTown()
        town.play(journals.enumerated().map { .init(callID: "c\($0)x", sink: $1) })
        for (index, journal) in journals.enumerated() {
            let replay = try Self.replay(journal)
            #expect(replay.isSame, "\(replay.verdict)")
            #expect(replay.remarks.isEmpty, "\(replay.remarks)")
            #expect(replay.messages == town.sent("c\(index)x").count)
            #expect(replay.messages >= 7)
            #expect(try Self.replay(journal).lines == replay.lines)
        }
    }

    @Test("A call of ours is replayed: a silent server, another, a challenge that is answered; without the password")
    func outgoing() throws {
        let journal = KeptJournal()
        var town = JournalledTown()
        try town.place(journal, password: "opensesame")
        let replay = try Self.replay(journal)
        #expect(replay.isSame, "\(replay.timeline)\n\(replay.verdict)")
        #expect(replay.remarks.isEmpty)
        #expect(replay.messages == town.sent.count)
        #expect(town.sent.contains { $0.contains("Authorization: Digest") }, "\(replay.timeline)")
        #expect(town.sent.contains { $0.hasPrefix("BYE") })
        let text = String(decoding: journal.octets, as: UTF8.self)
        #expect(!text.contains("opensesame") && !text.contains("hiddentoken"))
        let proof = town.sent.compactMap { $0.firstMatch(of: /response="([0-9a-f]+)"/)?.1 }.first
        #expect(!text.contains(try #require(proof)))
    }

    @Test("Neither keys nor passwords are in a journal")
    func secrets() throws {
        let text = String(decoding: try Recordings.call().octets, as: UTF8.self)
        #expect(text.contains("inline:xxxx") && !text.contains("inline:c2"))
        #expect(text.contains("X-Api-Key: xxxxxx") && !text.contains("hidden"))
    }

    @Test("The sound of a bad line is replayed octet by octet, and sample by sample")
    func media() throws {
        let journal = KeptJournal()
        Recordings.media(in: journal)
        let replay = try Self.replay(journal)
        #expect(replay.isSame, "\(replay.verdict)")
        #expect(replay.frames == 150)
        #expect(replay.packets > 90)
    }

    @Test("A conversation is replayed decision by decision")
    func turns() throws {
        let journal = KeptJournal()
        Recordings.turns(in: journal)
        let replay = try Self.replay(journal)
        #expect(replay.isSame, "\(replay.verdict)")
        #expect(replay.decisions >= 12)
        #expect(replay.lines.contains { $0.text == "caller: when do you open?" }, "\(replay.timeline)")
    }

    @Test("A conversation with a model that hears and speaks is replayed decision by decision")
    func duplex() throws {
        let journal = KeptJournal()
        TurnRecordings.duplex(in: journal)
        let replay = try Self.replay(journal)
        #expect(replay.isSame && replay.remarks.isEmpty, "\(replay.verdict)")
        let texts = replay.lines.map(\.text)
        for line in [
            "stops talking", "caller: When do you open?", "agent: We open at nine.", "another model goes on",
            "agent: Goodbye.; hangs up: normal",
        ] { #expect(texts.contains(line), "\(line): \(replay.timeline)") }
        #expect(replay.decisions > 20 && replay.context == nil, "\(replay.verdict)")
        // Hello is waited for: the greeting is not asked for at once.
        let other = try Self.replay(journal) { $0.turns = { $0.waitsForHello = .seconds(2) } }
        #expect(other.differences.first?.place == "decision 1 about began", "\(other.verdict)")
    }

    @Test("A conversation with a bot is replayed decision by decision")
    func bot() throws {
        let journal = KeptJournal()
        TurnRecordings.bot(in: journal)
        let replay = try Self.replay(journal)
        #expect(replay.isSame && replay.remarks.isEmpty, "\(replay.verdict)")
        #expect(
            replay.lines.map(\.text) == [
                "mark greeting is reached", "caller pressed a key", "stops talking", "mark never is reached",
                "bot: The bot sent an unknown event.", "bot: The bot is more than 300 s ahead: its sound is dropped.",
                "the bot leaves", "bot left; hangs up: normal",
            ], "\(replay.timeline)")
    }

    @Test("Another T1 is seen at the first timer that does not fire when it did")
    func anotherTimer() throws {
        let journal = try Recordings.call()
        let replay = try Self.replay(journal) {
            $0.signalling = { $0.timers = TransactionTimers(t1: .milliseconds(600)) }
        }
        let first = try #require(replay.differences.first)
        #expect(replay.differences.count == 1)
        #expect(first.track == .signalling && first.place == "a timer")
        // The 200 went at 50 ms.
        #expect(first.time == Recordings.start + .milliseconds(550))
    }

    @Test("Another name in Server is seen in the line of the message where it stands")
    func anotherName() throws {
        let replay = try Self.replay(try Recordings.call()) { $0.signalling = { $0.userAgentName = "Trunkline 2" } }
        let first = try #require(replay.differences.first)
        #expect(first.recorded == "Server: Trunkline" && first.replayed == "Server: Trunkline 2", "\(first)")
        #expect(first.place.hasPrefix("SIP/2.0 1"), "\(first)")
    }

    @Test("Another SSRC is seen at the octet of the first packet where it stands")
    func anotherSource() throws {
        let replay = try Self.replay(try Recordings.call()) { $0.media = { $0.configuration.ssrc = 0x1234_5778 } }
        let first = try #require(replay.differences.first)
        #expect(replay.differences.count == 1)
        #expect(first.track == .media && first.place == "octet 10 of what is sent", "\(first)")
        #expect(first.recorded.contains("there 0x56") && first.replayed.contains("there 0x57"), "\(first)")
    }

    @Test("A jitter buffer with another target is seen in the first frame that is heard otherwise")
    func anotherBuffer() throws {
        let replay = try Self.replay(try Recordings.call()) {
            $0.media = { $0.jitterBuffer = JitterBufferConfiguration(minimumDelay: .milliseconds(120)) }
        }
        let first = try #require(replay.differences.first)
        #expect(first.track == .media && first.place.hasPrefix("what is heard, frame "), "\(first)")
    }

    @Test("Another habit of pausing is seen in the first decision that comes otherwise")
    func anotherHabit() throws {
        let replay = try Self.replay(try Recordings.call()) { $0.turns = { $0.pauses = PauseHabits(all: .seconds(2)) } }
        let first = try #require(replay.differences.first)
        #expect(replay.differences.count == 1)
        #expect(first.track == .turns && first.place.contains("tick"), "\(first)")
    }

    @Test("A journal that was cut off is the same as far as it goes, and says that it ends early")
    func cutOff() throws {
        let octets = try Recordings.call().octets
        let half = try CallReplay(Array(octets.prefix(octets.count / 2)))
        #expect(half.isSame, "\(half.verdict)")
        #expect(half.remarks == ["The journal ends early: the last record is cut short."])
    }

    @Test("A changed flow is shown beside what was said, and what follows is a guess")
    func changedFlow() throws {
        func flow(_ hours: String) throws -> Agent.Flow {
            try Agent.Flow(
                parsing: """
                    name: Harbour
                    greeting: Hello, harbour speaking.
                    intents:
                      hours:
                        phrases: [when do you open]
                        steps:
                          - say: \(hours)
                      bye:
                        phrases: [goodbye]
                        steps:
                          - say: Goodbye.
                          - hangup
                    fallback:
                      say: ["I did not understand."]
                    """, file: "flow.yaml")
        }
        let journal = KeptJournal()
        Recordings.turns(in: journal)
        let replay = try Self.replay(journal)
        let context = try #require(replay.context)
        let same = FlowReplay(try flow("We open at nine."), on: replay.exchanges, context: context)
        #expect(!same.differs, "\(same.text())")
        let other = FlowReplay(try flow("We open at ten."), on: replay.exchanges, context: context)
        #expect(other.rows.map(\.differs) == [false, true, false], "\(other.text())")
        #expect(other.rows.map(\.isGuess) == [false, false, true])
        #expect(other.rows[1].after == ["We open at ten."])
    }
}
