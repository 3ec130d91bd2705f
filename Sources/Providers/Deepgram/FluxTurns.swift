internal import Agent
internal import TelephonyPrimitives

/// Follows the turns that Deepgram's `/v2/listen` tells of. Its text is that of the whole turn: it replaces the last one.
/// No socket, no clock.
struct FluxTurns: HearingDialect {
    let abilities = HearingAbilities(findsSpeech: true, judgesTurns: true)
    let pieceMs = 40
    /// There is no message that keeps a turn alive: without sound it never ends.
    let quietHabit = QuietHabit.silence(after: .milliseconds(500))
    let farewell = #"{"type":"CloseStream"}"#

    /// How long a turn that was under way when a socket was lost may take to go on on the next one.
    static let resumePatience = Duration.seconds(3)

    private struct Turn: Sendable {
        var start: Int
        var end: Int
        var text = ""
        var isProbablyOver = false
        /// Words that the last socket gave, of sound that the next one is not given any more.
        var carried = ""
        var words: [(text: String, end: Int)] = []
    }

    private let keyterms: [String]
    private var expected: [String] = []
    private var turn: Turn?
    /// Turns of this socket up to this one are over.
    private var lastOver: Int?
    private(set) var deadline: Instant?

    init(keyterms: [String] = []) {
        self.keyterms = keyterms
    }

    mutating func connected(at position: Int, now: Instant) -> [String] {
        lastOver = nil
        if var open = turn {
            let lost = open.words.filter { $0.end <= position }.map(\.text)
            open.carried = ([open.carried] + lost).filter { !$0.isEmpty }.joined(separator: " ")
            open.words = []
            turn = open
            deadline = now + Self.resumePatience
        }
        return expected.isEmpty ? [] : [configuration]
    }

    mutating func receive(_ message: JSONValue, _ positions: StreamPositions, now: Instant) -> [HearingOutcome] {
        switch message["type"]?.string {
        case "TurnInfo": return turnInfo(message, positions)
        case "Error":
            let words = message["description"]?.string ?? message["code"]?.string ?? "an error without a word"
            return [.lost(.failed("Deepgram: \(words.prefix(300))"))]
        default: return []
        }
    }

    mutating func finishUtterance(at position: Int, now: Instant) -> [String] {
        turn == nil ? [] : [#"{"type":"ForceEndTurn"}"#]
    }

    mutating func expect(_ phrases: [String]) -> [String] {
        let phrases = phrases.prefix(100).filter { !$0.isEmpty && $0.utf8.count <= 100 }
        guard phrases != expected else { return [] }
        expected = phrases
        return [configuration]
    }

    private var configuration: String {
        let terms = (keyterms + expected).map { JSONValue.string($0) }
        return JSONValue.object(["type": "Configure", "keyterms": .array(terms)]).json
    }

    mutating func tick(now: Instant) -> [HearingOutcome] {
        guard let deadline, deadline <= now else { return [] }
        return endTurn()
    }

    func error(closing code: UInt16?, _ reason: String) -> ProviderError { deepgramError(closing: code, reason) }

    // MARK: Turns

    private mutating func turnInfo(_ message: JSONValue, _ positions: StreamPositions) -> [HearingOutcome] {
        let index = message["turn_index"]?.integer ?? 0
        if let lastOver, index <= lastOver { return [] }
        let event = message["event"]?.string
        let text = message["transcript"]?.string ?? ""
        var outcomes: [HearingOutcome] = []
        if event == "StartOfTurn" || !text.isEmpty {
            deadline = nil
            hear(text, message, positions, &outcomes)
        }
        switch event {
        case "EagerEndOfTurn":
            if turn != nil {
                turn?.isProbablyOver = true
                outcomes.append(.event(.turn(.probablyOver)))
            }
        case "TurnResumed":
            if turn?.isProbablyOver == true {
                turn?.isProbablyOver = false
                outcomes.append(.event(.turn(.resumed)))
            }
        case "EndOfTurn":
            lastOver = index
            outcomes += endTurn()
            outcomes.append(.settled(positions.position(message["audio_window_end"]?.number ?? 0)))
        default: break
        }
        return outcomes
    }

    private mutating func hear(
        _ text: String, _ message: JSONValue, _ positions: StreamPositions, _ outcomes: inout [HearingOutcome]
    ) {
        let words = DeepgramWord.all(message["words"])
        let start = positions.position(words.first?.start ?? message["audio_window_start"]?.number ?? 0)
        let end = positions.position(words.last?.end ?? message["audio_window_end"]?.number ?? 0)
        var turn = turn ?? Turn(start: start, end: end)
        if self.turn == nil { outcomes.append(.event(.speechStarted(at: turn.start))) }
        turn.end = max(turn.end, end)
        turn.words = words.map { ($0.text, positions.position($0.end)) }
        let whole = [turn.carried, text].filter { !$0.isEmpty }.joined(separator: " ")
        if !text.isEmpty, whole != turn.text {
            turn.text = whole
            outcomes.append(.event(.partial(whole, start: turn.start)))
        }
        self.turn = turn
    }

    private mutating func endTurn() -> [HearingOutcome] {
        deadline = nil
        guard let turn else { return [] }
        self.turn = nil
        var events: [HearingEvent] = [
            .speechEnded(at: turn.end), .final(turn.text, start: turn.start, end: turn.end),
        ]
        if !turn.text.isEmpty { events.append(.turn(.over)) }
        return events.map { .event($0) }
    }
}
