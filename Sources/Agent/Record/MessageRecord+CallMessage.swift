internal import Telephony
internal import TelephonyPrimitives

extension MessageRecord {
    /// - Parameter origin: when the call began.
    init(_ message: CallMessage, origin: Instant) {
        self.init(
            atMicroseconds: Int((message.time - origin).inNanoseconds / 1_000), isReceived: message.isReceived,
            transport: message.transport, local: "\(message.local)", remote: "\(message.remote)",
            octets: message.octets)
    }
}
