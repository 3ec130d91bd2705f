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
            start + configuration.maximumDuration, silenceDeadline, replyDeadline, hearingDeadline, voiceDeadline,
        ].compactMap { $0 }.min()
    }

    private var silenceDeadline: Instant? {
        guard isIdle, !isTransferring, !isOnHold, !isSendingDigits else { return nil }
        guard silenceCount > 0 else { return lastActivity + configuration.silencePrompt }
        // Who has been asked gets a moment for the answer.
        let grace = min(configuration.silencePrompt, .seconds(3))
        return max(lastCallerActivity + configuration.silenceHangUp, lastActivity + grace)
    }

    /// When the dialogue has been silent for too long.
    private var replyDeadline: Instant? { reply == nil ? nil : replyActivity + configuration.patience }

    /// When what was said will not be made out any more, or is no speech.
    private var hearingDeadline: Instant? {
        if isCallerSpeaking { return lastActivity + Self.longestSpeech }
        return awaitsFinal ? lastActivity + configuration.patience : nil
    }

    /// When the voice has been silent for too long, or must have stopped in the midst of a sentence.
    private var voiceDeadline: Instant? {
        guard isSpeaking, !isStopping else { return nil }
        if playout.waitsForSound { return voiceActivity + configuration.patience }
        return isOnHold ? nil : voiceActivity + configuration.patience + playout.longestSound
    }

    mutating func tick(now: Instant, _ outputs: inout [Output]) {
        if now >= start + configuration.maximumDuration {
            record("too long", "The call has reached its maximum length.", now: now, &outputs)
            finish(.maximumDuration, &outputs)
            return
        }
        let patience = "Nothing came for \(configuration.patience.inSeconds) s."
        if let due = replyDeadline, now >= due {
            replyFailed(patience, now: now, &outputs)
        } else if let due = hearingDeadline, now >= due {
            isCallerSpeaking = false
            awaitsFinal = false
            record("hearing failed", patience, now: now, &outputs)
            resume(now: now, &outputs)
        } else if let due = voiceDeadline, now >= due {
            record("voice failed", patience, now: now, &outputs)
            finish(.failure, &outputs)
        } else if let due = silenceDeadline, now >= due {
            callerIsSilent(now: now, &outputs)
        }
    }

    private mutating func callerIsSilent(now: Instant, _ outputs: inout [Output]) {
        guard silenceCount < 2 else {
            finish(.silence, &outputs)
            return
        }
        silenceCount += 1
        think(.silence(count: silenceCount), now: now, &outputs)
    }
}
