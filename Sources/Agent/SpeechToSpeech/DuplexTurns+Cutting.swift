internal import Telephony
internal import TelephonyPrimitives

/// What of a reply was heard when the caller cut in, and what is written down of it.
extension DuplexTurns {
    /// The caller spoke, or pressed a key: what is being said is over.
    mutating func cut(now: Instant, _ outputs: inout [Output]) {
        guard !isFullDuplex, !isFailing else { return }
        var isCutting = false
        for index in replies.indices where !replies[index].isCut {
            replies[index].isCut = true
            isCutting = true
        }
        guard isCutting else { return }
        // Who speaks goes on: nothing that was to follow the last word is done.
        if closing != .hangUp(.silence) || isCallerSpeaking { closing = nil }
        if segments.isEmpty {
            for reply in replies { close(reply, heard: reply.samples, now: now, &outputs) }
            replies = []
        } else if !isStopping {
            isStopping = true
            outputs.append(.stopPlayout)
        }
    }

    mutating func stopped(played: Int, now: Instant, _ outputs: inout [Output]) {
        guard isStopping else { return }
        isStopping = false
        let heard = heardSamples(played: played)
        let cut = replies.filter(\.isCut)
        replies.removeAll(where: \.isCut)
        for reply in cut {
            let queued = segments.reduce(0) { $0 + ($1.reply == reply.number ? $1.samples : 0) }
            close(reply, heard: reply.samples - queued + (heard[reply.number] ?? 0), now: now, &outputs)
        }
        base = played
        segments = segmentsAfterStop
        segmentsAfterStop = []
        soundEnd = now
        lastActivity = now
    }

    /// Of what is queued, how much of each reply had sounded when playing stopped.
    func heardSamples(played: Int) -> [Int: Int] {
        var left = max(0, played - base)
        var heard: [Int: Int] = [:]
        for segment in segments {
            let part = min(left, segment.samples)
            heard[segment.reply, default: 0] += part
            left -= part
        }
        return heard
    }

    /// Writes down a reply that was spoken over, and tells the model unless all was heard.
    private mutating func close(_ reply: Reply, heard: Int, now: Instant, _ outputs: inout [Output]) {
        let isWhole = reply.isDone && heard >= reply.samples && reply.samples > 0
        write(reply, heard: heard, isWhole: isWhole, now: now, &outputs)
        guard !isWhole else { return }
        let milliseconds = heard * 1_000 / max(1, sampleRate)
        // Nobody is left who knows the replies of a model that is gone.
        guard reply.number > numbersBefore else { return }
        outputs.append(.interrupted(reply: reply.number - numbersBefore, heardMs: milliseconds))
    }

    func write(_ reply: Reply, heard: Int, isWhole: Bool, now: Instant, _ outputs: inout [Output]) {
        var text = reply.text
        if !isWhole {
            let spoken = Int(Double(text.count) / Self.lettersPerSecond * Double(sampleRate))
            let length = reply.isDone ? reply.samples : max(reply.samples, spoken)
            text = Playout.words(of: text, upTo: Double(heard) / Double(max(1, length)))
        }
        text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !text.isEmpty else { return }
        let begin = reply.begin ?? now
        outputs.append(
            .record(
                .turn(
                    TurnRecord(
                        who: .agent, text: text, startMs: milliseconds(begin),
                        endMs: milliseconds(isWhole ? max(begin, min(now, reply.end ?? now)) : now),
                        interrupted: !isWhole))))
    }
}
