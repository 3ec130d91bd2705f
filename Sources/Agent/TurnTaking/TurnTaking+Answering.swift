internal import Telephony
internal import TelephonyPrimitives

/// A call of ours that no human may have answered: leaving a message, telling a telephone that screens calls, hanging up.
extension TurnTaking {
    /// When who answers, or what is done about it, wants a tick.
    var answeringDeadline: Instant? {
        guard let answering else { return nil }
        return [answering.detector.deadline, answering.stageDeadline].compactMap { $0 }.min()
    }

    /// Takes what is heard on a call of ours.
    ///
    /// - Returns: whether it is not for the dialogue.
    mutating func watchAnswer(_ input: Input, now: Instant, _ outputs: inout [Output]) -> Bool {
        guard let before = answering, !isTransferring, !isLeaving else { return false }
        var findings: [AnswerDetector.Finding] = []
        if let event = AnswerDetector.Event(input) {
            findings = answering?.detector.receive(event, now: now) ?? []
        }
        let takes = before.isInCharge || findings.contains(where: before.takesOver)
        if takes, case .final(let text, let startMs, let endMs) = input, !text.isEmpty {
            record(.turn(TurnRecord(who: .caller, text: text, startMs: startMs, endMs: endMs)), &outputs)
        }
        for finding in findings {
            found(finding, now: now, &outputs)
            if isOver { return true }
        }
        // What has brought a human to the line was said to the screener.
        guard answering?.isInCharge == true else { return takes }
        switch input {
        case .speechStarted: if answering?.stage == .leaving { answering?.talkedOverSince = now }
        case .speechDismissed, .speechEnded: answering?.talkedOverSince = nil
        case .final, .partial, .turn, .toneStarted, .toneEnded, .hearingFailed, .hearingEnded, .pressed: break
        case .announce(let text): record("not said", text, now: now, &outputs)
        case .stopped(let played):
            dropStopped(played: played, now: now, &outputs)
            if answering?.isDue == true { beginMessage("after the beep", now: now, &outputs) }
        case .tick:
            stageIsDue(now: now, &outputs)
            if !isOver { tick(now: now, &outputs) }
        default: return false
        }
        return true
    }

    private mutating func found(_ finding: AnswerDetector.Finding, now: Instant, _ outputs: inout [Output]) {
        switch finding {
        case .beep: beepHeard(now: now, &outputs)
        case .answered(let kind, let confidence, let reason):
            record("answered by", "\(kind.rawValue), \(confidence) %: \(reason)", now: now, &outputs)
            act(on: kind, now: now, &outputs)
        }
    }

    private mutating func act(on kind: AnsweredBy, now: Instant, _ outputs: inout [Output]) {
        guard let plan = answering?.plan else { return }
        switch kind {
        case .fax: finish(.normal, &outputs)
        case .machine:
            switch plan.onMachine {
            case .carryOn: leaveToDialogue(now: now, &outputs)
            case .leaveMessage where plan.voicemail?.isEmpty == false:
                takeOver(.awaitingBeep, now: now, &outputs)
                // A short greeting's beep comes before its words are made out.
                if answering?.detector.beepEnded != nil { beepHeard(now: now, &outputs) }
            case .hangUp, .leaveMessage: finish(.normal, &outputs)
            }
        case .screening: if plan.onScreening != nil { takeOver(.screening(isTold: false), now: now, &outputs) }
        case .human: leaveToDialogue(now: now, &outputs)
        case .menu, .silence, .unknown: break
        }
    }

    /// The dialogue begins, or goes on.
    private mutating func leaveToDialogue(now: Instant, _ outputs: inout [Output]) {
        guard answering?.isInCharge == true else { return }
        answering?.stage = .watching
        think(.began, now: now, &outputs)
    }

