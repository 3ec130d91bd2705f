internal import Agent
internal import TelephonyPrimitives

/// Makes utterances of what Deepgram's `/v1/listen` sends: pieces that are final are put together, and an interim one
/// replaces the last interim one. No socket, no clock.
///
/// An utterance is over by `speech_final`, by `UtteranceEnd`, or by our own word: none of the service's marks comes for
/// certain on a noisy line.
struct NovaTranscript: HearingDialect {
    let abilities = HearingAbilities(findsSpeech: false, judgesTurns: false)
    let pieceMs = 40
    let quietHabit = QuietHabit.keepAlive(#"{"type":"KeepAlive"}"#, after: .seconds(4))
    let farewell = #"{"type":"CloseStream"}"#

    /// How long the service may take to say what is left of an utterance that we have ended.
    static let finishPatience = Duration.seconds(1)
    /// Characters after which an utterance is ended.
    static let longestUtterance = 10_000

    /// Whether ``expect(_:)`` can be told to the service.
    private let takesKeyterms: Bool
    private let keyterms: [String]
    private var expected: [String] = []
    private var final: Stretch?
    private var interim: Stretch?
    /// Words before this sample have been given out.
    private var told = 0
    /// An utterance is wanted: up to which sample, and when its text has to be there.
    private var finishing: (at: Int, by: Instant)?
    /// Whether a text was given out before it was asked for.
    private var hasTold = false

    private struct Stretch: Sendable {
        var text: String
        var start: Int
        var end: Int

        func followed(by next: Stretch?) -> Stretch {
            guard let next else { return self }
            return Stretch(text: text + " " + next.text, start: start, end: max(end, next.end))
        }
    }

    init(takesKeyterms: Bool = false, keyterms: [String] = []) {
        self.takesKeyterms = takesKeyterms
        self.keyterms = keyterms
    }

    var deadline: Instant? { finishing?.by }

    mutating func connected(at position: Int, now: Instant) -> [String] {
        // What was not final comes again.
        interim = nil
        // What comes again of it is told already.
        told = max(told, final?.end ?? 0)
        return expected.isEmpty ? [] : [configuration]
    }

    mutating func receive(_ message: JSONValue, _ positions: StreamPositions, now: Instant) -> [HearingOutcome] {
        switch message["type"]?.string {
        case "Results": return results(message, positions)
        case "UtteranceEnd":
            // One that comes late is about an utterance that is over.
            if let last = message["last_word_end"]?.number, last >= 0, let start = whole?.start,
                positions.position(last) <= start
            {
                return []
            }
            return whole == nil ? [] : conclude()
        case "Error":
            let words = message["description"]?.string ?? message["message"]?.string ?? "an error without a word"
            return [.event(.failed(.failed("Deepgram: \(words.prefix(300))")))]
        default: return []
        }
    }

    mutating func finishUtterance(at position: Int, now: Instant) -> [String] {
        finishing = (position, now + Self.finishPatience)
        return [#"{"type":"Finalize"}"#]
    }

    mutating func expect(_ phrases: [String]) -> [String] {
        let phrases = phrases.prefix(100).filter { !$0.isEmpty && $0.utf8.count <= 100 }
        guard takesKeyterms, phrases != expected else { return [] }
        expected = phrases
        return [configuration]
    }

    private var configuration: String {
        let terms = (keyterms + expected).map { JSONValue.string($0) }
        return JSONValue.object(["type": "Configure", "keyterms": .array(terms)]).json
    }

    mutating func tick(now: Instant) -> [HearingOutcome] {
        guard let finishing, finishing.by <= now else { return [] }
        guard let whole, whole.start >= finishing.at else { return conclude() }
        // The caller speaks on: nothing came of what was asked for, and this is not the end of what is said now.
        self.finishing = nil
        return emptyAnswer()
    }

    func error(closing code: UInt16?, _ reason: String) -> ProviderError { deepgramError(closing: code, reason) }

    // MARK: Results

    private var whole: Stretch? { final.map { $0.followed(by: interim) } ?? interim }

    private mutating func results(_ message: JSONValue, _ positions: StreamPositions) -> [HearingOutcome] {
        let start = message["start"]?.number ?? 0
        let end = start + (message["duration"]?.number ?? 0)
        let isOver = message["speech_final"]?.bool == true
        let isFlushed = message["from_finalize"]?.bool == true
        let isFinal = message["is_final"]?.bool == true || isOver || isFlushed
        let before = whole?.text
        let stretch = stretch(message["channel"]?["alternatives"]?.array?.first, start, end, positions)
        if isFinal {
            interim = nil
            if let stretch { final = final.map { $0.followed(by: stretch) } ?? stretch }
        } else {
            interim = stretch
        }
        var outcomes: [HearingOutcome] = isFinal ? [.settled(positions.position(end))] : []
        let isTooLong = (whole?.text.utf8.count ?? 0) > Self.longestUtterance
        if isFlushed || isTooLong || (isOver && whole != nil) {
            outcomes += conclude()
        } else if let whole, whole.text != before {
            outcomes.append(.event(.partial(whole.text, start: whole.start)))
        }
        return outcomes
    }

    /// What an alternative says that was not told yet; `nil` for nothing.
    private func stretch(_ alternative: JSONValue?, _ start: Double, _ end: Double, _ positions: StreamPositions)
        -> Stretch?
    {
        guard let text = alternative?["transcript"]?.string, !text.isEmpty else { return nil }
        let words = DeepgramWord.all(alternative?["words"])
        guard let first = words.first, let last = words.last else {
            let stretch = Stretch(text: text, start: positions.position(start), end: positions.position(end))
            return stretch.end <= told ? nil : stretch
        }
        let left = words.drop { positions.position(($0.start + $0.end) / 2) < told }
        guard left.count < words.count else {
            return Stretch(text: text, start: positions.position(first.start), end: positions.position(last.end))
        }
        guard let next = left.first else { return nil }
        return Stretch(
            text: left.map(\.text).joined(separator: " "), start: positions.position(next.start),
            end: positions.position(last.end))
    }

    /// Gives out the utterance; an empty one only when it was asked for.
    private mutating func conclude() -> [HearingOutcome] {
        let (text, wasAsked) = (whole, finishing != nil)
        (final, interim, finishing) = (nil, nil, nil)
        guard let text else { return wasAsked ? emptyAnswer() : [] }
        told = text.end
        hasTold = !wasAsked
        return [.event(.final(text.text, start: text.start, end: text.end))]
    }

    /// Says that there was nothing, unless the text has been given out before.
    private mutating func emptyAnswer() -> [HearingOutcome] {
        defer { hasTold = false }
        return hasTold ? [] : [.event(.final("", start: told, end: told))]
    }
}
