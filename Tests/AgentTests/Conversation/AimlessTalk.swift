import Telephony
import TelephonyPrimitives

@testable import Agent

/// A call in virtual time on which nothing has a plan: the caller speaks, coughs and presses keys whenever a seed says so,
/// the hearing makes of it what it likes, and the dialogue answers soon, late or never. The voice, the queue of what is
/// played and the delays of stopping it are as in ``Conversation``.
struct AimlessTalk {
    private enum Event {
        case input(TurnTaking.Input)
        case made(Int)
        case stopped
    }

    private static let rate = 8_000
    private static let frame = 160
    /// Frames that are given ahead of what sounds.
    private static let ahead = 10
    private static let sayings = [
        "Yes please.", "When are you open?", "I need a table for", "mm hm", "okay", "no", "Good day. How can I help?",
        "We are open from nine", "help", "Thank you very much, that was all.",
    ]

    private(set) var turns: TurnTaking
    private(set) var now = Instant(nanoseconds: 0)
    private var steps: [(at: Instant, input: TurnTaking.Input, outputs: [TurnTaking.Output])] = []
    private var generator: SeededGenerator
    private let judgesTurns: Bool
    private var due: [(at: Instant, event: Event)] = []

    // What is played.
    private var queue = SpeechQueue(sampleRate: rate)
    private var toSpeak: [(id: Int, text: String)] = []
    private var isMaking = false
    private var isPlaying = false
    private var mayPlay = true
    private var given = 0
    private var sounded = 0
    private var stoppedAt = 0
    /// The end of a sentence is told once there is room for more; stopping comes before that.
    private var untold: (id: Int, at: Int)?

    // What is heard.
    private var isHeard = false
    private var partial = ""
    private var isHeld = false

    init(seed: UInt64, judgesTurns: Bool) {
        var configuration = ConversationConfiguration()
        configuration.maximumDuration = .seconds(86_400)
        generator = SeededGenerator(seed: seed)
        self.judgesTurns = judgesTurns
        turns = TurnTaking(
            configuration: configuration, sampleRate: Self.rate, hearingJudgesTurns: judgesTurns, now: now)
    }

    /// Everything happens for some time, and then nothing from the caller's side.
    ///
    /// - Returns: whether the call has come to an end.
    mutating func run(seconds: Int, silence: Int) -> Bool {
        tell(.began)
        for _ in 0..<seconds * 50 where !turns.isOver {
            fumble()
            beat()
        }
        if isHeard { endSpeech() }
        if isHeld { tell(.held(false)) }
        let end = now + .seconds(silence)
        while now < end, !turns.isOver {
            if !isPlaying, given == sounded { skip(to: end) }
            beat()
        }
        return turns.isOver
    }

    /// Nothing happens before the next deadline.
    private mutating func skip(to end: Instant) {
        let next = due.map(\.at) + [turns.deadline ?? end, end]
        now = max(now, (next.min() ?? end) - .milliseconds(20))
    }

    /// What happened last.
    var ending: String {
        steps.suffix(40).map { step in
            "\(step.at.nanoseconds / 1_000_000) \(step.input)\n" + step.outputs.map { "    \($0)\n" }.joined()
        }.joined()
    }

    private mutating func chance(_ percent: Double) -> Bool {
        Double.random(in: 0..<100, using: &generator) < percent
    }

    private mutating func later(_ seconds: ClosedRange<Double>, _ event: Event) {
        let wait = Int64(Double.random(in: seconds, using: &generator) * 1_000)
        due.append((now + .milliseconds(wait), event))
    }

    // MARK: The caller and the hearing

    private mutating func fumble() {
        if chance(0.1) { tell(.pressed("5")) }
        if chance(0.05) {
            isHeld.toggle()
            tell(.held(isHeld))
        }
        guard isHeard else {
            if chance(1.5) {
                isHeard = true
                partial = ""
                tell(.speechStarted)
            }
            return
        }
        if chance(6) {
            partial = Self.sayings.randomElement(using: &generator) ?? ""
            tell(.partial(partial))
            if judgesTurns { tell(.turn(chance(70) ? .probablyOver : .resumed)) }
        }
        if chance(4) { endSpeech() }
    }

