import SDP
import TelephonyPrimitives
import Testing

@Suite("Answering an offer")
struct AnswerTests {
    @Test("the first common codec of the offer is answered alone, under the number of the offer")
    func offerOrder() throws {
        var ours = exchange([.pcmu, .pcma, .ilbc])
        let offer = try peer(
            "m=audio 4000 RTP/AVP 18 99 8 0 100", "a=rtpmap:99 ILBC/8000", "a=fmtp:99 mode=20",
            "a=rtpmap:100 telephone-event/8000")
        let (answer, agreement) = try ours.receiveOffer(offer)
        #expect(answer.media[0].formats == ["99", "100"])
        #expect(agreement.codec == .ilbc)
        #expect(agreement.remoteParameters == "mode=20")
        #expect(agreement.receivePayloadTypes == [99: .ilbc])
        #expect(agreement.telephoneEventSendPayloadType == 100)
    }

    @Test("telephone-event is answered on the clock of the codec only, and only when we can")
    func eventClock() throws {
        let lines = [
            "m=audio 4000 RTP/AVP 0 96 97", "a=rtpmap:96 telephone-event/48000", "a=rtpmap:97 Telephone-Event/8000",
        ]
        var ours = exchange()
        #expect(try ours.receiveOffer(peer(lines[0], lines[1], lines[2])).answer.media[0].formats == ["0", "97"])
        var other = exchange()
        #expect(try other.receiveOffer(peer(lines[0], lines[1])).answer.media[0].formats == ["0"])
        var deaf = exchange(telephoneEvent: false)
        let (answer, agreement) = try deaf.receiveOffer(peer(lines[0], lines[1], lines[2]))
        #expect(answer.media[0].formats == ["0"])
        #expect(agreement.telephoneEventSendPayloadType == nil)
    }

    @Test("number and order of m= lines stay; the first suitable audio stream is taken, the rest get port 0")
    func mediaOrder() throws {
        var ours = exchange()
        let offer = try peer(
            "m=video 1000 RTP/AVP 31", "m=audio 2000 RTP/SAVP 0", "m=audio 3000 RTP/AVP 18", "m=audio 0 RTP/AVP 0",
            "m=audio 4000 RTP/AVP 8", "m=audio 5000 RTP/AVP 0", "m=application 9 TCP/BFCP *")
        let (answer, agreement) = try ours.receiveOffer(offer)
        #expect(answer.media.map(\.port) == [0, 0, 0, 0, 20_000, 0, 0])
        #expect(answer.media.map(\.kind) == offer.media.map(\.kind))
        #expect(answer.media.map(\.transport) == offer.media.map(\.transport))
        #expect(answer.media.allSatisfy { !$0.formats.isEmpty })
        #expect(agreement.remote?.port == 4000)
        #expect(ours.makeOffer().media.map(\.port) == [0, 0, 0, 0, 20_000, 0, 0])
    }

    @Test("RTP/AVPF is answered as RTP/AVPF and t= is repeated")
    func profileAndTiming() throws {
        var ours = exchange()
        let offer = try sdp(
            "v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=2873397496 2873404696",
            "m=audio 4000 RTP/AVPF 0")
        let (answer, _) = try ours.receiveOffer(offer)
        #expect(answer.media[0].transport == "RTP/AVPF")
        #expect(answer.timing == "2873397496 2873404696")
    }

    @Test("the stream's own c= line counts before the session's; IPv6 works when we have it")
    func addresses() throws {
        var ours = exchange()
        let own = try peer("m=audio 4000 RTP/AVP 0", "c=IN IP4 192.0.2.77")
        #expect(try ours.receiveOffer(own).agreement.remote?.description == "192.0.2.77:4000")

        var six = exchange(ip: .v6(0x2001_0db8_0000_0000, 1))
        let (answer, agreement) = try six.receiveOffer(SDPFixtures.description("ipv6-brackets.sdp"))
        #expect(agreement.remote?.description == "[2001:db8::50]:6000")
        #expect(answer.connection?.addressType == "IP6")
        #expect(answer.connection?.address == "2001:db8::1")

        var named = exchange()
        let host = try named.receiveOffer(SDPFixtures.description("host-name-in-c.sdp")).agreement
        #expect(host.remote == nil)
        #expect(host.remoteHost == "media.example.com")
        #expect(host.direction == .sendrecv)
    }

