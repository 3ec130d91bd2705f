/// What came of a call as its caller has it.
package struct CallerOutcome: Sendable, Equatable {
    package var steps: [RehearsalStepResult] = []
    /// From the answer to the agent's first sound.
    package var greeting: Duration?
    /// From the caller's last sound to the agent's first, each time.
    package var answers: [Duration] = []
    /// From the first sound of an interruption to the agent's last.
    package var stops: [Duration] = []
    /// Whom the agent wanted to be called in its place.
    package var transfers: [String] = []
    package var endedBy: CallExpectation.Ender?
    /// From the answer to the end; `nil`: it was never answered.
    package var length: Duration?
    /// Why there was no call, or no longer.
    package var failure: String?

    package init() {}
}

/// How one step came out.
package struct RehearsalStepResult: Sendable, Equatable {
    package enum State: String, Sendable, Codable {
        case passed, failed
        case notReached = "not reached"
    }

    /// From 1 on.
    package var number: Int
    package var step: RehearsalStep
    package var state: State
    /// For people.
    package var detail: String
    /// After the answer.
    package var at: Duration
    package var answer: Duration?
    package var stop: Duration?
}

extension RehearsalStep {
    /// What it is, for people: in few words, and without keys, which may be secret.
    package var title: String {
        switch act {
        case .hear(let expected): expected.title
        case .say(let text): "say: \(text)"
        case .interrupt(let after, .say(let text), _): "interrupt after \(after.forPeople): \(text)"
        case .interrupt(let after, .press(let keys), _): "interrupt after \(after.forPeople): \(Self.hidden(keys))"
        case .press(let keys): "press \(Self.hidden(keys))"
        case .silence(let duration): "be silent for \(duration.forPeople)"
        case .hangUp: "hang up"
        case .waitForEnd: "wait for the end"
        }
    }

    private static func hidden(_ keys: String) -> String {
        let count = keys.count { $0 != "," }
        return count == 1 ? "1 key" : "\(count) keys"
    }
}

extension WordExpectation {
    fileprivate var title: String {
        var parts: [String] = []
        if !any.isEmpty { parts.append(any.joined(separator: " | ")) }
        if !all.isEmpty { parts.append(all.joined(separator: " & ")) }
        if let pattern { parts.append("/\(pattern)/") }
        return parts.isEmpty ? "hear the agent" : "hear: \(parts.joined(separator: ", "))"
    }
}
