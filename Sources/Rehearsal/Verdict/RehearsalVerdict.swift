package import Agent
internal import TelephonyPrimitives

/// The middle and the worst of some delays.
package struct LatencySpread: Sendable, Equatable {
    package var median: Duration
    package var worst: Duration

    /// `nil` when there are none. Of an even number the lower of the two in the middle is the median.
    package init?(_ delays: [Duration]) {
        let sorted = delays.sorted()
        guard let worst = sorted.last else { return nil }
        self.worst = worst
        median = sorted[(sorted.count - 1) / 2]
    }
}

/// How one call of a rehearsal came out.
package struct RehearsalVerdict: Sendable, Equatable {
    package var name: String
    /// Which of the repetitions, from 1 on.
    package var run: Int
    package var outcome: CallerOutcome
    package var checks: [RehearsalCheck]
    /// The call's identifier in the agent's record, where that was looked at.
    package var call: String?
    /// The recording, where one was kept.
    package var recording: String?

    /// - Parameters:
    ///   - call: the record, where it was looked at and found.
    package init(
        _ rehearsal: Rehearsal, run: Int, outcome: CallerOutcome, call: StoredCall?, recording: String? = nil
    ) {
        name = rehearsal.name
        self.run = run
        self.outcome = outcome
        self.call = call?.id
        self.recording = recording
        checks = []
        // Of a call that there was not nothing can be right or wrong.
        guard outcome.length != nil else { return }
        checks = rehearsal.expected.checks(of: outcome)
        if let record = rehearsal.record { checks += record.checks(of: call) }
    }

    package var hasPassed: Bool {
        outcome.failure == nil && outcome.steps.allSatisfy { $0.state == .passed }
            && checks.allSatisfy { $0.failure == nil }
    }

    /// What is wrong, a sentence each.
    package var faults: [String] {
        (outcome.failure.map { [$0] } ?? [])
            + outcome.steps.filter { $0.state == .failed }.map {
                "line \($0.step.line), \($0.step.title): \($0.detail)"
            }
            + checks.compactMap { check in check.failure.map { "\(check.name): \($0)" } }
    }
}
