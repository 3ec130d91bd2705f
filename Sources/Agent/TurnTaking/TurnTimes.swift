internal import TelephonyPrimitives

/// When the steps of one answer were done; becomes a ``TurnLedger``.
struct TurnTimes: Sendable, Equatable {
    /// The caller's last sound.
    var lastSound: Instant
    /// When it was noticed that it was the last.
    var noticed: Instant
    var transcript: Instant?
    var firstWords: Instant?
    var firstSound: Instant?
    var committed: Instant?

    init(lastSound: Instant, noticed: Instant) {
        self.lastSound = min(lastSound, noticed)
        self.noticed = noticed
    }

    /// A step was done for the first time.
    mutating func reached(_ step: WritableKeyPath<TurnTimes, Instant?>, at now: Instant) {
        if self[keyPath: step] == nil { self[keyPath: step] = now }
    }

    /// - Parameter started: when the first sound goes out.
    func ledger(started: Instant) -> TurnLedger {
        var ledger = TurnLedger()
        var clock = lastSound
        /// Goes on to `instant`, when that is later, and says how long it took.
        func step(to instant: Instant?) -> Int {
            guard let instant, instant > clock else { return 0 }
            defer { clock = instant }
            return Int(((instant - lastSound).inNanoseconds + 500_000) / 1_000_000)
                - Int(((clock - lastSound).inNanoseconds + 500_000) / 1_000_000)
        }
        ledger.endOfSpeechMs = step(to: noticed)
        ledger.transcriptMs = step(to: transcript)
        ledger.thinkingMs = step(to: firstWords)
        ledger.voiceMs = step(to: firstSound)
        ledger.pauseMs = step(to: committed)
        ledger.playoutMs = step(to: started)
        return ledger
    }
}
