import TelephonyPrimitives

@testable import Rehearsal

/// Plays an agent to a caller, in virtual time.
struct CallerPlay {
    private(set) var caller: RehearsedCaller
    private(set) var now = Instant.zero
    /// What the caller did, with milliseconds.
    private(set) var deeds: [String] = []
    /// So long the caller's next words last.
    var speechLength = 1_000

    private var speaksUntil: Int?
    private var pressesUntil: Int?

    init(_ steps: [RehearsalStep.Act], answered: Bool = true) {
        var rehearsal = Rehearsal(name: "test")
        rehearsal.steps = steps.enumerated().map { RehearsalStep($1, line: $0 + 1) }
        caller = RehearsedCaller(rehearsal)
        if answered { tell(.answered) }
    }

    var milliseconds: Int { Int(now.nanoseconds / 1_000_000) }
    var outcome: CallerOutcome { caller.outcome }
    var states: [RehearsalStepResult.State] { outcome.steps.map(\.state) }
    var hasHungUp: Bool { deeds.contains { $0.hasSuffix("hang up") } }

    mutating func tell(_ event: RehearsedCaller.Event) {
        for action in caller.receive(event, at: now) {
            switch action {
            case .say(let text):
                deeds.append("\(milliseconds) say \(text)")
                speaksUntil = milliseconds + speechLength
            case .press(let keys):
                deeds.append("\(milliseconds) press \(keys)")
                pressesUntil = milliseconds + 200
            case .hangUp: deeds.append("\(milliseconds) hang up")
            case .report: break
            }
        }
    }

    /// The agent makes this sound for so long.
    mutating func agent(_ isLoud: Bool, _ duration: Int) {
        for _ in 0..<(duration / 20) {
            now = now + .milliseconds(20)
            if let end = pressesUntil, milliseconds >= end {
                pressesUntil = nil
                tell(.pressed)
            }
            tell(.frame(isLoud: isLoud))
            if let end = speaksUntil, milliseconds >= end {
                speaksUntil = nil
                tell(.spoken)
            }
        }
    }

    /// The agent says this for so long, is understood 400 ms later, and is quiet for 1.6 s in all.
    mutating func agent(says text: String, for duration: Int = 1_000) {
        let start = now
        agent(true, duration)
        let end = now
        agent(false, 400)
        tell(.understood(text, from: start, to: end))
        agent(false, 1_200)
    }
}
