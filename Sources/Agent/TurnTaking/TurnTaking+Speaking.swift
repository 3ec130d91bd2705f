internal import Telephony
internal import TelephonyPrimitives

/// The agent's own turn: saying it, being cut short, going on, and what follows once it is over.
extension TurnTaking {
    mutating func say(_ text: String, isFiller: Bool = false, now: Instant, _ outputs: inout [Output]) {
        endHold(now: now, &outputs)
        for sentence in SentenceSplitter.split(text) {
            if !isFiller, times != nil { times?.reached(\.firstWords, at: now) }
            if isStopping || isSuspended || (!isSpeculative && (isCallerSpeaking || awaitsFinal)) {
                heldSentences.append(sentence)
            } else {
                if !playout.waitsForSound { voiceActivity = now }
                nextSentence += 1
                playout.add(id: nextSentence, text: sentence, isFiller: isFiller)
                outputs.append(.speak(nextSentence, sentence))
            }
        }
    }

    mutating func sentenceStarted(
        _ id: Int, at position: Int, soundsAt start: Instant, now: Instant, _ outputs: inout [Output]
    ) {
        playout.started(id, at: position)
        voiceActivity = now
        fillerDue = nil
        if toolsRunning == 0, playout.hasBegun { waitingSoundDue = nil }
        guard turnStart == nil else { return }
        turnStart = start
        guard let times else { return }
        self.times = nil
        let ledger = times.ledger(started: start)
        record(.ledger(ledger, at: milliseconds(start)), &outputs)
        judgePunctuality(ledger, &outputs)
    }

    /// After two late answers in a row shorter ones are asked for; after three in time no longer.
    private mutating func judgePunctuality(_ ledger: TurnLedger, _ outputs: inout [Output]) {
        guard let budget = configuration.answerBudget else { return }
        let isLate = Int64(ledger.totalMs) * 1_000_000 > budget.inNanoseconds
        punctuality = isLate ? min(0, punctuality) - 1 : max(0, punctuality) + 1
        if punctuality <= -2, !isBrief {
            isBrief = true
            outputs.append(.answerBriefly(true))
        } else if punctuality >= 3, isBrief {
            isBrief = false
            outputs.append(.answerBriefly(false))
        }
    }

    mutating func drained(now: Instant, _ outputs: inout [Output]) {
        guard !playout.isEmpty, !isStopping, !isSuspended, playout.isComplete, !isSpeculative else { return }
        recordAgentTurn(playout.text, ofReply: playout.replyText, interrupted: false, now: now, &outputs)
        if ignoresSounds, isCallerSpeaking || awaitsFinal { saidThrough = playout.text }
        fruitlessStops = (0, 0)
        playout = Playout(sampleRate: sampleRate)
        question = nil
        lastActivity = now
        if !replyIsSilencePrompt { lastCallerActivity = now }
        if toolsRunning > 0 { fillerDue = now + .seconds(6) }
        if reply == nil { turnEnded(now: now, &outputs) }
    }

    mutating func stopped(played: Int, now: Instant, _ outputs: inout [Output]) {
        guard isStopping else { return }
        isStopping = false
        suspended = playout.split(at: played)
        paused = (playout, played, playout.resumePoint(after: played))
        playout = Playout(sampleRate: sampleRate)
        if suspended.unheard.isEmpty, heldSentences.isEmpty, reply == nil {
            // All had been said: there is nothing to interrupt.
            isSuspended = false
            dropPaused(&outputs)
            closeInterruptedTurn(tells: false, now: now, &outputs)
            turnEnded(now: now, &outputs)
        } else if !isCallerSpeaking, !awaitsFinal, inputsAfterStop.isEmpty {
            resume(now: now, &outputs)
        }
        let inputs = inputsAfterStop
        inputsAfterStop = []
        for input in inputs { outputs += receive(input, now: now) }
    }

    mutating func dropPaused(_ outputs: inout [Output]) {
        fruitlessStops = (0, 0)
        guard paused != nil else { return }
        paused = nil
        outputs.append(.dropPlayout)
    }

    /// Writes down what of the agent's turn was heard, and tells the dialogue.
    mutating func closeInterruptedTurn(tells: Bool, now: Instant, _ outputs: inout [Output]) {
        if !suspended.heard.isEmpty {
            recordAgentTurn(
                suspended.heard, ofReply: suspended.heardOfReply, interrupted: !suspended.unheard.isEmpty, now: now,
                &outputs)
        }
        turnStart = nil
        if tells, !suspended.unheard.isEmpty { outputs.append(.interrupted(heard: heardOfReply)) }
        suspended = Playout.Split()
    }

