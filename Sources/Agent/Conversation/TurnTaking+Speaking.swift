internal import Telephony
internal import TelephonyPrimitives

/// The agent's own turn: saying it, being cut short, going on, and what follows once it is over.
extension TurnTaking {
    mutating func say(_ text: String, now: Instant, _ outputs: inout [Output]) {
        for sentence in SentenceSplitter.split(text) {
            if isStopping || isSuspended || isCallerSpeaking || awaitsFinal {
                heldSentences.append(sentence)
            } else {
                if !playout.waitsForSound { voiceActivity = now }
                nextSentence += 1
                playout.add(id: nextSentence, text: sentence)
                outputs.append(.speak(nextSentence, sentence))
            }
        }
    }

    mutating func drained(now: Instant, _ outputs: inout [Output]) {
        guard !playout.isEmpty, !isStopping, !isSuspended, playout.isComplete else { return }
        recordAgentTurn(playout.text, interrupted: false, now: now, &outputs)
        playout = Playout(sampleRate: sampleRate)
        lastActivity = now
        if !replyIsSilencePrompt { lastCallerActivity = now }
        if reply == nil { turnEnded(now: now, &outputs) }
    }

    mutating func stopped(played: Int, now: Instant, _ outputs: inout [Output]) {
        guard isStopping else { return }
        isStopping = false
        suspended = playout.split(at: played)
        playout = Playout(sampleRate: sampleRate)
        if suspended.unheard.isEmpty, heldSentences.isEmpty, reply == nil {
            // All had been said: there is nothing to interrupt.
            isSuspended = false
            closeInterruptedTurn(tells: false, now: now, &outputs)
            turnEnded(now: now, &outputs)
        } else if !isCallerSpeaking, !awaitsFinal, inputsAfterStop.isEmpty {
            resume(now: now, &outputs)
        }
        let inputs = inputsAfterStop
        inputsAfterStop = []
        for input in inputs { outputs += receive(input, now: now) }
    }

    /// Writes down what of the agent's turn was heard, and tells the dialogue.
    mutating func closeInterruptedTurn(tells: Bool, now: Instant, _ outputs: inout [Output]) {
        if !suspended.heard.isEmpty {
            recordAgentTurn(suspended.heard, interrupted: !suspended.unheard.isEmpty, now: now, &outputs)
        }
        turnStart = nil
        if tells, !suspended.unheard.isEmpty { outputs.append(.interrupted(heard: heardOfReply)) }
        suspended = ("", [])
    }

    /// It was nothing: the agent goes on with the sentence that was cut, and with what was held back.
    mutating func resume(now: Instant, _ outputs: inout [Output]) {
        lastActivity = now
        guard !isStopping, !isCallerSpeaking, !awaitsFinal else { return }
        let rest = suspended.unheard + heldSentences
        if isSuspended {
            isSuspended = false
            closeInterruptedTurn(tells: false, now: now, &outputs)
        }
        heldSentences = []
        for sentence in rest { say(sentence, now: now, &outputs) }
        if isIdle, !isTransferring { turnEnded(now: now, &outputs) }
    }

    /// Says sorry by the voice that has just failed; when it fails again, the call ends.
    mutating func voiceFailed(_ reason: String, played: Int, now: Instant, _ outputs: inout [Output]) {
        record("voice failed", reason, now: now, &outputs)
        guard !hasVoiceFailed, !isFailing else {
            finish(.failure, &outputs)
            return
        }
        hasVoiceFailed = true
        suspended = playout.split(at: played)
        playout = Playout(sampleRate: sampleRate)
        heldSentences = []
        closeInterruptedTurn(tells: false, now: now, &outputs)
        apologise(now: now, &outputs)
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
            beginTransfer(to: target, &outputs)
        case nil: break
        }
    }

    private mutating func recordAgentTurn(
        _ text: String, interrupted: Bool, now: Instant, _ outputs: inout [Output]
    ) {
        let begin = turnStart ?? now
        heardOfReply += (heardOfReply.isEmpty ? "" : " ") + text
        record(
            .turn(
                TurnRecord(
                    who: .agent, text: text, startMs: milliseconds(begin), endMs: milliseconds(now),
                    interrupted: interrupted)), &outputs)
        turnStart = nil
    }
}