    @Test("a number that clashes with RTCP keeps RTCP on a port of its own")
    func muxClash() throws {
        var ours = exchange()
        let clash = try peer("m=audio 4000 RTP/AVP 72", "a=rtpmap:72 PCMU/8000", "a=rtcp-mux")
        #expect(try !ours.receiveOffer(clash).agreement.rtcpMux)
    }

    @Test("port 65535 leaves no port for RTCP and traps nothing")
    func highestPort() throws {
        var ours = exchange()
        #expect(try ours.receiveOffer(peer("m=audio 65535 RTP/AVP 0")).agreement.remoteRTCP == nil)
    }

    @Test(
        "what can't be answered is refused with a status and a warning",
        arguments: [
            (["m=video 4000 RTP/AVP 31"], OfferAnswerError.noAudio, 488, 304),
            (["m=audio 0 RTP/AVP 0"], .noAudio, 488, 304),
            ([], .noAudio, 488, 304),
            (
                ["m=audio 4000 RTP/AVP 18 97 98", "a=rtpmap:98 telephone-event/8000"],
                .noCommonCodec(offered: ["G729/8000", "payload type 97", "telephone-event/8000"]), 488, 305
            ),
            (["m=audio 4000 RTP/SAVP 0"], .secureMediaRequired, 488, 302),
            (["m=audio 4000 UDP/TLS/RTP/SAVPF 0"], .secureMediaRequired, 488, 302),
            (["m=audio 4000 udp 0"], .unsupportedTransport("udp"), 488, 302),
            (["m=audio 4000 RTP/AVP 0", "c=IN IP4 233.252.0.1/127"], .unsupportedAddress("233.252.0.1/127"), 488, 301),
            (["m=audio 4000 RTP/AVP 0", "c=IN IP4 255.255.255.255"], .unsupportedAddress("255.255.255.255"), 488, 301),
            (["m=audio 4000 RTP/AVP 0", "c=IN IP6 2001:db8::1"], .unsupportedAddress("2001:db8::1"), 488, 301),
            (["m=audio 4000 RTP/AVP 0", "c=ATM NSAP 47.0091"], .unsupportedAddress("47.0091"), 488, 301),
        ])
    func refusals(media: [String], expected: OfferAnswerError, status: Int, warning: Int) throws {
        var offer = try peer("a=x")
        let head = offer.description
        offer = try SessionDescription(parsing: Array((head + media.joined(separator: "\r\n")).utf8))
        var ours = exchange()
        #expect(throws: expected) { try ours.receiveOffer(offer) }
        #expect(expected.status == status)
        #expect(expected.warning.code == warning)
        #expect(!expected.warning.text.contains("\""))
        #expect(ours.agreement == nil)
    }

    @Test("no c= line anywhere is no address")
    func noConnection() throws {
        var ours = exchange()
        let offer = try sdp("v=0", "m=audio 4000 RTP/AVP 0")
        #expect(throws: OfferAnswerError.unsupportedAddress("")) { try ours.receiveOffer(offer) }
    }

    @Test("a refused re-offer leaves the session as it was")
    func refusedReoffer() throws {
        var ours = exchange()
        let (first, agreement) = try ours.receiveOffer(peer("m=audio 4000 RTP/AVP 8"))
        #expect(throws: OfferAnswerError.noAudio) {
            try ours.receiveOffer(SDPFixtures.description("t38-reinvite.sdp"))
        }
        #expect(ours.agreement == agreement)
        #expect(try ours.receiveOffer(peer("m=audio 4000 RTP/AVP 8")).answer == first)
    }
}
