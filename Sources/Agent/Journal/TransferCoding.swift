internal import TelephonyPrimitives

/// What is said of putting a caller through, and of the digits that a caller types, in a call's journal.
extension ConsultationEnd {
    func write(to writing: inout JournalWriting) {
        switch self {
        case .returned(let reason):
            writing.put(UInt8(1))
            writing.put(reason)
        case .calledOff: writing.put(UInt8(2))
        case .transferred: writing.put(UInt8(3))
        case .bridgeOver: writing.put(UInt8(4))
        case .abandoned: writing.put(UInt8(5))
        }
    }

    init(from reading: inout JournalReading) throws(JournalError) {
        switch try reading.octet() {
        case 1: self = .returned(try reading.text())
        case 2: self = .calledOff
        case 3: self = .transferred
        case 4: self = .bridgeOver
        case 5: self = .abandoned
        default: throw JournalError("the end of a transfer is of no known kind")
        }
    }
}

extension ConsultationOrder {
    func write(to writing: inout JournalWriting) {
        writing.put(name)
        writing.put(destination.target)
        writing.put(destination.kind.rawValue)
        writing.put(destination.ringTimeout)
        writing.put(destination.briefing) { $0.put($1) }
        writing.put(destination.question) { $0.put($1) }
        writing.put(destination.acceptance.rawValue)
        writing.put(each: destination.headers.sorted { $0.key < $1.key }) { writing, header in
            writing.put(header.key)
            writing.put(header.value)
        }
        writing.put(briefing)
    }

    init(from reading: inout JournalReading) throws(JournalError) {
        func text(_ reading: inout JournalReading) throws(JournalError) -> String { try reading.text() }
        let name = try reading.text()
        var destination = TransferDestination(try reading.text())
        destination.kind = TransferDestination.Kind(rawValue: try reading.text()) ?? .blind
        destination.ringTimeout = try reading.duration()
        destination.briefing = try reading.optional(text)
        destination.question = try reading.optional(text)
        destination.acceptance = TransferDestination.Acceptance(rawValue: try reading.text()) ?? .keyOrYes
        let headers = try reading.list { (reading) throws(JournalError) in (try reading.text(), try reading.text()) }
        destination.headers = Dictionary(headers) { $1 }
        self.init(name: name, destination: destination, briefing: try reading.text())
    }
}

extension ConsultationOrder {
    /// A dictionary's order is another in each process.
    fileprivate var journalText: String {
        let headers = destination.headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return "consult(\(name), \(destination.target), \(destination.kind), \(destination.ringTimeout), "
            + "\(destination.briefing ?? "-"), \(destination.question ?? "-"), \(destination.acceptance), "
            + "\(headers), \(briefing))"
    }
}

extension TurnTaking.Output: JournalledTurnOutput {
    var journalText: String { if case .consult(let order) = self { order.journalText } else { "\(self)" } }
}

extension DuplexTurns.Output: JournalledTurnOutput {
    var journalText: String { if case .consult(let order) = self { order.journalText } else { "\(self)" } }
}

extension BotTurns.Output: JournalledTurnOutput {}

extension DigitCollection {
    func write(to writing: inout JournalWriting) {
        writing.put(name)
        writing.put(minimum)
        writing.put(maximum)
        writing.put(terminator) { $0.put($1) }
        writing.put(firstTimeout)
        writing.put(nextTimeout)
        writing.put(retries)
        writing.put(isSecret)
        writing.put(question)
    }

    init(from reading: inout JournalReading) throws(JournalError) {
        self.init(
            name: try reading.text(), minimum: try reading.int(), maximum: try reading.int(),
            terminator: try reading.optional { (reading) throws(JournalError) in try reading.character() },
            firstTimeout: try reading.duration(), nextTimeout: try reading.duration(), retries: try reading.int(),
            isSecret: try reading.truth())
        question = try reading.text()
    }
}
