internal import TelephonyPrimitives

/// The end of a call whose allowance is used up: it comes, whoever is in the midst of something.
extension TurnTaking {
    /// Letters of ours that are heard out before the goodbye: some seconds of speech. More is cut off.
    private static let longestRest = 80

    mutating func takeLeave(_ farewell: Farewell, now: Instant, _ outputs: inout [Output]) {
        guard !isLeaving, !isTransferring else { return }
        let rest = playout.sentences.reduce(0) { $0 + ($1.end == nil ? $1.text.count : 0) }
        if isStopping || rest > Self.longestRest, stopsFirst(.takeLeave(farewell), &outputs) { return }
        // Whoever speaks has had the time that there was.
        isCallerSpeaking = false
        awaitsFinal = false
        lastPartial = ""
        announcements = []
        cancelPlans(&outputs)
        leave(saying: farewell.text, farewell.reason, transfer: farewell.transfer, now: now, &outputs)
    }
}
