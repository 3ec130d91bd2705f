internal import Telephony
internal import TelephonyPrimitives

extension Farewell {
    func write(to writing: inout JournalWriting) {
        writing.put(text)
        writing.put(transfer) { $0.put($1) }
        writing.put(reason.rawValue)
    }

    init(from reading: inout JournalReading) throws(JournalError) {
        self.init(
            text: try reading.text(),
            transfer: try reading.optional { (reading) throws(JournalError) in try reading.text() },
            reason: HangUpReason(rawValue: try reading.text()) ?? .maximumDuration)
    }
}
