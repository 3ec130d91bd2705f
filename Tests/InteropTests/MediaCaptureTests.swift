import RTPMedia
import TelephonyPrimitives
import TelephonyTesting
import Testing

/// What `MediaCapture` writes is read by a reader that shares no code with it.
@Suite("Captures of calls")
struct MediaCaptureTests {
    @Test("A capture of a call is read back, octet for octet, with its times and addresses", arguments: [false, true])
    func reread(isVersion6: Bool) throws {
        let hosts = isVersion6 ? ["2001:db8::1", "2001:db8::2"] : ["192.0.2.1", "192.0.2.2"]
        let signalling = try hosts.map { try #require(TransportAddress(host: $0, port: 5060)) }
        let media = try hosts.map { try #require(TransportAddress(host: $0, port: 4000)) }
        let message = Array(
            """
            OPTIONS sip:a@example.com SIP/2.0\r
            Via: SIP/2.0/TCP a.example.com;branch=z9hG4bK1\r
            From: <sip:b@example.com>;tag=1\r
            To: <sip:a@example.com>\r
            Call-ID: 1\r
            CSeq: 1 OPTIONS\r
            Max-Forwards: 70\r
            Content-Length: 0\r
            \r

            """.utf8)
        let packet: [UInt8] = [0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1] + [UInt8](repeating: 0xD5, count: 160)
        var capture = MediaCapture(isDecrypted: true)
        var file = MediaCapture.header
        let start: Int64 = 1_700_000_000_000_000_000
        capture.message(message.span, from: signalling[0], to: signalling[1], over: .udp, at: start, into: &file)
        capture.message(
            message.span, from: signalling[1], to: signalling[0], over: .tcp, at: start + 1_000_001, into: &file)
        capture.media(
            [1, 2, 3].span, clear: packet.span, from: media[0], to: media[1], at: start + 20_000_000, into: &file)
        let read = try PcapReader.read(file)
        #expect(read.packets == 3 && read.skipped == 0)
        let records = read.trace.records
        #expect(records.map(\.octets) == [message, message, packet])
        #expect(records.map(\.time.nanoseconds) == [0, 1_000_001, 20_000_000])
        #expect(records.map(\.source) == [signalling[0], signalling[1], media[0]])
        #expect(records.map(\.destination) == [signalling[1], signalling[0], media[1]])
        #expect(records.map(\.protocol) == [.udp, .tcp, .udp])
    }
}
