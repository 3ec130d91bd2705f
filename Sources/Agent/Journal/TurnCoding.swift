internal import TelephonyPrimitives

extension TurnTaking.Input: JournalledTurnInput {
    func write(to writing: inout JournalWriting) {
        switch self {
        case .began: writing.put(UInt8(1))
        case .speechStarted: writing.put(UInt8(2))
        case .speechDismissed: writing.put(UInt8(3))
        case .speechEnded(let lastSound):
            writing.put(UInt8(4))
            writing.put(lastSound) { $0.put($1) }
        case .partial(let text):
            writing.put(UInt8(5))
            writing.put(text)
        case .final(let text, let startMs, let endMs):
            writing.put(UInt8(6))
            writing.put(text)
            writing.put(startMs)
            writing.put(endMs)
        case .turn(let judgement):
            writing.put(UInt8(7))
            writing.put(judgement == .probablyOver ? 0 : judgement == .resumed ? 1 : UInt8(2))
        case .hearingFailed(let reason):
            writing.put(UInt8(8))
            writing.put(reason)
        case .action(let reply, let action):
            writing.put(UInt8(9))
            writing.put(reply)
            action.write(to: &writing)
        case .replyFinished(let reply):
            writing.put(UInt8(10))
            writing.put(reply)
        case .replyFailed(let reply, let reason):
            writing.put(UInt8(11))
            writing.put(reply)
            writing.put(reason)
        case .sentenceMade(let id):
            writing.put(UInt8(12))
            writing.put(id)
        case .sentenceStarted(let id, let position, let wait):
            writing.put(UInt8(13))
            writing.put(id)
            writing.put(position)
            writing.put(wait)
        case .sentenceWords(let id, let words):
            writing.put(UInt8(14))
            writing.put(id)
            writing.put(each: words) { writing, word in
                writing.put(word.text)
                writing.put(word.startMs)
                writing.put(word.endMs)
            }
        case .sentenceEnded(let id, let position):
            writing.put(UInt8(15))
            writing.put(id)
            writing.put(position)
        case .drained: writing.put(UInt8(16))
        case .stopped(let played):
            writing.put(UInt8(17))
            writing.put(played)
        case .voiceFailed(let reason, let played):
            writing.put(UInt8(18))
            writing.put(reason)
            writing.put(played)
        case .hearingEnded(let reason):
            writing.put(UInt8(19))
            writing.put(reason)
        case .pressed(let key):
            writing.put(UInt8(20))
            writing.put(key)
        case .held(let isHeld):
            writing.put(UInt8(21))
            writing.put(isHeld)
        case .digitsSent: writing.put(UInt8(22))
        case .transferEnded(let failure):
            writing.put(UInt8(23))
            writing.put(failure) { $0.put($1) }
        case .announce(let text):
            writing.put(UInt8(24))
            writing.put(text)
        case .tick: writing.put(UInt8(25))
        case .consultationEnded(let end):
            writing.put(UInt8(26))
            end.write(to: &writing)
        case .consult(let order):
            writing.put(UInt8(27))
            order.write(to: &writing)
        case .takeLeave(let farewell):
            writing.put(UInt8(30))
            farewell.write(to: &writing)
        case .toneStarted(let hertz):
            writing.put(UInt8(28))
            writing.put(hertz.bitPattern)
        case .toneEnded(let hertz, let duration):
            writing.put(UInt8(29))
            writing.put(hertz.bitPattern)
            writing.put(duration)
        case .takenOver(let isTaken):
            writing.put(UInt8(31))
            writing.put(isTaken)
        }
    }

