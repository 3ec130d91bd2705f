import Telephony
import TelephonyPrimitives
import Testing

@testable import Agent
@testable import Rehearsal

@Suite struct RehearsalVerdictTests {
    // MARK: The call

    static let outcome: CallerOutcome = {
        var outcome = CallerOutcome()
        outcome.endedBy = .agent
        outcome.length = .seconds(20)
        outcome.transfers = ["sip:desk@127.0.0.1:5070"]
        outcome.answers = [.milliseconds(900), .milliseconds(500), .milliseconds(700), .milliseconds(2_000)]
        return outcome
    }()

    struct CallCase: Sendable, CustomTestStringConvertible {
        var name: String
        var good: @Sendable (inout CallExpectation) -> Void
        var bad: @Sendable (inout CallExpectation) -> Void
        var failure: String
        var testDescription: String { name }
    }

    static let calls = [
        CallCase(
            name: "ended_by", good: { $0.endedBy = .agent }, bad: { $0.endedBy = .caller },
            failure: "the agent hung up, not the caller"),
        CallCase(
            name: "transfers_to", good: { $0.transfersTo = "Desk" }, bad: { $0.transfersTo = "night" },
            failure: "the caller was put through to sip:desk@127.0.0.1:5070, not to night"),
        CallCase(
            name: "length", good: { $0.shortest = .seconds(20) }, bad: { $0.shortest = .seconds(21) },
            failure: "the call lasted 20 s, less than 21 s"),
        CallCase(
            name: "length", good: { $0.longest = .seconds(20) }, bad: { $0.longest = .milliseconds(19_500) },
            failure: "the call lasted 20 s, more than 19500 ms"),
        CallCase(
            name: "median_answer", good: { $0.medianAnswer = .milliseconds(700) },
            bad: { $0.medianAnswer = .milliseconds(699) }, failure: "it is 700 ms, not at most 699 ms"),
        CallCase(
            name: "worst_answer", good: { $0.worstAnswer = .seconds(2) }, bad: { $0.worstAnswer = .seconds(1) },
            failure: "it is 2 s, not at most 1 s"),
    ]

    @Test("What is expected of the call is so, or is said not to be", arguments: calls)
    func call(_ test: CallCase) {
        var (good, bad) = (CallExpectation(), CallExpectation())
        test.good(&good)
        test.bad(&bad)
        #expect(good.checks(of: Self.outcome) == [RehearsalCheck("expect.\(test.name)")])
        #expect(bad.checks(of: Self.outcome) == [RehearsalCheck("expect.\(test.name)", test.failure)])
    }

