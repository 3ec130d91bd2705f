internal import Telephony
internal import TelephonyPrimitives

/// What happens when nothing happens: prompts into silence, parts that never answer, and the longest call.
extension TurnTaking {
    /// How long speech may go on without a word from the hearing before it is taken for noise.
    private static let longestSpeech = Duration.seconds(60)

    /// When `.tick` is wanted.
    var deadline: Instant? {
        guard !isOver else { return nil }
        return [
            answeringDeadline, start + configuration.maximumDuration, silenceDeadline, replyDeadline, hearingDeadline,
            voiceDeadline, commitDeadline, fillerDeadline, waitingSoundDeadline, greetingDeadline, digitsDeadline,
            holdEnds,
        ].compactMap { $0 }.min()
    }

    private var silenceDeadline: Instant? {
        guard isIdle, !isTransferring, !isOnHold, !isSendingDigits, collector == nil, holdEnds == nil,
            answering?.isInCharge != true
        else { return nil }
        guard silenceCount > 0 else { return lastActivity + configuration.silencePrompt }
        // Who has been asked gets a moment for the answer.
        let grace = min(configuration.silencePrompt, .seconds(3))
        return max(lastCallerActivity + configuration.silenceHangUp, lastActivity + grace)
    }

    /// When the dialogue has been silent for too long. Tools have limits of their own.
    private var replyDeadline: Instant? {
        reply == nil || toolsRunning > 0 ? nil : replyActivity + configuration.patience
    }

    /// When what was said will not be made out any more, or is no speech.
    private var hearingDeadline: Instant? {
        if isCallerSpeaking { return lastActivity + Self.longestSpeech }
        return awaitsFinal ? awaitsFinalSince + configuration.transcriptPatience : nil
    }

    /// When the voice has been silent for too long, or must have stopped in the midst of a sentence.
    private var voiceDeadline: Instant? {
        guard isSpeaking, !isStopping, !isSpeculative else { return nil }
        if playout.waitsForSound { return voiceActivity + configuration.patience }
        return isOnHold ? nil : voiceActivity + configuration.patience + playout.longestSound
    }

    /// When we greet without having been greeted.
    private var greetingDeadline: Instant? { isCallerSpeaking || awaitsFinal ? nil : greetsAt }

    /// When the time is to be filled: somebody waits, and there is nothing to hear.
    var fillerDeadline: Instant? {
        guard let fillerDue, reply != nil, !isSpeculative, playout.isEmpty, heldSentences.isEmpty, !isSuspended,
            !isCallerSpeaking, !awaitsFinal, !isOnHold, !isLeaving, fillersSaid < configuration.fillers.count
        else { return nil }
        return fillerDue
    }

    mutating func tick(now: Instant, _ outputs: inout [Output]) {
        if now >= start + configuration.maximumDuration {
            record("too long", "The call has reached its maximum length.", now: now, &outputs)
            finish(.maximumDuration, &outputs)
            return
        }
        let patience = "Nothing came for \(configuration.patience.inSeconds) s."
        if let due = greetingDeadline, now >= due {
            think(.began, now: now, &outputs)
        } else if let due = commitDeadline, now >= due {
            openIfOver(now: now, &outputs)
        } else if let due = replyDeadline, now >= due {
            replyFailed(patience, now: now, &outputs)
        } else if let due = hearingDeadline, now >= due {
            nothingMadeOut(now: now, &outputs)
        } else if let due = voiceDeadline, now >= due {
            record("voice failed", patience, now: now, &outputs)
            finish(.failure, &outputs)
        } else if let due = fillerDeadline, now >= due {
            fill(now: now, &outputs)
        } else if let due = digitsDeadline, now >= due {
            digitsTimeIsUp(now: now, &outputs)
        } else if let due = holdEnds, now >= due {
            endHold(now: now, &outputs)
            think(.holdEnded, now: now, &outputs)
        } else if let due = silenceDeadline, now >= due {
            callerIsSilent(now: now, &outputs)
        }
    }

    /// No certain words will come: what is known of them counts.
    private mutating func nothingMadeOut(now: Instant, _ outputs: inout [Output]) {
        let wasSpeaking = isCallerSpeaking
        isCallerSpeaking = false
        awaitsFinal = false
        if wasSpeaking {
            record("hearing failed", "Speech without end, and not a word of it.", now: now, &outputs)
        } else if !lastPartial.isEmpty {
            outputs += receive(
                .final(lastPartial, startMs: milliseconds(speechStart), endMs: milliseconds(lastSound)), now: now)
            return
        } else {
            record("no words", "Nothing was made out of what was heard.", now: now, &outputs)
        }
        resume(now: now, &outputs)
    }

    private mutating func fill(now: Instant, _ outputs: inout [Output]) {
        fillerDue = nil
        guard configuration.fillers.indices.contains(fillersSaid) else { return }
        let filler = configuration.fillers[fillersSaid]
        fillersSaid += 1
        say(filler, isFiller: true, now: now, &outputs)
    }

    private mutating func callerIsSilent(now: Instant, _ outputs: inout [Output]) {
        guard silenceCount < 2 else {
            finish(.silence, &outputs)
            return
        }
        silenceCount += 1
        times = nil
        think(.silence(count: silenceCount), now: now, &outputs)
    }
}
