internal import TelephonyPrimitives

extension DialogueAction {
    func write(to writing: inout JournalWriting) {
        switch self {
        case .say(let text):
            writing.put(UInt8(1))
            writing.put(text)
        case .hangUp: writing.put(UInt8(2))
        case .transfer(let target):
            writing.put(UInt8(3))
            writing.put(target)
        case .sendDTMF(let digits):
            writing.put(UInt8(4))
            writing.put(digits)
        case .note(let key, let value):
            writing.put(UInt8(5))
            writing.put(key)
            writing.put(value)
        case .cancelPlans: writing.put(UInt8(6))
        case .toolStarted(let call):
            writing.put(UInt8(7))
            call.write(to: &writing)
        case .toolEnded(let outcome):
            writing.put(UInt8(8))
            outcome.call.write(to: &writing)
            writing.put(outcome.text)
            writing.put(outcome.failed)
        case .usage(let usage):
            writing.put(UInt8(9))
            writing.put(usage.provider)
            for number in [usage.inputTokens, usage.cachedTokens, usage.outputTokens, usage.characters] {
                writing.put(number) { $0.put($1) }
            }
            writing.put(usage.audioSeconds) { $0.put($1.bitPattern) }
        case .consult(let order):
            writing.put(UInt8(10))
            order.write(to: &writing)
        case .hold(let duration):
            writing.put(UInt8(11))
            writing.put(duration)
        case .collectDigits(let collection):
            writing.put(UInt8(12))
            collection.write(to: &writing)
        case .handedOver(let from, let to):
            writing.put(UInt8(13))
            writing.put(from)
            writing.put(to)
        }
    }

    init(from reading: inout JournalReading) throws(JournalError) {
        func count(_ reading: inout JournalReading) throws(JournalError) -> Int { try reading.count() }
        switch try reading.octet() {
        case 1: self = .say(try reading.text())
        case 2: self = .hangUp
        case 3: self = .transfer(to: try reading.text())
        case 4: self = .sendDTMF(try reading.text())
        case 5: self = .note(key: try reading.text(), value: try reading.text())
        case 6: self = .cancelPlans
        case 7: self = .toolStarted(try ToolCall(from: &reading))
        case 8:
            self = .toolEnded(
                ToolOutcome(
                    call: try ToolCall(from: &reading), text: try reading.text(), failed: try reading.truth()))
        case 9:
            self = .usage(
                ProviderUsage(
                    provider: try reading.text(), inputTokens: try reading.optional(count),
                    cachedTokens: try reading.optional(count), outputTokens: try reading.optional(count),
                    characters: try reading.optional(count),
                    audioSeconds: try reading.optional { (reading) throws(JournalError) in
                        Double(bitPattern: try reading.word())
                    }))
        case 10: self = .consult(try ConsultationOrder(from: &reading))
        case 11: self = .hold(try reading.duration())
        case 12: self = .collectDigits(try DigitCollection(from: &reading))
        case 13: self = .handedOver(from: try reading.text(), to: try reading.text())
        default: throw JournalError("an action is of no known kind")
        }
    }
}

extension ToolCall {
    fileprivate func write(to writing: inout JournalWriting) {
        writing.put(id)
        writing.put(name)
        writing.put(arguments)
    }

    fileprivate init(from reading: inout JournalReading) throws(JournalError) {
        self.init(id: try reading.text(), name: try reading.text(), arguments: try reading.text())
    }
}
