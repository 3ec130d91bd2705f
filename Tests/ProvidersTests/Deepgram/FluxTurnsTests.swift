import Agent
import ProviderDoubles
import TelephonyPrimitives
import Testing

@testable import Providers

@Suite("Flux turns")
struct FluxTurnsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var messages: [String]
        var events: [HearingEvent]

        init(_ description: String, _ messages: [String], _ events: [HearingEvent]) {
            testDescription = description
            self.messages = messages
            self.events = events
        }
    }

    static let cases = [
        Case(
            "a turn is followed from its start to its end",
            [
                DeepgramFluxDouble.turnInfo("Update", ""),
                DeepgramFluxDouble.turnInfo("StartOfTurn", "Hello", start: 1, end: 1.5),
                DeepgramFluxDouble.turnInfo("Update", "Hello", start: 1, end: 1.75),
                DeepgramFluxDouble.turnInfo("Update", "Hello there", start: 1, end: 2),
                DeepgramFluxDouble.turnInfo("EndOfTurn", "Hello there.", start: 1, end: 2),
            ],
            [
                .speechStarted(at: 8_000), .partial("Hello", start: 8_000), .partial("Hello there", start: 8_000),
                .partial("Hello there.", start: 8_000), .speechEnded(at: 16_000),
                .final("Hello there.", start: 8_000, end: 16_000), .turn(.over),
            ]),
        Case(
            "a turn that is probably over may be resumed, twice",
            [
                DeepgramFluxDouble.turnInfo("StartOfTurn", "My number"),
                DeepgramFluxDouble.turnInfo("EagerEndOfTurn", "My number is"),
                DeepgramFluxDouble.turnInfo("TurnResumed", "My number is"),
                DeepgramFluxDouble.turnInfo("EagerEndOfTurn", "My number is two."),
                DeepgramFluxDouble.turnInfo("EndOfTurn", "My number is two."),
            ],
            [
                .speechStarted(at: 0), .partial("My number", start: 0), .partial("My number is", start: 0),
                .turn(.probablyOver), .turn(.resumed), .partial("My number is two.", start: 0), .turn(.probablyOver),
                .speechEnded(at: 8_000), .final("My number is two.", start: 0, end: 8_000), .turn(.over),
            ]),
        Case(
            "an empty turn is no answer",
            [DeepgramFluxDouble.turnInfo("StartOfTurn", ""), DeepgramFluxDouble.turnInfo("EndOfTurn", "")],
            [.speechStarted(at: 0), .speechEnded(at: 8_000), .final("", start: 0, end: 8_000)]),
        Case(
            "a turn that is over is not told twice",
            [
                DeepgramFluxDouble.turnInfo("EndOfTurn", "Yes."), DeepgramFluxDouble.turnInfo("EndOfTurn", "Yes."),
                DeepgramFluxDouble.turnInfo("Update", "Yes."),
            ],
            [
                .speechStarted(at: 0), .partial("Yes.", start: 0), .speechEnded(at: 8_000),
                .final("Yes.", start: 0, end: 8_000), .turn(.over),
            ]),
        Case("a turn is not resumed that was not thought over", [DeepgramFluxDouble.turnInfo("TurnResumed", "")], []),
        Case(
            "the next turn has the next number",
            [
                DeepgramFluxDouble.turnInfo("EndOfTurn", "One."),
                DeepgramFluxDouble.turnInfo("StartOfTurn", "Two", turn: 1, start: 2, end: 3),
            ],
            [
                .speechStarted(at: 0), .partial("One.", start: 0), .speechEnded(at: 8_000),
                .final("One.", start: 0, end: 8_000), .turn(.over), .speechStarted(at: 16_000),
                .partial("Two", start: 16_000),
            ]),
        Case(
            "what is not known or not whole is left out",
            [
                "{}", #"{"type":"TurnInfo"}"#, #"{"type":"TurnInfo","event":"Sneeze","transcript":7,"turn_index":"x"}"#,
                #"{"type":"Warning","code":"W","description":"d"}"#, #"{"type":"ConfigureFailure","code":"C"}"#,
            ], []),
    ]

    @Test("Messages become turns", arguments: cases)
    func turns(_ example: Case) throws {
        var turns = FluxTurns()
        var positions = StreamPositions(sampleRate: 8_000)
        positions.sentSound(80_000)
        var events: [HearingEvent] = []
        for message in example.messages {
            for case .event(let event) in try receive(message, &turns, positions) { events.append(event) }
        }
        #expect(events == example.events)
    }

    private func receive(_ json: String, _ turns: inout FluxTurns, _ positions: StreamPositions) throws
        -> [HearingOutcome]
    {
        turns.receive(try JSONValue(parsing: json.utf8), positions, now: .zero)
    }

    @Test("An error makes the socket useless")
    func error() throws {
        var turns = FluxTurns()
        let message = #"{"type":"Error","code":"INTERNAL","description":"broken"}"#
        #expect(
            try receive(message, &turns, StreamPositions(sampleRate: 8_000)) == [.lost(.failed("Deepgram: broken"))])
    }

    @Test("A turn goes on on the next socket: it starts once, and words of sound that is not sent again are kept")
    func goesOn() throws {
        var turns = FluxTurns()
        var first = StreamPositions(sampleRate: 8_000)
        first.sentSound(80_000)
        _ = try receive(DeepgramFluxDouble.turnInfo("Update", "one two three four", start: 0, end: 4), &turns, first)
        #expect(turns.connected(at: 16_000, now: .zero).isEmpty)
        var second = StreamPositions(sampleRate: 8_000, base: 16_000)
        second.sentSound(80_000)
        let outcomes = try receive(
            DeepgramFluxDouble.turnInfo("EndOfTurn", "three four five.", start: 0, end: 3), &turns, second)
        let events = outcomes.compactMap { if case .event(let event) = $0 { event } else { nil } }
        #expect(
            events == [
                .partial("one two three four five.", start: 0), .speechEnded(at: 40_000),
                .final("one two three four five.", start: 0, end: 40_000), .turn(.over),
            ])
        #expect(turns.deadline == nil)
    }

    @Test("A turn of which the next socket says nothing is ended by us")
    func endsByItself() throws {
        var turns = FluxTurns()
        var positions = StreamPositions(sampleRate: 8_000)
        positions.sentSound(80_000)
        _ = try receive(DeepgramFluxDouble.turnInfo("Update", "Hello", start: 0, end: 1), &turns, positions)
        _ = turns.connected(at: 0, now: .zero)
        #expect(turns.tick(now: .zero + .milliseconds(2_999)).isEmpty)
        #expect(
            turns.tick(now: .zero + .seconds(3)) == [
                .event(.speechEnded(at: 8_000)), .event(.final("Hello", start: 0, end: 8_000)), .event(.turn(.over)),
            ])
    }

    @Test("A turn is ended by force only when there is one")
    func force() throws {
        var turns = FluxTurns()
        #expect(turns.finishUtterance(at: 0, now: .zero).isEmpty)
        _ = try receive(
            DeepgramFluxDouble.turnInfo("StartOfTurn", "Yes"), &turns, StreamPositions(sampleRate: 8_000))
        #expect(turns.finishUtterance(at: 0, now: .zero) == [#"{"type":"ForceEndTurn"}"#])
    }
}
