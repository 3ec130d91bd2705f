internal import TelephonyPrimitives

/// A supervisor talks with the caller in the agent's place.
extension TurnTaking {
    mutating func takenOver(_ isTaken: Bool, now: Instant, _ outputs: inout [Output]) {
        // Who is being put through is not taken over: that is refused to whoever asks.
        guard isTaken != isTakenOver, isTakenOver || !isTransferring else { return }
        endHold(now: now, &outputs)
        isTakenOver = isTaken
        isTransferring = isTaken
        heardCaller(now: now)
        guard isTaken else { return }
        greetsAt = nil
        isCallerSpeaking = false
        awaitsFinal = false
        isTalkedOverByKey = false
        lastPartial = ""
        times = nil
        giveUpReply(now: now, &outputs)
        // What was promised is the supervisor's affair now.
        cancelPlans(&outputs)
    }
}
