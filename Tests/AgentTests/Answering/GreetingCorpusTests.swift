import Foundation
import RTPMedia
import TelephonyPrimitives
import Testing

@testable import Agent

/// The corpus over a telephone line, heard by the embedded ears; docs/outbound.md has the figures.
@Suite(.serialized)
struct GreetingCorpusTests {
    private enum Heard {
        case speech(AnswerDetector.Event)
        case tone(BeepDetector.Event)
    }

    /// What is found in a greeting that goes through G.711, with a little noise; in the time of the sound.
    private static func found(_ greeting: GreetingCorpus.Greeting) async throws -> (kinds: [AnsweredBy], at: Double?) {
        var sound = Ears.silence(seconds: 0.6)
        for part in greeting.parts {
            switch part {
            case .says(let text): sound += try await Ears.voice(text)
            case .silence(let seconds): sound += Ears.silence(seconds: seconds)
            case .tone(let hertz, let seconds):
                sound += (0..<Int(seconds * 8_000)).map { Int16(7_000 * sin(2 * .pi * hertz * Double($0) / 8_000)) }
            }
        }
        sound += Ears.silence(seconds: 3)
        var random = SeededGenerator(seed: 5)
        sound = Ears.overTheLine(sound.map { $0 &+ Int16.random(in: -30...30, using: &random) })

        // When each thing is known: the end of speech a third of a second late, its words half a second after that.
        var events: [(at: Double, event: AnswerDetector.Event)] = []
        // The ears have heard all of it once they have heard what is said behind it.
        let marker = sound.count * 2 + 16_000
        let goodbye = Ears.overTheLine(try await Ears.voice("Thank you very much, and goodbye."))
        for event in try await Ears.events(of: sound + Ears.silence(seconds: 1.2) + goodbye) {
            guard event.place < marker else { continue }
            switch event {
            case .speechStarted(let place): events.append((Double(place) / 16_000 + 0.1, .speechStarted))
            case .speechDismissed(let place): events.append((Double(place) / 16_000, .speechDismissed))
            case .speechEnded(let place):
                let sound = Instant(nanoseconds: Int64(place) * 62_500)
                events.append((Double(place) / 16_000 + 0.35, .speechEnded(lastSound: sound)))
            case .final(let text, _, let end):
                if ProcessInfo.processInfo.environment["TRUNKLINE_SHOW"] == "words" {
                    print("\t\(greeting.name): \(text)")
                }
                events.append((Double(end) / 16_000 + 0.85, .final(text)))
            case .partial, .turn, .failed: break
            }
        }
        var beeps = try #require(BeepDetector(sampleRate: 8_000))
        for start in stride(from: 0, to: sound.count, by: 160) {
            for event in beeps.receive(Array(sound[start..<min(start + 160, sound.count)]).span) {
                let at = Double(start + 160) / 8_000
                switch event {
                case .started(let hertz): events.append((at, .toneStarted(hertz: hertz)))
                case .ended(let hertz, let duration): events.append((at, .toneEnded(hertz: hertz, duration: duration)))
                }
            }
        }
        events = events.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
        events.append((Double(sound.count) / 8_000, .tick))
        var detector = AnswerDetector(now: .zero)
        var (kinds, first): ([AnsweredBy], Double?) = ([], nil)
        func take(_ event: AnswerDetector.Event, at seconds: Double) {
            for case .answered(let kind, _, _) in detector.receive(event, now: .zero + .seconds(seconds)) {
                kinds.append(kind)
                if kind == greeting.who { first = first ?? seconds }
            }
        }
        for (at, event) in events {
            while let due = detector.deadline, (due - .zero) / .seconds(1) < at {
                take(.tick, at: (due - .zero) / .seconds(1) + 0.001)
            }
            take(event, at: at)
        }
        return (kinds, first)
    }

    @Test("F-11 Of the corpus nearly all are told apart, and no human is taken for a machine")
    func corpus() async throws {
        var (right, wrong) = (0, [String]())
        for greeting in GreetingCorpus.all {
            let (kinds, at) = try await Self.found(greeting)
            let isRight = kinds.last == greeting.who
            right += isRight ? 1 : 0
            if !isRight { wrong.append("\(greeting.name): \(kinds)") }
            if ProcessInfo.processInfo.environment["TRUNKLINE_SHOW"] != nil {
                let when = at.map { String(format: "%.1f s", $0) } ?? "–"
                print(
                    "\(greeting.who.rawValue)\t\(greeting.name)\t\(kinds.map(\.rawValue).joined(separator: " → "))\t\(when)"
                )
            }
            if greeting.who == .human {
                #expect(!kinds.contains(.machine) && !kinds.contains(.fax), "\(greeting.name)")
            }
        }
        #expect(GreetingCorpus.all.count >= 24)
        #expect(right * 100 >= GreetingCorpus.all.count * 83, "\(wrong)")
    }
}

extension HearingEvent {
    /// Where in the sound it was, at 16 kHz.
    fileprivate var place: Int {
        switch self {
        case .speechStarted(let place), .speechDismissed(let place), .speechEnded(let place): place
        case .partial(_, let start), .final(_, let start, _): start
        case .turn, .failed: 0
        }
    }
}
