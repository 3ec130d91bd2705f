internal import TelephonyPrimitives

/// The sound that covers a tool: nobody's words, so that no turn begins or ends with it.
extension TurnTaking {
    /// When the waiting sound begins.
    var waitingSoundDeadline: Instant? {
        isWaitingSoundOn || !isUnheardWait ? nil : waitingSoundDue
    }

    /// Begins it once a tool, with the answer that follows it, has taken long enough; and ends it as soon as there is something else to hear, or nothing to
    /// wait for.
    mutating func settleWaitingSound(now: Instant, _ outputs: inout [Output]) {
        let isWanted = isUnheardWait && (isWaitingSoundOn || isWaitingSoundDue(now))
        guard isWanted != isWaitingSoundOn else { return }
        isWaitingSoundOn = isWanted
        outputs.append(.waitingSound(isWanted))
    }

    /// Words that fill the time come first.
    private func isWaitingSoundDue(_ now: Instant) -> Bool {
        guard let waitingSoundDue, now >= waitingSoundDue else { return false }
        return fillerDeadline.map { now < $0 } ?? true
    }

    /// Whether the caller waits for a tool that was begun, or for the answer that follows it, and nobody says anything.
    private var isUnheardWait: Bool {
        guard configuration.waitingSound != nil, waitingSoundDue != nil, !isOver, !isLeaving, !isTransferring,
            !isOnHold, !isSpeculative,
            !isSuspended, !isStopping, !isCallerSpeaking, !awaitsFinal, heldSentences.isEmpty
        else { return false }
        // Until the voice has the first sound of the words that follow, it goes on.
        guard playout.isEmpty else { return isWaitingSoundOn && !playout.hasStarted }
        return reply != nil
    }
}
