internal import Telephony
internal import TelephonyPrimitives

/// What comes of the model to be heard: replies, and the sound of them.
extension DuplexTurns {
    /// The place of a reply, which may be new; `nil` for one that is written down already.
    mutating func reply(_ number: Int, now: Instant) -> Int? {
        if let index = replies.firstIndex(where: { $0.number == number }) { return index }
        guard number > lastNumber else { return nil }
        lastNumber = number
        replies.append(Reply(number: number))
        promptedAt = nil
        lastActivity = now
        return replies.count - 1
    }

    mutating func sound(
        _ theirs: Int, _ samples: Int, after wait: Duration, now: Instant, _ outputs: inout [Output]
    ) {
        guard !isTakenOver else { return }
        guard !isFullDuplex else {
            guard farewell == nil else { return }
            answered()
            return outputs.append(.play)
        }
        let number = theirs + numbersBefore
        guard let index = reply(number, now: now), !replies[index].isCut, !isFailing else { return }
        answered()
        if replies[index].samples == 0, segments.isEmpty, !isStopping {
            recordLedger(after: wait, now: now, &outputs)
        }
        replies[index].samples += samples
        let begin = isStopping ? now : max(now, soundEnd)
        replies[index].begin = replies[index].begin ?? begin
        soundEnd = begin + .nanoseconds(Int64(samples) * 1_000_000_000 / Int64(max(1, sampleRate)))
        replies[index].end = soundEnd
        if isStopping {
            Self.add(Segment(reply: number, samples: samples), to: &segmentsAfterStop)
        } else {
            Self.add(Segment(reply: number, samples: samples), to: &segments)
        }
        outputs.append(.play)
    }

    private mutating func answered() {
        owesReply = false
        asked = nil
        if tools.isEmpty { waitingSoundDue = nil }
    }

    private static func add(_ segment: Segment, to segments: inout [Segment]) {
        if let last = segments.indices.last, segments[last].reply == segment.reply {
            segments[last].samples += segment.samples
        } else {
            segments.append(segment)
        }
    }

    mutating func drained(played: Int, now: Instant) {
        guard !isStopping else { return }
        segments = []
        base = played
        soundEnd = now
        lastActivity = now
    }
}
