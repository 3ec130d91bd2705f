import TelephonyPrimitives

/// A scripted callee at work.
struct ScriptRun: Sendable {
    private var steps: ArraySlice<ScriptedCallee.TimedStep>
    private(set) var next: Instant?

    init(_ callee: ScriptedCallee, now: Instant) {
        steps = callee.steps[...]
        next = steps.first.map { now + $0.delay }
    }

    /// The step that is due.
    mutating func take(now: Instant) -> ScriptedCallee.Step? {
        guard let next, next <= now, let step = steps.popFirst() else { return nil }
        self.next = steps.first.map { next + $0.delay }
        return step.step
    }
}
