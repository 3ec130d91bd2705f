internal import TelephonyPrimitives

/// The caller waits with music, by the agent's wish.
extension TurnTaking {
    /// Begins the wait that was announced.
    mutating func beginHold(now: Instant, _ outputs: inout [Output]) {
        guard let holdToBegin, holdEnds == nil, !isTransferring, closing == nil else { return }
        self.holdToBegin = nil
        holdEnds = now + holdToBegin
        record("on hold", "", now: now, &outputs)
        outputs.append(.holdMusic(true))
    }

    /// Ends it: the agent has something to say, or the caller goes elsewhere.
    mutating func endHold(now: Instant, _ outputs: inout [Output]) {
        guard holdEnds != nil else { return }
        holdEnds = nil
        heardCaller(now: now)
        record("taken back", "", now: now, &outputs)
        outputs.append(.holdMusic(false))
    }
}
