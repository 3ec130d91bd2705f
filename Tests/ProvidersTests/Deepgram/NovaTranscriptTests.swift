import Agent
import ProviderDoubles
import TelephonyPrimitives
import Testing

@testable import Providers

@Suite("Nova transcript")
struct NovaTranscriptTests {
    /// What comes in; times in seconds.
    enum Step: Sendable {
        case interim(String, Double, Double)
        case fixed(String, Double, Double)
        case over(String, Double, Double)
        case flushed(String, Double, Double)
        case utteranceEnd(Double)
        case finish(Double)
        case tick(Double)
        case json(String)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var steps: [Step]
        var events: [HearingEvent]

        init(_ description: String, _ steps: [Step], _ events: [HearingEvent]) {
            testDescription = description
            self.steps = steps
            self.events = events
        }
    }

    static let cases = [
        Case(
            "an interim replaces the last one",
            [.interim("I", 0, 0.5), .interim("I want", 0, 1), .interim("I want", 0, 1.1)],
            [.partial("I", start: 0), .partial("I want", start: 0)]),
        Case(
            "final pieces are put together until the speech is over",
            [.fixed("I want to", 0, 1), .interim("see", 1, 0.5), .over("see a dentist.", 1, 1)],
            [
                .partial("I want to", start: 0), .partial("I want to see", start: 0),
                .final("I want to see a dentist.", start: 0, end: 16_000),
            ]),
        Case("what is empty starts nothing", [.over("", 0, 1), .fixed("", 1, 1), .utteranceEnd(-1)], []),
        Case(
            "UtteranceEnd ends what no speech_final ended",
            [.fixed("Hello there.", 0, 1), .utteranceEnd(1)],
            [.partial("Hello there.", start: 0), .final("Hello there.", start: 0, end: 8_000)]),
        Case(
            "UtteranceEnd without a time ends it too",
            [.fixed("Hello.", 0, 1), .utteranceEnd(-1)],
            [.partial("Hello.", start: 0), .final("Hello.", start: 0, end: 8_000)]),
        Case(
            "UtteranceEnd after speech_final ends nothing twice",
            [.over("Hello.", 0, 1), .utteranceEnd(1)], [.final("Hello.", start: 0, end: 8_000)]),
        Case(
            "speech_final after UtteranceEnd ends nothing twice",
            [.interim("Hello.", 0, 1), .utteranceEnd(1), .over("Hello.", 0, 1)],
            [.partial("Hello.", start: 0), .final("Hello.", start: 0, end: 8_000)]),
        Case(
            "a late UtteranceEnd does not end the next utterance",
            [.over("One.", 0, 1), .interim("Two", 3, 1), .utteranceEnd(1)],
            [.final("One.", start: 0, end: 8_000), .partial("Two", start: 24_000)]),
        Case(
            "what is asked for comes with from_finalize",
            [.interim("Yes", 0, 1), .finish(1), .flushed("Yes please.", 0, 1)],
            [.partial("Yes", start: 0), .final("Yes please.", start: 0, end: 8_000)]),
        Case(
            "an answer is given though nothing was heard", [.finish(1), .flushed("", 0, 1)],
            [.final("", start: 0, end: 0)]),
        Case(
            "nothing empty follows a text that was there before it was asked for",
            [.over("Yes.", 0, 1), .finish(1), .flushed("", 1, 0), .tick(3)], [.final("Yes.", start: 0, end: 8_000)]),
        Case(
            "without an answer to Finalize what is there is given out",
            [.fixed("My number", 0, 1), .interim("is two", 1, 1), .finish(2), .tick(2.9), .tick(3)],
            [
                .partial("My number", start: 0), .partial("My number is two", start: 0),
                .final("My number is two", start: 0, end: 16_000),
            ]),
        Case(
            "words that were given out do not come twice",
            [.interim("is two", 0, 1), .finish(1), .tick(2), .over("is two three.", 0, 1.5)],
            [
                .partial("is two", start: 0), .final("is two", start: 0, end: 8_000),
                .final("three.", start: 8_000, end: 12_000),
            ]),
        Case(
            "waiting in vain does not cut what is said next",
            [.over("Yes.", 0, 1), .finish(1), .interim("But", 1.2, 0.5), .tick(2.1), .over("But why?", 1.2, 1)],
            [
                .final("Yes.", start: 0, end: 8_000), .partial("But", start: 9_600),
                .final("But why?", start: 9_600, end: 17_600),
            ]),
        Case(
            "an error is told",
            [.json(#"{"type":"Error","variant":"SchemaError","description":"bad","message":"x"}"#)],
            [.failed(.failed("Deepgram: bad"))]),
        Case(
            "what is not known or not whole is left out",
            [
                .json(#"{"type":"News"}"#), .json(#"{"type":"Results"}"#), .json("{}"),
                .json(#"{"type":"Results","is_final":"yes","start":[],"channel":{"alternatives":[{"transcript":7}]}}"#),
                .json(#"{"type":"Results","start":1e300,"duration":-1e300,"channel":{"alternatives":[]}}"#),
            ], []),
    ]

    @Test("Messages become utterances", arguments: cases)
    func utterances(_ example: Case) throws {
        var transcript = NovaTranscript()
        var positions = StreamPositions(sampleRate: 8_000)
        positions.sentSound(80_000)
        var events: [HearingEvent] = []
        for step in example.steps {
            var outcomes: [HearingOutcome] = []
            switch step {
            case .interim(let text, let start, let length):
                outcomes = try receive(
                    DeepgramListenDouble.results(text, start: start, duration: length), &transcript, positions)
            case .fixed(let text, let start, let length):
                outcomes = try receive(
                    DeepgramListenDouble.results(text, start: start, duration: length, isFinal: true), &transcript,
                    positions)
            case .over(let text, let start, let length):
                outcomes = try receive(
                    DeepgramListenDouble.results(
                        text, start: start, duration: length, isFinal: true, speechFinal: true),
                    &transcript, positions)
            case .flushed(let text, let start, let length):
                outcomes = try receive(
                    DeepgramListenDouble.results(
                        text, start: start, duration: length, isFinal: true, fromFinalize: true),
                    &transcript, positions)
            case .utteranceEnd(let time):
                outcomes = try receive(DeepgramListenDouble.utteranceEnd(lastWordEnd: time), &transcript, positions)
            case .finish(let time):
                let said = transcript.finishUtterance(at: Int(time * 8_000), now: .zero + .seconds(time))
                #expect(said == [#"{"type":"Finalize"}"#])
            case .tick(let time): outcomes = transcript.tick(now: .zero + .seconds(time))
            case .json(let text): outcomes = try receive(text, &transcript, positions)
            }
            for case .event(let event) in outcomes { events.append(event) }
        }
        #expect(events == example.events)
    }

    private func receive(_ json: String, _ transcript: inout NovaTranscript, _ positions: StreamPositions) throws
        -> [HearingOutcome]
    {
        transcript.receive(try JSONValue(parsing: json.utf8), positions, now: .zero)
    }

    @Test("Sound that a final piece covers is settled; that of an interim is not")
    func settled() throws {
        var transcript = NovaTranscript()
        var positions = StreamPositions(sampleRate: 8_000)
        positions.sentSound(80_000)
        let interim = try receive(DeepgramListenDouble.results("a", start: 0, duration: 1), &transcript, positions)
        #expect(!interim.contains { if case .settled = $0 { true } else { false } })
        let fixed = try receive(
            DeepgramListenDouble.results("", start: 0, duration: 2, isFinal: true), &transcript, positions)
        #expect(fixed.contains(.settled(16_000)))
    }

    @Test("An utterance that never ends is cut")
    func longest() throws {
        var transcript = NovaTranscript()
        var positions = StreamPositions(sampleRate: 8_000)
        positions.sentSound(8_000_000)
        var finals = 0
        for second in 0..<300 {
            let text = String(repeating: "word ", count: 20)
            let outcomes = try receive(
                DeepgramListenDouble.results(text, start: Double(second), duration: 1, isFinal: true), &transcript,
                positions)
            for case .event(.final) in outcomes { finals += 1 }
        }
        #expect(finals == 3)
    }

    @Test("Expected phrases are told to Nova 3 only, and only when they change")
    func keyterms() {
        var old = NovaTranscript()
        #expect(old.expect(["Harbour"]).isEmpty)
        var new = NovaTranscript(takesKeyterms: true, keyterms: ["Dental"])
        #expect(new.expect(["Harbour"]) == [#"{"keyterms":["Dental","Harbour"],"type":"Configure"}"#])
        #expect(new.expect(["Harbour"]).isEmpty)
        #expect(new.connected(at: 0, now: .zero) == [#"{"keyterms":["Dental","Harbour"],"type":"Configure"}"#])
    }
}