    @Test("Nothing is well with a call that there was not")
    func noCall() {
        var expected = CallExpectation()
        expected.endedBy = .caller
        expected.transfersTo = "desk"
        expected.longest = .seconds(20)
        expected.worstAnswer = .seconds(1)
        #expect(
            expected.checks(of: CallerOutcome()).map(\.failure) == [
                "neither side hung up, not the caller", "the caller was put through to nobody, not to desk",
                "the call lasted no time, more than 20 s", "no answer's delay was measured",
            ])
    }

    // MARK: The record

    static func record(keys: [String] = ["1", "#"]) -> StoredCall {
        var call = StoredCall(
            id: "c1", direction: .incoming, remote: "sip:caller@r", local: "sip:agent@l", agent: "a", state: .ended,
            startedAt: 0)
        call.endCause = "localHangUp"
        call.turns = [
            TurnRecord(who: .agent, text: "Good day. How can", startMs: 0, endMs: 900, interrupted: true),
            TurnRecord(who: .caller, text: "When are you open?", startMs: 800, endMs: 1_900),
            TurnRecord(who: .agent, text: "From nine to five.", startMs: 2_000, endMs: 3_000),
        ]
        call.dtmf =
            keys.map { KeyRecord(digit: $0, direction: .received, atMs: 1, durationMs: 100) } + [
                KeyRecord(digit: "9", direction: .sent, atMs: 1, durationMs: 100)
            ]
        call.events = [
            StoredCall.Event(kind: "tool", detail: "lookup", atMs: 5),
            StoredCall.Event(kind: "transferred", detail: "", atMs: 6),
        ]
        call.notes = [StoredCall.Note(key: "message", value: "Ada: call back", atMs: 7)]
        return call
    }

    struct RecordCase: Sendable, CustomTestStringConvertible {
        var name: String
        var good: @Sendable (inout RecordExpectation) -> Void
        var bad: @Sendable (inout RecordExpectation) -> Void
        var failure: String
        var testDescription: String { name }
    }

    static let records = [
        RecordCase(
            name: "outcome", good: { $0.outcome = "localHangUp" }, bad: { $0.outcome = "remoteHangUp" },
            failure: "the outcome is localHangUp, not remoteHangUp"),
        RecordCase(
            name: "events", good: { $0.events = ["interruption"] }, bad: { $0.events = ["held"] },
            failure: "there is no event \"held\"; there are: interruption, tool, transferred"),
        RecordCase(
            name: "no_events", good: { $0.noEvents = ["held"] }, bad: { $0.noEvents = ["transferred"] },
            failure: "there is an event \"transferred\""),
        RecordCase(
            name: "tools", good: { $0.tools = ["lookup"] }, bad: { $0.tools = ["look"] },
            failure: "look was not called; called were: lookup"),
        RecordCase(
            name: "heard", good: { $0.heard = ["you open"] }, bad: { $0.heard = ["closed"] },
            failure: "the agent heard \"When are you open?\", not \"closed\""),
        RecordCase(
            name: "says", good: { $0.says = ["9 to 5"] }, bad: { $0.says = ["ten"] },
            failure: "the agent said \"Good day. How can From nine to five.\", not \"ten\""),
        RecordCase(
            name: "never_says", good: { $0.neverSays = ["ten"] }, bad: { $0.neverSays = ["nine"] },
            failure: "the agent said \"nine\""),
        RecordCase(
            name: "keys", good: { $0.keys = "1#" }, bad: { $0.keys = "1#9" },
            failure: "2 keys came, and not those that were to come"),
        RecordCase(
            name: "masked", good: { $0.masksKeys = false }, bad: { $0.masksKeys = true },
            failure: "2 of 2 keys can be read"),
        RecordCase(
            name: "notes", good: { $0.notes = ["message": "call back"] }, bad: { $0.notes = ["message": "Bob"] },
            failure: "the note \"message\" has not \"Bob\" in it"),
        RecordCase(
            name: "notes", good: { $0.notes = ["message": "Ada"] }, bad: { $0.notes = ["day": "Ada"] },
            failure: "there is no note \"day\""),
    ]

    @Test("What the record must show is there, or is said to be missing", arguments: records)
    func record(_ test: RecordCase) {
        var (good, bad) = (RecordExpectation(), RecordExpectation())
        test.good(&good)
        test.bad(&bad)
        #expect(good.checks(of: Self.record()) == [RehearsalCheck("record.\(test.name)")])
        #expect(bad.checks(of: Self.record()) == [RehearsalCheck("record.\(test.name)", test.failure)])
    }

    @Test("Keys that are masked, in part, or not there")
    func masked() {
        var expected = RecordExpectation()
        expected.masksKeys = true
        #expect(expected.checks(of: Self.record(keys: ["•", "•"])).map(\.failure) == [nil])
        #expect(expected.checks(of: Self.record(keys: ["•", "2"])).map(\.failure) == ["1 of 2 keys can be read"])
        #expect(expected.checks(of: Self.record(keys: [])).map(\.failure) == ["no key is in the record"])
        expected.masksKeys = false
        #expect(expected.checks(of: Self.record(keys: ["•", "2"])).map(\.failure) == ["1 of 2 keys are masked"])
        #expect(expected.checks(of: nil).map(\.failure) == ["there is no record of the call"])
    }

    // MARK: All of it

    static let rehearsal: Rehearsal = {
        var rehearsal = Rehearsal(name: "Opening hours")
        rehearsal.steps = [
            RehearsalStep(.hear(WordExpectation(any: ["hello"])), line: 3), RehearsalStep(.hangUp, line: 4),
        ]
        rehearsal.expected.endedBy = .agent
        rehearsal.record = RecordExpectation()
        rehearsal.record?.tools = ["lookup"]
        return rehearsal
    }()

    static func verdict(_ state: RehearsalStepResult.State = .passed, run: Int = 1) -> RehearsalVerdict {
        var outcome = outcome
        outcome.steps = rehearsal.steps.enumerated().map {
            RehearsalStepResult(
                number: $0 + 1, step: $1, state: $0 == 0 ? state : .passed, detail: "why", at: .seconds(1))
        }
        outcome.greeting = .milliseconds(300)
        outcome.stops = [.milliseconds(400)]
        return RehearsalVerdict(rehearsal, run: run, outcome: outcome, call: record())
    }

    @Test("A call passes when all of it does")
    func verdict() {
        #expect(Self.verdict().hasPassed)
        #expect(Self.verdict().faults.isEmpty)
        #expect(!Self.verdict(.failed).hasPassed)
        #expect(Self.verdict(.failed).faults == ["line 3, hear: hello: why"])
        #expect(!Self.verdict(.notReached).hasPassed)

        let lost = RehearsalVerdict(Self.rehearsal, run: 1, outcome: Self.verdict().outcome, call: nil)
        #expect(lost.faults == ["record: there is no record of the call"])

        var busy = CallerOutcome()
        busy.failure = "busy"
        let none = RehearsalVerdict(Self.rehearsal, run: 1, outcome: busy, call: nil)
        #expect(none.faults == ["busy"])
    }

    @Test("The report: a table, what is wrong, and a sum")
    func report() throws {
        let report = RehearsalReport([Self.verdict(), Self.verdict(.failed, run: 2)])
        #expect(!report.hasPassed)
        #expect(
            report.text == """
                rehearsal          result  steps  greeting  answers  median  worst  stops
                Opening hours      passed  2/2    300 ms    4        700 ms  2 s    400 ms
                Opening hours (2)  FAILED  1/2    300 ms    4        700 ms  2 s    400 ms

                Opening hours (2) failed:
                  line 3, hear: hello: why

                1 passed, 1 failed; answers: median 700 ms, worst 2 s
                """)
        let json = try JSONValue(parsing: Array(report.json().utf8))
        #expect(json["passed"] == .bool(false))
        guard case .array(let calls)? = json["rehearsals"] else {
            Issue.record("no rehearsals")
            return
        }
        #expect(calls.count == 2)
        #expect(calls[1]["run"]?.json == "2")
        #expect(calls[0]["medianAnswerMs"]?.json == "700")
        #expect(calls[0]["call"] == .string("c1"))
    }

    @Test("The middle and the worst of delays")
    func spread() {
        #expect(LatencySpread([]) == nil)
        #expect(LatencySpread([.seconds(1)])?.median == .seconds(1))
        let spread = LatencySpread([.seconds(3), .seconds(1), .seconds(2)])
        #expect(spread?.median == .seconds(2))
        #expect(spread?.worst == .seconds(3))
    }
}
