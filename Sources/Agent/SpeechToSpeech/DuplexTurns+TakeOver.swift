internal import TelephonyPrimitives

/// A supervisor talks with the caller in the model's place.
extension DuplexTurns {
    mutating func takenOver(_ isTaken: Bool, now: Instant, _ outputs: inout [Output]) {
        guard isTaken != isTakenOver, isTakenOver || !isTransferring else { return }
        isTakenOver = isTaken
        isTransferring = isTaken
        heardCaller(now: now)
        guard isTaken else { return }
        greetsAt = nil
        promptedAt = nil
        isCallerSpeaking = false
        owesReply = false
        asked = nil
        times = nil
        digitsToSend = ""
        cut(now: now, &outputs)
        closing = nil
        pause(now: now, &outputs)
    }
}
