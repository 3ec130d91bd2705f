internal import Telephony
internal import TelephonyPrimitives

/// What happens when nothing happens, and the words of a model without turns.
extension DuplexTurns {
    /// A pause in the words of a model without turns: a turn in the record.
    private static let wordPause = Duration.milliseconds(800)

    /// When `.tick` is wanted.
    var deadline: Instant? {
        guard !isOver else { return nil }
        let longest = start + configuration.maximumDuration
        if isFailing { return longest }
        return [longest, silenceDeadline, promptDeadline, pauseDeadline, waitingSoundDeadline, greetsAt].compactMap {
            $0
        }.min()
    }

    private var silenceDeadline: Instant? {
        guard isQuiet, promptedAt == nil, !isCallerSpeaking, !isTransferring, !isOnHold, !isSendingDigits,
            !isFullDuplex, !isReopening
        else { return nil }
        guard silenceCount > 0 else { return lastActivity + configuration.silencePrompt }
        // Who has been asked gets a moment for the answer.
        let grace = min(configuration.silencePrompt, .seconds(3))
        return max(lastCallerActivity + configuration.silenceHangUp, lastActivity + grace)
    }

    /// When the model will not answer any more.
    private var promptDeadline: Instant? {
        isFullDuplex ? nil : promptedAt.map { $0 + configuration.patience }
    }

    private var pauseDeadline: Instant? {
        words.text.isEmpty ? nil : words.end.map { $0 + Self.wordPause }
    }

    /// Whoever answers a call of ours is waited for to say hello: the model answers that of itself.
    mutating func begin(now: Instant, _ outputs: inout [Output]) {
        if let wait = configuration.waitsForHello {
            greetsAt = now + wait
        } else {
            prompt(.began, now: now, &outputs)
        }
    }

    mutating func tick(now: Instant, _ outputs: inout [Output]) {
        if now >= start + configuration.maximumDuration {
            record("too long", "The call has reached its maximum length.", now: now, &outputs)
            return finish(.maximumDuration, &outputs)
        }
        guard !isFailing else { return }
        if let due = pauseDeadline, now >= due { pause(now: now, &outputs) }
        if let due = greetsAt, now >= due {
            prompt(.began, now: now, &outputs)
        } else if let due = promptDeadline, now >= due {
            promptedAt = nil
            lose("The model said nothing for \(configuration.patience.inSeconds) s.", now: now, &outputs)
        } else if let due = silenceDeadline, now >= due {
            guard silenceCount < 2 else { return finish(.silence, &outputs) }
            silenceCount += 1
            prompt(.silence(count: silenceCount), now: now, &outputs)
        }
    }

    mutating func spoke(_ text: String, now: Instant) {
        words.begin = words.begin ?? now
        words.end = now
        words.text += text
    }

    /// Writes down what a model without turns has said since its last pause.
    mutating func pause(now: Instant, _ outputs: inout [Output]) {
        let text = words.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if !text.isEmpty {
            outputs.append(
                .record(
                    .turn(
                        TurnRecord(
                            who: .agent, text: text, startMs: milliseconds(words.begin ?? now),
                            endMs: milliseconds(words.end ?? now)))))
        }
        words = Reply(number: 0)
    }
}