    /// The dialogue has nothing more to say or to hear.
    private mutating func takeOver(_ stage: Answering.Stage, now: Instant, _ outputs: inout [Output]) {
        answering?.stage = stage
        answering?.stageBegan = now
        answering?.isDue = false
        (isCallerSpeaking, awaitsFinal, lastPartial) = (false, false, "")
        (greetsAt, closing, times) = (nil, nil, nil)
        (inputsAfterStop, announcements) = ([], [])
        let stops = isSpeaking && !isStopping && !isSpeculative
        giveUpReply(now: now, &outputs)
        digitsToSend = ""
        guard stops else { return }
        (isStopping, isSuspended) = (true, true)
        outputs.append(.stopPlayout)
    }

    /// Forgets what was being said when it was stopped, and writes down what of it was heard.
    private mutating func dropStopped(played: Int, now: Instant, _ outputs: inout [Output]) {
        guard isStopping else { return }
        (isStopping, isSuspended, paused) = (false, false, nil)
        suspended = playout.split(at: played)
        playout = Playout(sampleRate: sampleRate)
        outputs.append(.dropPlayout)
        closeInterruptedTurn(tells: false, now: now, &outputs)
    }

    // MARK: Leaving a message

    private mutating func beepHeard(now: Instant, _ outputs: inout [Output]) {
        switch answering?.stage {
        case .awaitingBeep: beginMessage("after the beep", now: now, &outputs)
        case .leaving: beginAnew(isDue: true, now: now, &outputs)
        case .watching, .screening, nil: break
        }
    }

    /// The greeting was not over when the message was begun.
    private mutating func beginAnew(isDue: Bool, now: Instant, _ outputs: inout [Output]) {
        answering?.talkedOverSince = nil
        guard let restarts = answering?.restarts, restarts < 2 else { return }
        answering?.restarts = restarts + 1
        let began = answering?.stageBegan ?? now
        takeOver(.awaitingBeep, now: now, &outputs)
        // However often it is begun, the wait for its end is bounded.
        answering?.stageBegan = began
        if isDue { beginMessage("after the beep", now: now, &outputs) }
    }

    private mutating func beginMessage(_ moment: String, now: Instant, _ outputs: inout [Output]) {
        guard let text = answering?.plan.voicemail else { return }
        guard !isStopping else {
            answering?.isDue = true
            return
        }
        answering?.isDue = false
        answering?.stage = .leaving
        record("voicemail", "left \(moment)", now: now, &outputs)
        say(text, isFiller: true, now: now, &outputs)
        outputs.append(.announced(text))
        closing = .hangUp(.normal)
    }

    private mutating func stageIsDue(now: Instant, _ outputs: inout [Output]) {
        guard let due = answering?.stageDeadline, now >= due, let stage = answering?.stage else { return }
        switch stage {
        case .watching: break
        case .awaitingBeep where now >= (answering?.stageBegan ?? now) + Answering.longestWait:
            record("voicemail", "not left: its greeting did not end", now: now, &outputs)
            finish(.silence, &outputs)
        case .awaitingBeep: beginMessage("after the greeting, without a beep", now: now, &outputs)
        case .leaving: beginAnew(isDue: false, now: now, &outputs)
        case .screening(isTold: false):
            guard let text = answering?.plan.onScreening, !isStopping else {
                answering?.stageBegan = now
                return
            }
            answering?.stage = .screening(isTold: true)
            answering?.stageBegan = now
            say(text, isFiller: true, now: now, &outputs)
            outputs.append(.announced(text))
        case .screening(isTold: true):
            record("screening", "nobody came to the line", now: now, &outputs)
            finish(.silence, &outputs)
        }
    }
}

extension AnswerDetector.Event {
    /// `nil` for what tells nothing of who has answered.
    fileprivate init?(_ input: TurnTaking.Input) {
        switch input {
        case .speechStarted: self = .speechStarted
        case .speechDismissed: self = .speechDismissed
        case .speechEnded(let lastSound): self = .speechEnded(lastSound: lastSound ?? Instant(nanoseconds: .max))
        case .partial(let text): self = .partial(text)
        case .final(let text, _, _): self = .final(text)
        case .toneStarted(let hertz): self = .toneStarted(hertz: hertz)
        case .toneEnded(let hertz, let duration): self = .toneEnded(hertz: hertz, duration: duration)
        case .drained: self = .weSpoke
        case .tick: self = .tick
        default: return nil
        }
    }
}
