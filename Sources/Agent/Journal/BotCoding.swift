package import TelephonyPrimitives

extension BotTurns.Input: JournalledTurnInput {
    package func write(to writing: inout JournalWriting) {
        switch self {
        case .sounded(let played):
            writing.put(UInt8(1))
            writing.put(played)
        case .pressed(let key):
            writing.put(UInt8(2))
            writing.put(key)
        case .sound(let samples, let queued):
            writing.put(UInt8(3))
            writing.put(samples)
            writing.put(queued)
        case .mark(let name, let end):
            writing.put(UInt8(4))
            writing.put(name)
            writing.put(end)
        case .clear: writing.put(UInt8(5))
        case .stopped: writing.put(UInt8(6))
        case .left: writing.put(UInt8(7))
        case .heardOut: writing.put(UInt8(8))
        case .nonsense(let what):
            writing.put(UInt8(9))
            writing.put(what)
        case .broke(let reason):
            writing.put(UInt8(10))
            writing.put(reason)
        case .tookNothing: writing.put(UInt8(11))
        case .tick: writing.put(UInt8(12))
        }
    }

    package init(from reading: inout JournalReading) throws(JournalError) {
        switch try reading.octet() {
        case 1: self = .sounded(try reading.count())
        case 2: self = .pressed(try reading.character())
        case 3: self = .sound(samples: try reading.sampleCount(), queued: try reading.count())
        case 4: self = .mark(try reading.text(), at: try reading.count())
        case 5: self = .clear
        case 6: self = .stopped
        case 7: self = .left
        case 8: self = .heardOut
        case 9: self = .nonsense(try reading.text())
        case 10: self = .broke(try reading.text())
        case 11: self = .tookNothing
        case 12: self = .tick
        default: throw JournalError("an input of the conversation is of no known kind")
        }
    }
}
