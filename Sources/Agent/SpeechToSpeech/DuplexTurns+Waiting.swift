internal import TelephonyPrimitives

/// The sound that covers a tool: no part of any reply.
extension DuplexTurns {
    /// A model that answers a tool begins its reply within this after it has ended.
    static let replyGrace = Duration.seconds(2)

    /// When the waiting sound begins, or ends by itself.
    var waitingSoundDeadline: Instant? {
        guard isUnheardWait else { return nil }
        guard isWaitingSoundOn else { return isAtWork ? waitingSoundDue : nil }
        return isAtWork ? nil : waitingSoundEnd
    }

    /// Begins it once a tool has taken long enough, and ends it as soon as there is something else to hear, or nothing to
    /// wait for.
    mutating func settleWaitingSound(now: Instant, _ outputs: inout [Output]) {
        let isDue = waitingSoundDue.map { now >= $0 } ?? false
        let isReplyDue = isWaitingSoundOn && waitingSoundEnd.map { now < $0 } ?? false
        let isWanted = isUnheardWait && isDue && (isAtWork || isReplyDue)
        guard isWanted != isWaitingSoundOn else { return }
        isWaitingSoundOn = isWanted
        outputs.append(.waitingSound(isWanted))
    }

    /// Whether a tool works, or a reply has begun that does not sound yet.
    private var isAtWork: Bool { !tools.isEmpty || replies.contains { !$0.isDone && !$0.isCut } }

    /// Whether a tool was used, and nobody says anything.
    private var isUnheardWait: Bool {
        configuration.waitingSound != nil && waitingSoundDue != nil && !isFullDuplex && !isOver && !isFailing
            && !isTransferring && !isReopening && !isOnHold && !isStopping && !isCallerSpeaking && segments.isEmpty
    }
}