    private mutating func endSpeech() {
        isHeard = false
        guard !chance(25) else { return tell(.speechDismissed) }
        tell(.speechEnded())
        let ms = Int(now.nanoseconds / 1_000_000)
        if chance(4) { return }
        if chance(4) { return later(0...1.5, .input(.hearingFailed("no answer"))) }
        let other = Self.sayings.randomElement(using: &generator) ?? ""
        let text = chance(50) ? partial : chance(50) ? "" : other
        later(0...1.5, .input(.final(text, startMs: max(0, ms - 500), endMs: ms)))
        if judgesTurns, chance(80) { later(1.5...1.8, .input(.turn(.over))) }
    }

    // MARK: Time

    private mutating func beat() {
        now = now + .milliseconds(20)
        let come = due.filter { $0.at <= now }
        if !come.isEmpty {
            due.removeAll { $0.at <= now }
            for item in come.sorted(by: { $0.at < $1.at }) { happen(item.event) }
        }
        if let deadline = turns.deadline, deadline <= now { tell(.tick) }
        sounded = min(given, sounded + Self.frame)
        play()
    }

    private mutating func happen(_ event: Event) {
        switch event {
        case .input(let input): tell(input)
        case .made(let id):
            guard isMaking else { return }
            queue.complete(id)
            isMaking = false
            makeNext()
        case .stopped:
            given = sounded
            stoppedAt = sounded
            tell(.stopped(played: sounded))
        }
    }

    private mutating func tell(_ input: TurnTaking.Input) {
        let outputs = turns.receive(input, now: now)
        steps.append((now, input, outputs))
        for output in outputs { perform(output) }
    }

    private mutating func perform(_ output: TurnTaking.Output) {
        switch output {
        case .startReply(let id, _): answer(id)
        case .speak(let id, let text):
            toSpeak.append((id, text))
            if !isMaking { makeNext() }
            isPlaying = true
        case .holdPlayout: mayPlay = false
        case .letPlay: mayPlay = true
        case .stopPlayout:
            isPlaying = false
            untold = nil
            given = sounded
            later(0...0.3, .stopped)
        case .resumePlayout(let point):
            queue.resume(at: point, from: stoppedAt)
            isPlaying = true
        case .dropPlayout:
            isMaking = false
            toSpeak = []
            queue.drop()
        default: break
        }
    }

    private mutating func answer(_ id: Int) {
        if chance(1) { return }
        if chance(1) { return later(0...1, .input(.replyFailed(id, "no answer"))) }
        let text = ["Good day. How can I help?", "We are open from nine to five.", "Yes."].randomElement(
            using: &generator)
        later(0.05...1.5, .input(.action(reply: id, .say(text ?? ""))))
        later(1.5...1.7, .input(.replyFinished(id)))
    }

    // MARK: The voice

    private mutating func makeNext() {
        guard !toSpeak.isEmpty else { return }
        let (id, text) = toSpeak.removeFirst()
        isMaking = true
        queue.begin(id)
        _ = queue.add(Array(repeating: 1_000, count: text.count * Self.rate / 15), to: id)
        later(0...0.6, .made(id))
    }

    private mutating func play() {
        guard isPlaying else { return }
        while given - sounded < Self.ahead * Self.frame {
            if let (id, position) = untold {
                untold = nil
                tell(.sentenceEnded(id, at: position))
                guard isPlaying else { return }
            }
            guard mayPlay, let piece = queue.take(at: given) else { break }
            if let id = piece.begins {
                tell(.sentenceStarted(id, at: given))
                guard isPlaying else { return }
            }
            given += piece.samples.count
            untold = piece.ends.map { ($0, given) }
        }
        guard mayPlay, untold == nil, !isMaking, toSpeak.isEmpty, !queue.hasMore, given == sounded else { return }
        isPlaying = false
        tell(.drained)
    }
}
