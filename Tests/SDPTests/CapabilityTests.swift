import SDP
import TelephonyPrimitives
import Testing

@Suite("Telling what we could take")
struct CapabilityTests {
    @Test("names every codec at port 0, so that nobody takes it for an offer (RFC 3264 §9)")
    func description() throws {
        let capabilities = AudioCapabilities(codecs: [.pcma, .opus, .pcmu], telephoneEvent: true, ptime: 20)
        let description = capabilities.sessionDescription(sessionID: 7, address: .v4(0xC633_6401))
        #expect(
            description.description == """
                v=0\r\no=- 7 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n\
                m=audio 0 RTP/AVP 8 96 0 101 102\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:96 opus/48000/2\r\n\
                a=fmtp:96 useinbandfec=1\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
                a=fmtp:101 0-15\r\na=rtpmap:102 telephone-event/48000\r\na=fmtp:102 0-15\r\na=ptime:20\r\n\
                a=sendrecv\r\n
                """)
        #expect(try SessionDescription(parsing: description.serialized) == description)
    }
}
