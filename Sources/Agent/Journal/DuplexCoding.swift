internal import TelephonyPrimitives

extension DuplexTurns.Input: JournalledTurnInput {
    func write(to writing: inout JournalWriting) {
        switch self {
        case .began: writing.put(UInt8(1))
        case .event(let event):
            writing.put(UInt8(2))
            event.write(to: &writing)
        case .sound(let reply, let samples, let wait):
            writing.put(UInt8(3))
            writing.put(reply)
            writing.put(samples)
            writing.put(wait)
        case .callerHeard: writing.put(UInt8(4))
        case .callerQuiet(let lastSound):
            writing.put(UInt8(5))
            writing.put(lastSound)
        case .drained(let played):
            writing.put(UInt8(6))
            writing.put(played)
        case .stopped(let played):
            writing.put(UInt8(7))
            writing.put(played)
        case .sessionEnded: writing.put(UInt8(8))
        case .reopened(let isFullDuplex):
            writing.put(UInt8(9))
            writing.put(isFullDuplex)
        case .notReopened: writing.put(UInt8(10))
        case .apologised: writing.put(UInt8(11))
        case .pressed(let key):
            writing.put(UInt8(12))
            writing.put(key)
        case .held(let isHeld):
            writing.put(UInt8(13))
            writing.put(isHeld)
        case .digitsSent: writing.put(UInt8(14))
        case .transferEnded(let failure):
            writing.put(UInt8(15))
            writing.put(failure) { $0.put($1) }
        case .consultationEnded(let end):
            writing.put(UInt8(16))
            end.write(to: &writing)
        case .consult(let order):
            writing.put(UInt8(17))
            order.write(to: &writing)
        case .tick: writing.put(UInt8(18))
        case .takeLeave(let farewell):
            writing.put(UInt8(19))
            farewell.write(to: &writing)
        case .takenOver(let isTaken):
            writing.put(UInt8(20))
            writing.put(isTaken)
        }
    }

    init(from reading: inout JournalReading) throws(JournalError) {
        switch try reading.octet() {
        case 1: self = .began
        case 2: self = .event(try SpeechToSpeechEvent(from: &reading))
        case 3:
            self = .sound(
                reply: try reading.count(), samples: try reading.sampleCount(), after: try reading.duration())
        case 4: self = .callerHeard
        case 5: self = .callerQuiet(lastSound: try reading.instant())
        case 6: self = .drained(played: try reading.count())
        case 7: self = .stopped(played: try reading.count())
        case 8: self = .sessionEnded
        case 9: self = .reopened(isFullDuplex: try reading.truth())
        case 10: self = .notReopened
        case 11: self = .apologised
        case 12: self = .pressed(try reading.character())
        case 13: self = .held(try reading.truth())
        case 14: self = .digitsSent
        case 15:
            self = .transferEnded(
                failure: try reading.optional { (reading) throws(JournalError) in try reading.text() })
        case 16: self = .consultationEnded(try ConsultationEnd(from: &reading))
        case 17: self = .consult(try ConsultationOrder(from: &reading))
        case 18: self = .tick
        case 19: self = .takeLeave(try Farewell(from: &reading))
        case 20: self = .takenOver(try reading.truth())
        default: throw JournalError("an input of the conversation is of no known kind")
        }
    }
}

extension SpeechToSpeechEvent {
    fileprivate func write(to writing: inout JournalWriting) {
        switch self {
        case .callerStarted: writing.put(UInt8(1))
        case .callerStopped: writing.put(UInt8(2))
        case .callerText(let text):
            writing.put(UInt8(3))
            writing.put(text)
        case .replyStarted(let reply):
            writing.put(UInt8(4))
            writing.put(reply)
        case .agentText(let text, let reply):
            writing.put(UInt8(5))
            writing.put(text)
            writing.put(reply)
        // Sound is told of by itself, by its length.
        case .audio: writing.put(UInt8(0))
        case .replyDone(let reply, let wasCut):
            writing.put(UInt8(6))
            writing.put(reply)
            writing.put(wasCut)
        case .action(let action):
            writing.put(UInt8(7))
            action.write(to: &writing)
        case .failed(let error):
            // Only what it says is of interest.
            writing.put(UInt8(8))
            writing.put(error.description)
        }
    }

    fileprivate init(from reading: inout JournalReading) throws(JournalError) {
        switch try reading.octet() {
        case 1: self = .callerStarted
        case 2: self = .callerStopped
        case 3: self = .callerText(try reading.text())
        case 4: self = .replyStarted(try reading.count())
        case 5: self = .agentText(try reading.text(), reply: try reading.count())
        case 6: self = .replyDone(try reading.count(), wasCut: try reading.truth())
        case 7: self = .action(try DialogueAction(from: &reading))
        case 8: self = .failed(.failed(try reading.text()))
        default: throw JournalError("an event of a model is of no known kind")
        }
    }
}

extension JournalReading {
    /// Samples that came at once: no more than a minute of the widest sound.
    mutating func sampleCount() throws(JournalError) -> Int { min(max(try int(), 0), 192_000 * 60) }
}
