internal import TelephonyPrimitives

/// Measures, at the caller's ear, how long the agent takes to answer: from the caller's last sound to the agent's first.
struct AnswerClock: Sendable, Equatable {
    /// Two words are no longer apart than this; an agent that pauses so long has stopped.
    static let gap = Duration.milliseconds(240)

    private var asked: Instant?
    /// An agent that still speaks when the caller has finished does not answer yet.
    private var isArmed = false

    /// The caller has finished.
    mutating func ask(at moment: Instant, agentLastHeard: Instant?) {
        asked = moment
        isArmed = agentLastHeard.map { moment - $0 >= Self.gap } ?? true
    }

    /// The caller has begun something else.
    mutating func forget() {
        asked = nil
    }

    /// 20 ms of the agent.
    ///
    /// - Parameter lastHeard: before this.
    /// - Returns: the delay, when this is the beginning of an answer.
    mutating func hear(isLoud: Bool, at now: Instant, lastHeard: Instant?) -> Duration? {
        guard let asked, now > asked else { return nil }
        guard isArmed else {
            if !isLoud, lastHeard.map({ now - $0 >= Self.gap }) ?? true { isArmed = true }
            return nil
        }
        guard isLoud else { return nil }
        self.asked = nil
        return now - asked
    }
}

/// Measures how long an agent goes on that was interrupted: from the caller's first sound to the agent's last.
struct StopClock: Sendable, Equatable {
    /// Longer is not waited for.
    static let patience = Duration.seconds(5)

    private let began: Instant
    private var lastHeard: Instant

    init(at now: Instant) {
        began = now
        lastHeard = now
    }

    /// - Returns: how long the agent went on, once that is known.
    mutating func hear(isLoud: Bool, at now: Instant) -> Duration? {
        if isLoud { lastHeard = now }
        if max(now, began) - lastHeard >= AnswerClock.gap { return max(.zero, lastHeard - began) }
        return now - began >= Self.patience ? now - began : nil
    }
}
