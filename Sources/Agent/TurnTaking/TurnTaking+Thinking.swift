internal import Telephony
internal import TelephonyPrimitives

/// What is thought about, for whom it stands, and what comes of it.
extension TurnTaking {
    /// Asks for a reply.
    ///
    /// - Parameter basis: what it stands on.
    mutating func think(
        _ input: DialogueInput, on basis: Basis = .committed, now: Instant, _ outputs: inout [Output]
    ) {
        guard !isLeaving else { return }
        greetsAt = nil
        nextReply += 1
        reply = nextReply
        lastReply = nextReply
        replyActivity = now
        heardOfReply = ""
        toolsRunning = 0
        fillersSaid = 0
        fillerDue = nil
        waitingSoundDue = nil
        // What was promised to be done stays promised when the caller says something; a goodbye does not.
        if case .hangUp = closing { closing = nil }
        holdToBegin = nil
        plansBefore = (closing, digitsToSend)
        heldNotes = []
        if case .silence = input { replyIsSilencePrompt = true } else { replyIsSilencePrompt = false }
        if case .said(let text) = input { question = text } else { question = nil }
        self.basis = .committed
        if basis != .committed {
            outputs.append(.holdPlayout)
            self.basis = basis
        }
        outputs.append(.startReply(nextReply, input))
        if basis == .committed { outputs.append(.commit(nextReply)) }
    }

    /// The caller's turn is over: what was made meanwhile is let out.
    mutating func commit(now: Instant, _ outputs: inout [Output]) {
        guard isSpeculative else { return }
        basis = .committed
        times?.committed = now
        outputs += heldNotes.map { .record($0) }
        heldNotes = []
        outputs += [.commit(lastReply), .letPlay]
        if let budget = configuration.answerBudget { fillerDue = max(lastSound + budget, now + .milliseconds(300)) }
        voiceActivity = now
        replyActivity = now
        if reply == nil, isIdle { turnEnded(now: now, &outputs) }
    }

    mutating func act(_ action: DialogueAction, now: Instant, _ outputs: inout [Output]) {
        replyActivity = now
        switch action {
        case .say(let text): say(text, now: now, &outputs)
        case .hangUp: closing = .hangUp(replyIsSilencePrompt ? .silence : .normal)
        case .transfer(let target): closing = .transfer(target)
        case .consult(let order): closing = .consult(order)
        case .hold(let duration): holdToBegin = duration
        case .sendDTMF(let digits): digitsToSend += digits
        case .cancelPlans: cancelPlans(&outputs)
        case .collectDigits(let collection): collect(collection)
        case .handedOver(let from, let to):
            record("handed over", "\(from) to \(to)", now: now, &outputs)
            outputs.append(.changeVoice(to))
        case .note(let key, let value):
            let note = CallEntry.note(key: key, value: value, at: milliseconds(now))
            if isSpeculative { heldNotes.append(note) } else { record(note, &outputs) }
        case .toolStarted(let call):
            toolsRunning += 1
            if let wait = configuration.toolFillerAfter {
                fillerDue = now + wait
                if toolsRunning == 1, !isWaitingSoundOn { waitingSoundDue = now + wait }
            }
            record("tool", call.name, now: now, &outputs)
        case .toolEnded(let outcome):
            toolsRunning = max(0, toolsRunning - 1)
            record(outcome.failed ? "tool failed" : "tool done", outcome.call.name, now: now, &outputs)
        case .usage(let usage): record(.usage(UsageRecord(usage, kind: .thinking), at: milliseconds(now)), &outputs)
        }
    }

    mutating func replyFinished(now: Instant, _ outputs: inout [Output]) {
        reply = nil
        fillerDue = nil
        toolsRunning = 0
        if isIdle { turnEnded(now: now, &outputs) }
    }

    mutating func replyFailed(_ reason: String, now: Instant, _ outputs: inout [Output]) {
        record("dialogue failed", reason, now: now, &outputs)
        apologise(now: now, &outputs)
    }

    mutating func apologise(now: Instant, _ outputs: inout [Output]) {
        leave(
            saying: configuration.apology, .failure, transfer: configuration.failureTransfer, now: now, &outputs)
    }

    /// Nothing is thought about any more: the last words are said, and the call ends or goes elsewhere.
    mutating func leave(
        saying text: String, _ reason: HangUpReason, transfer: String?, now: Instant, _ outputs: inout [Output]
    ) {
        // Who is being put through needs neither our ears nor our words.
        guard !isTransferring else { return }
        guard !isLeaving else { return }
        leaving = reason
        greetsAt = nil
        if reply != nil { outputs.append(.cancelReply) }
        reply = nil
        toolsRunning = 0
        if isSpeculative {
            // Nothing of it was heard: the apology is said in its place.
            if !playout.isEmpty {
                outputs.append(.dropPlayout)
                playout = Playout(sampleRate: sampleRate)
            }
            basis = .committed
            outputs.append(.letPlay)
        }
        closing = transfer.map { .transfer($0) } ?? .hangUp(reason)
        heldSentences = []
        if isSuspended, !isStopping {
            isSuspended = false
            dropPaused(&outputs)
            closeInterruptedTurn(tells: false, now: now, &outputs)
        }
        say(text, now: now, &outputs)
    }
}