    init(from reading: inout JournalReading) throws(JournalError) {
        switch try reading.octet() {
        case 1: self = .began
        case 2: self = .speechStarted
        case 3: self = .speechDismissed
        case 4:
            self = .speechEnded(
                lastSound: try reading.optional { (reading) throws(JournalError) in try reading.journalInstant() })
        case 5: self = .partial(try reading.text())
        case 6: self = .final(try reading.text(), startMs: try reading.count(), endMs: try reading.count())
        case 7:
            switch try reading.octet() {
            case 0: self = .turn(.probablyOver)
            case 1: self = .turn(.resumed)
            default: self = .turn(.over)
            }
        case 8: self = .hearingFailed(try reading.text())
        case 9: self = .action(reply: try reading.count(), try DialogueAction(from: &reading))
        case 10: self = .replyFinished(try reading.count())
        case 11: self = .replyFailed(try reading.count(), try reading.text())
        case 12: self = .sentenceMade(try reading.count())
        case 13:
            self = .sentenceStarted(try reading.count(), at: try reading.count(), after: try reading.duration())
        case 14:
            let id = try reading.count()
            let words = try reading.list { (reading) throws(JournalError) in
                SpokenWord(try reading.text(), startMs: try reading.count(), endMs: try reading.count())
            }
            self = .sentenceWords(id, words)
        case 15: self = .sentenceEnded(try reading.count(), at: try reading.count())
        case 16: self = .drained
        case 17: self = .stopped(played: try reading.count())
        case 18: self = .voiceFailed(try reading.text(), played: try reading.count())
        case 19: self = .hearingEnded(try reading.text())
        case 20: self = .pressed(try reading.character())
        case 21: self = .held(try reading.truth())
        case 22: self = .digitsSent
        case 23:
            self = .transferEnded(
                failure: try reading.optional { (reading) throws(JournalError) in try reading.text() })
        case 24: self = .announce(try reading.text())
        case 25: self = .tick
        case 26: self = .consultationEnded(try ConsultationEnd(from: &reading))
        case 27: self = .consult(try ConsultationOrder(from: &reading))
        case 28: self = .toneStarted(hertz: Double(bitPattern: try reading.word()))
        case 29:
            self = .toneEnded(hertz: Double(bitPattern: try reading.word()), duration: try reading.duration())
        case 30: self = .takeLeave(try Farewell(from: &reading))
        case 31: self = .takenOver(try reading.truth())
        default: throw JournalError("an input of the conversation is of no known kind")
        }
    }
}

extension JournalReading {
    /// A number or a count, whatever the file says no more than sums can bear.
    mutating func count() throws(JournalError) -> Int { min(max(try int(), -1 << 40), 1 << 40) }

    fileprivate mutating func journalInstant() throws(JournalError) -> Instant { try instant() }
}

extension DialogueContext {
    func write(to writing: inout JournalWriting) {
        writing.put(callID)
        writing.put(caller)
        writing.put(callerName) { $0.put($1) }
        writing.put(called)
        writing.put(each: variables.sorted { $0.key < $1.key }) { writing, entry in
            writing.put(entry.key)
            writing.put(entry.value)
        }
    }

    init(from reading: inout JournalReading) throws(JournalError) {
        self.init(
            callID: try reading.text(), caller: try reading.text(),
            callerName: try reading.optional { (reading) throws(JournalError) in try reading.text() },
            called: try reading.text())
        let pairs = try reading.list { (reading) throws(JournalError) in (try reading.text(), try reading.text()) }
        variables = Dictionary(pairs) { $1 }
    }
}

extension ConversationConfiguration {
    func write(to writing: inout JournalWriting) {
        for duration in [
            pauses.finished, pauses.open, pauses.unfinished, pauses.longest, transcriptPatience, silencePrompt,
            silenceHangUp, maximumDuration, patience,
        ] {
            writing.put(duration)
        }
        for duration in [answerBudget, toolFillerAfter, waitsForHello] { writing.put(duration) { $0.put($1) } }
        // Which sound it is decides nothing.
        writing.put(UInt8(waitingSound == nil ? 0 : 1) | UInt8(answering == nil ? 0 : 2))
        writing.put(each: fillers) { $0.put($1) }
        writing.put(apology)
        writing.put(failureTransfer) { $0.put($1) }
        if let answering {
            writing.put(answering.onMachine.rawValue)
            writing.put(answering.voicemail) { $0.put($1) }
            writing.put(answering.onScreening) { $0.put($1) }
        }
    }

    init(from reading: inout JournalReading) throws(JournalError) {
        func duration(_ reading: inout JournalReading) throws(JournalError) -> Duration { try reading.duration() }
        func text(_ reading: inout JournalReading) throws(JournalError) -> String { try reading.text() }
        self.init()
        pauses.finished = try reading.duration()
        pauses.open = try reading.duration()
        pauses.unfinished = try reading.duration()
        pauses.longest = try reading.duration()
        transcriptPatience = try reading.duration()
        silencePrompt = try reading.duration()
        silenceHangUp = try reading.duration()
        maximumDuration = try reading.duration()
        patience = try reading.duration()
        answerBudget = try reading.optional(duration)
        toolFillerAfter = try reading.optional(duration)
        waitsForHello = try reading.optional(duration)
        let parts = try reading.octet()
        waitingSound = parts & 1 == 0 ? nil : WaitingSound(made: [])
        fillers = try reading.list(text)
        apology = try reading.text()
        failureTransfer = try reading.optional(text)
        if parts & 2 != 0 {
            answering = AnsweringPlan(
                onMachine: AnsweringPlan.OnMachine(rawValue: try reading.text()) ?? .carryOn,
                voicemail: try reading.optional(text), onScreening: try reading.optional(text))
        }
    }
}
