package import TelephonyPrimitives

/// One synthetic caller: is told what comes over the line and when, and says what to do. Without a clock and without
/// sound: that is at the rim.
package struct RehearsedCaller: Sendable {
    package enum Event: Sendable, Equatable {
        /// The call is up.
        case answered
        /// 20 ms of the agent, loud enough for speech or not.
        case frame(isLoud: Bool)
        /// What the agent says, from when to when.
        case understood(String, from: Instant, to: Instant)
        /// What it says as far as it has got; this may change.
        case guessed(String, from: Instant)
        /// The last of what was to be said has been handed over.
        case spoken
        /// The keys have been pressed.
        case pressed
        /// The agent has asked the caller's telephone to call somebody else.
        case referred(to: String)
        /// The call is over; `byAgent` when the caller has not hung up.
        case ended(byAgent: Bool)
        /// There was no call, or no longer, for a reason that is nobody's wish.
        case failed(String)
    }

    package enum Action: Sendable, Equatable {
        case say(String)
        case press(String)
        case hangUp
        /// A step is over.
        case report(RehearsalStepResult)
    }

    /// How long an agent is waited for that is to be interrupted.
    static let patience = Duration.seconds(15)
    /// So long is quiet once a turn is over.
    static let quiet = Duration.milliseconds(1_000)
    /// An agent that talks without end is not waited for.
    static let longestTurn = Duration.seconds(60)
    /// So long after the last sound a reading that may change is still waited for.
    static let slowestReading = Duration.seconds(4)
    static let frameLength = Duration.milliseconds(20)
    /// Less than this is a click.
    static let shortestTurn = Duration.milliseconds(100)
    /// What the caller says goes out so much later: frames of it are queued, so that a late reader leaves no gap.
    package static let lead = Duration.milliseconds(40)

    package private(set) var outcome = CallerOutcome()

    let steps: [RehearsalStep]
    var index = 0
    private var answeredAt: Instant?
    private var isHangingUp = false
    private var isOver = false

    // Of the step under way.
    var began = Instant.zero
    /// Whether the caller speaks or presses.
    var isActing = false
    /// Whether the caller has finished doing so.
    var hasActed = false
    /// When the words that are waited for were there.
    var foundAt: Instant?
    var heardInStep = Duration.zero

    // Of the agent.
    var lastHeard: Instant?
    /// How much has been heard since the caller last did something, or heard the agent out.
    var heardInTurn = Duration.zero
    var speech = HeardSpeech()
    /// When the caller last began to do something: what the agent says from then on counts.
    var mark = Instant.zero
    /// The delay of the agent's answer to that.
    var answer: Duration?
    /// Whether a step has told it.
    var hasToldAnswer = false
    private var answers = AnswerClock()
    /// Whether the caller has not done anything yet.
    private var isGreeted = true
    private var stops: StopClock?
    var stop: Duration?

    package init(_ rehearsal: Rehearsal) {
        steps = rehearsal.steps
    }

    package mutating func receive(_ event: Event, at now: Instant) -> [Action] {
        guard !isOver else { return [] }
        switch event {
        case .answered:
            answeredAt = now
            mark = now
            began = now
            answers.ask(at: now, agentLastHeard: nil)
        case .frame(let isLoud): hear(isLoud, at: now)
        case .understood(let text, let start, let end): speech.add(text, from: start, to: end, isFinal: true)
        case .guessed(let text, let start): speech.add(text, from: start, to: now, isFinal: false)
        case .spoken: acted(at: now + Self.lead)
        case .pressed: acted(at: now)
        case .referred(let target): if outcome.transfers.count < 10 { outcome.transfers.append(target) }
        case .ended(let byAgent): return end(byAgent ? .agent : .caller, at: now)
        case .failed(let reason):
            outcome.failure = reason
            return end(nil, at: now)
        }
        guard answeredAt != nil, !isHangingUp else { return [] }
        return proceed(at: now)
    }

    // MARK: The agent's sound

    private mutating func hear(_ isLoud: Bool, at now: Instant) {
        if let delay = answers.hear(isLoud: isLoud, at: now, lastHeard: lastHeard) { answered(after: delay) }
        if isLoud {
            lastHeard = now
            heardInStep += Self.frameLength
            heardInTurn += Self.frameLength
        }
        if let duration = stops?.hear(isLoud: isLoud, at: now) {
            stops = nil
            stop = duration
            // What is heard from here on is an answer.
            heardInTurn = .zero
            outcome.stops.append(duration)
        }
    }

    private mutating func answered(after delay: Duration) {
        answer = delay
        if isGreeted {
            outcome.greeting = delay
        } else {
            outcome.answers.append(delay)
        }
    }

    // MARK: The caller's doings

    mutating func beginActing(at now: Instant, measuresStop: Bool) {
        isActing = true
        isGreeted = false
        mark = now
        heardInTurn = .zero
        answer = nil
        hasToldAnswer = false
        answers.forget()
        if measuresStop { stops = StopClock(at: now + Self.lead) }
    }

    private mutating func acted(at moment: Instant) {
        guard isActing, !hasActed else { return }
        hasActed = true
        // An agent goes over from its sentence to what a key asks for without a pause that could be told from others.
        if case .interrupt(_, .press, _) = steps[index].act { return }
        answers.ask(at: moment, agentLastHeard: lastHeard)
    }

    // MARK: Step after step

    private mutating func proceed(at now: Instant) -> [Action] {
        var actions: [Action] = []
        while index < steps.count {
            guard let verdict = step(steps[index].act, at: now, &actions) else { return actions }
            close(verdict, at: now, &actions)
            if verdict.isFatal {
                giveUp(at: now, &actions)
                break
            }
        }
        isHangingUp = true
        actions.append(.hangUp)
        return actions
    }

    private mutating func close(_ verdict: StepVerdict, at now: Instant, _ actions: inout [Action]) {
        let result = RehearsalStepResult(
            number: index + 1, step: steps[index], state: verdict.failure == nil ? .passed : .failed,
            detail: verdict.failure ?? verdict.detail, at: answeredAt.map { now - $0 } ?? .zero,
            answer: verdict.answer, stop: verdict.stop)
        outcome.steps.append(result)
        actions.append(.report(result))
        index += 1
        began = now
        isActing = false
        hasActed = false
        foundAt = nil
        heardInStep = .zero
        stop = nil
    }

    private mutating func giveUp(at now: Instant, _ actions: inout [Action]) {
        while index < steps.count {
            let result = RehearsalStepResult(
                number: index + 1, step: steps[index], state: .notReached, detail: "",
                at: answeredAt.map { now - $0 } ?? .zero)
            outcome.steps.append(result)
            actions.append(.report(result))
            index += 1
        }
    }

    // MARK: The end

    private mutating func end(_ ender: CallExpectation.Ender?, at now: Instant) -> [Action] {
        isOver = true
        outcome.endedBy = ender
        if let answeredAt { outcome.length = now - answeredAt }
        var actions: [Action] = []
        while index < steps.count, ender == .agent {
            let verdict = stepAtEnd(steps[index].act)
            close(verdict, at: now, &actions)
            if verdict.isFatal { break }
        }
        giveUp(at: now, &actions)
        return actions
    }
}
