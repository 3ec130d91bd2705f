internal import TelephonyPrimitives

/// What the caller waits for the answers of a model that hears and speaks.
extension DuplexTurns {
    /// Our own ears are surer than the model of when the caller was last heard.
    mutating func callerFellSilent(lastSound: Instant, now: Instant) {
        // What was said before the last answer began has been answered.
        guard !isFullDuplex, lastSound > answeredAt else { return }
        times = TurnTimes(lastSound: lastSound, noticed: times?.noticed ?? now)
    }

    mutating func modelNoticedSilence(now: Instant) {
        guard !isFullDuplex else { return }
        times = TurnTimes(lastSound: times?.lastSound ?? now, noticed: now)
    }

    /// The first sound of an answer is there, and goes out after `wait`.
    mutating func recordLedger(after wait: Duration, now: Instant, _ outputs: inout [Output]) {
        guard !isFullDuplex else { return }
        answeredAt = now
        guard var times else { return }
        self.times = nil
        // Such a model thinks and talks in one step.
        times.reached(\.firstWords, at: now)
        let start = now + wait
        outputs.append(.record(.ledger(times.ledger(started: start), at: milliseconds(start))))
    }
}
