import Telephony
import TelephonyPrimitives

@testable import Agent

/// Drives ``TurnTaking`` in virtual time: the caller's sounds, the dialogue's answers and the playing are told by hand.
struct VirtualTalk {
    static let rate = 8_000
    private(set) var turns: TurnTaking
    private(set) var now = Instant(nanoseconds: 0)
    /// Everything that came out, in order.
    private(set) var outputs: [TurnTaking.Output] = []
    private var unread = 0
    /// Sentences that were given to the voice and have not been played.
    private var toPlay: [(id: Int, text: String)] = []
    /// Samples given to the call so far.
    private(set) var position = 0
    /// Samples that had been made when playing was last stopped.
    private var made = 0

    init(judgesTurns: Bool = false, _ change: (inout ConversationConfiguration) -> Void = { _ in }) {
        var configuration = ConversationConfiguration()
        // The caller's turn is over at once, unless a test is about that.
        configuration.pauses = PauseHabits(all: .zero)
        configuration.answerBudget = nil
        configuration.toolFillerAfter = nil
        change(&configuration)
        turns = TurnTaking(
            configuration: configuration, sampleRate: Self.rate, hearingJudgesTurns: judgesTurns, now: now)
    }

    /// What came out since this was last asked.
    mutating func news() -> [TurnTaking.Output] {
        defer { unread = outputs.count }
        return Array(outputs[unread...])
    }

    @discardableResult
    mutating func tell(_ input: TurnTaking.Input) -> [TurnTaking.Output] {
        let new = turns.receive(input, now: now)
        outputs += new
        for output in new {
            switch output {
            case .speak(let id, let text): toPlay.append((id, text))
            case .dropPlayout: toPlay = []
            case .resumePlayout(let point): position += made - point
            default: break
            }
        }
        return new
    }

    /// Lets time pass; ticks come when they are wanted.
    mutating func wait(seconds: Double) {
        let end = now + .milliseconds(Int(seconds * 1_000))
        var rounds = 0
        while let deadline = turns.deadline, deadline <= end, rounds < 10_000 {
            rounds += 1
            now = max(now, deadline)
            tell(.tick)
        }
        now = end
    }

    /// The number of the last reply that was asked for.
    var replyID: Int {
        outputs.reduce(0) { last, output in
            if case .startReply(let id, _) = output { id } else { last }
        }
    }

    mutating func reply(_ actions: DialogueAction...) {
        let id = replyID
        for action in actions { tell(.action(reply: id, action)) }
        tell(.replyFinished(id))
    }

    /// The voice makes the next sentence, `seconds` long; the call has it but not played it.
    mutating func make(seconds: Double) {
        guard !toPlay.isEmpty else { return }
        let (id, _) = toPlay.removeFirst()
        tell(.sentenceStarted(id, at: position))
        position += Int(seconds * Double(Self.rate))
        tell(.sentenceEnded(id, at: position))
    }

    /// All sentences are made and played, a second each.
    mutating func playAll() {
        while !toPlay.isEmpty {
            make(seconds: 1)
            wait(seconds: 1)
        }
        tell(.drained)
    }

    /// Playing has stopped, as was asked for, when `seconds` in all had sounded.
    mutating func stopped(afterSeconds seconds: Double) {
        made = position
        position = Int(seconds * Double(Self.rate))
        tell(.stopped(played: position))
    }

    mutating func callerSays(_ text: String) {
        tell(.speechStarted)
        wait(seconds: 1)
        tell(.speechEnded())
        tell(.final(text, startMs: milliseconds - 1_000, endMs: milliseconds))
    }

    /// The agent has greeted, and it is the caller's turn.
    static func greeted(
        judgesTurns: Bool = false, _ change: (inout ConversationConfiguration) -> Void = { _ in }
    ) -> VirtualTalk {
        var talk = VirtualTalk(judgesTurns: judgesTurns, change)
        talk.tell(.began)
        talk.reply(.say("Good day."))
        talk.playAll()
        _ = talk.news()
        return talk
    }

    var milliseconds: Int { Int(now.nanoseconds / 1_000_000) }
    var isOver: Bool { turns.isOver }

    /// `caller: …`, `agent: …`, and `agent: … —` for a turn that was cut short.
    var transcript: [String] {
        outputs.compactMap { output in
            guard case .record(.turn(let turn)) = output else { return nil }
            return "\(turn.who.rawValue): \(turn.text)\(turn.interrupted ? " —" : "")"
        }
    }

    var questions: [DialogueInput] {
        outputs.compactMap { if case .startReply(_, let input) = $0 { input } else { nil } }
    }

    var spoken: [String] {
        outputs.compactMap { if case .speak(_, let text) = $0 { text } else { nil } }
    }

    var heardByCaller: [String] {
        outputs.compactMap { if case .interrupted(let heard) = $0 { heard } else { nil } }
    }

    var hangUp: HangUpReason? {
        outputs.compactMap { if case .hangUp(let reason) = $0 { reason } else { nil } }.last
    }

    var events: [String] {
        outputs.compactMap { if case .record(.event(let kind, _, _)) = $0 { kind } else { nil } }
    }
}
