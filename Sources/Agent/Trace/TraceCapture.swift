internal import Telephony
internal import TelephonyPrimitives

/// The SIP messages of a call as a capture that Wireshark, tshark and sngrep read. Its sound is not in it: that is in the
/// recording, if there is one.
public enum TraceCapture {
    /// - Returns: the file, and how many messages could not be put into it: those with an address that can't be read, or too
    ///   long for a packet.
    public static func of(_ timeline: CallTimeline) -> (octets: [UInt8], omitted: Int) {
        var writer = PcapWriter()
        var octets = PcapWriter.header
        var omitted = 0
        for message in timeline.messages.map(\.record) {
            guard let local = TransportAddress(parsing: message.local),
                let remote = TransportAddress(parsing: message.remote)
            else {
                omitted += 1
                continue
            }
            let (start, _) = timeline.call.startedAt.multipliedReportingOverflow(by: 1_000_000)
            let isWritten = writer.append(
                message.octets.span, from: message.isReceived ? remote : local, to: message.isReceived ? local : remote,
                over: message.transport == "udp" ? .udp : .tcp,
                at: start &+ Int64(message.atMicroseconds) &* 1_000, into: &octets)
            if !isWritten { omitted += 1 }
        }
        return (octets, omitted)
    }
}

extension TransportAddress {
    /// `192.0.2.1:5060` or `[2001:db8::1]:5060`, as ``description`` writes it.
    fileprivate init?(parsing text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        self.init(host: text[..<colon].filter { $0 != "[" && $0 != "]" }, port: port)
    }
}