    /// It was nothing: the agent goes on at the word that was cut, and with what was held back.
    mutating func resume(now: Instant, _ outputs: inout [Output]) {
        lastActivity = now
        guard !isStopping, !isCallerSpeaking, !awaitsFinal else { return }
        giveUpThought(now: now, &outputs)
        times = isSpeculative ? times : nil
        if isSuspended {
            isSuspended = false
            if let paused, !suspended.unheard.isEmpty {
                let heard = suspended.heard.count
                let isFurther = fruitlessStops.count == 0 || heard > fruitlessStops.heard + 20
                fruitlessStops = (isFurther ? 1 : fruitlessStops.count + 1, heard)
                playout = paused.playout.moved(from: paused.point, to: paused.played)
                voiceActivity = now
                outputs.append(.resumePlayout(at: paused.point))
                self.paused = nil
                suspended = Playout.Split()
            } else {
                dropPaused(&outputs)
                closeInterruptedTurn(tells: false, now: now, &outputs)
            }
        }
        let rest = heldSentences
        heldSentences = []
        for sentence in rest { say(sentence, now: now, &outputs) }
        openIfOver(now: now, &outputs)
        if isIdle, !isTransferring { turnEnded(now: now, &outputs) }
    }

    /// Says sorry by the voice that has just failed; when it fails again, the call ends.
    mutating func voiceFailed(_ reason: String, played: Int, now: Instant, _ outputs: inout [Output]) {
        record("voice failed", reason, now: now, &outputs)
        guard !hasVoiceFailed, !isLeaving else {
            finish(.failure, &outputs)
            return
        }
        hasVoiceFailed = true
        suspended = playout.split(at: played)
        playout = Playout(sampleRate: sampleRate)
        heldSentences = []
        outputs.append(.dropPlayout)
        closeInterruptedTurn(tells: false, now: now, &outputs)
        apologise(now: now, &outputs)
    }

    /// How many words of the goodbye under way have not sounded, of how many; `nil` when the agent says none after which
    /// it hangs up, or all of it has sounded. To be asked before ``callEnded(played:now:)``.
    func unheardGoodbye(played: Int) -> (words: Int, all: Int)? {
        guard case .hangUp = closing, !playout.isEmpty else { return nil }
        let split = playout.split(at: played)
        guard !split.unheard.isEmpty else { return nil }
        let all = playout.text.split(separator: " ").count
        return (max(0, all - split.heard.split(separator: " ").count), all)
    }

    /// What of the agent's turn had sounded when the conversation ended, for the record.
    mutating func callEnded(played: Int, now: Instant) -> [Output] {
        var outputs: [Output] = []
        if !playout.isEmpty { suspended = playout.split(at: played) }
        playout = Playout(sampleRate: sampleRate)
        closeInterruptedTurn(tells: false, now: now, &outputs)
        end()
        return outputs
    }

    /// The agent has said what it had to say: what it promised is done.
    mutating func turnEnded(now: Instant, _ outputs: inout [Output]) {
        lastActivity = max(lastActivity, now)
        if !digitsToSend.isEmpty {
            outputs.append(.sendDTMF(digitsToSend))
            isSendingDigits = true
            digitsToSend = ""
        }
        // A call that ends cuts off the keys that are still to be sent.
        guard !isSendingDigits else { return }
        switch closing {
        case .hangUp(let reason): finish(reason, &outputs)
        case .transfer(let target):
            closing = nil
            beginTransfer(to: target, now: now, &outputs)
        case .consult(let order):
            closing = nil
            beginConsultation(order, now: now, &outputs)
        case nil: beginHold(now: now, &outputs)
        }
    }

    private mutating func recordAgentTurn(
        _ text: String, ofReply: String, interrupted: Bool, now: Instant, _ outputs: inout [Output]
    ) {
        let begin = min(turnStart ?? now, now)
        if !ofReply.isEmpty { heardOfReply += (heardOfReply.isEmpty ? "" : " ") + ofReply }
        record(
            .turn(
                TurnRecord(
                    who: .agent, text: text, startMs: milliseconds(begin), endMs: milliseconds(now),
                    interrupted: interrupted)), &outputs)
        turnStart = nil
    }
}
