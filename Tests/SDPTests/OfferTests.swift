import SDP
import TelephonyPrimitives
import Testing

@Suite("Making an offer and reading its answer")
struct OfferTests {
    @Test("an offer names our codecs in our order")
    func offer() {
        var ours = exchange([.opus, .pcma, .pcmu])
        #expect(
            ours.makeOffer().description == """
                v=0\r\no=- 42 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n\
                m=audio 20000 RTP/AVP 96 8 0 101 102\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n\
                a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/48000\r\n\
                a=fmtp:101 0-15\r\na=rtpmap:102 telephone-event/8000\r\na=fmtp:102 0-15\r\na=ptime:20\r\na=sendrecv\r\n
                """)
    }

    @Test("an answer with numbers of its own: we send with its numbers, and ours and its are taken")
    func ownNumbers() throws {
        var ours = exchange([.ilbc, .pcmu])
        #expect(ours.makeOffer().media[0].formats == ["96", "0", "101"])
        let agreement = try ours.receiveAnswer(
            peer("m=audio 4000 RTP/AVP 110 120", "a=rtpmap:110 iLBC/8000", "a=rtpmap:120 telephone-event/8000"))
        #expect(agreement.codec == .ilbc)
        #expect(agreement.sendPayloadType == 110)
        #expect(agreement.receivePayloadTypes == [96: .ilbc, 110: .ilbc])
        #expect(agreement.telephoneEventSendPayloadType == 120)
        #expect(agreement.telephoneEventReceivePayloadTypes == [101, 120])
    }

    @Test("a number without a=rtpmap in the answer is ours")
    func withoutMap() throws {
        var ours = exchange()
        _ = ours.makeOffer()
        let agreement = try ours.receiveAnswer(peer("m=audio 4000 RTP/AVP 8 101"))
        #expect(agreement.codec == .pcma)
        #expect(agreement.telephoneEventSendPayloadType == 101)
    }

    @Test("an answer without telephone-event leaves digits out")
    func noEvents() throws {
        var ours = exchange()
        _ = ours.makeOffer()
        let agreement = try ours.receiveAnswer(peer("m=audio 4000 RTP/AVP 0"))
        #expect(agreement.telephoneEventSendPayloadType == nil)
        #expect(agreement.telephoneEventReceivePayloadTypes.isEmpty)
    }

    @Test("rtcp-mux in an answer counts only when it was offered")
    func mux() throws {
        var ours = exchange()
        _ = ours.makeOffer()
        #expect(try !ours.receiveAnswer(peer("m=audio 4000 RTP/AVP 0", "a=rtcp-mux")).rtcpMux)
        _ = try ours.receiveOffer(peer("m=audio 4000 RTP/AVP 0", "a=rtcp-mux"))
        #expect(ours.makeOffer().media[0].attributes.has("rtcp-mux"))
        #expect(try ours.receiveAnswer(peer("m=audio 4000 RTP/AVP 0", "a=rtcp-mux")).rtcpMux)
    }

    @Test(
        "an answer that doesn't fit is refused, and the offer still waits",
        arguments: [
            ([], OfferAnswerError.notAnAnswer(reason: "it has 0 m= lines for 1 of the offer")),
            (
                ["m=audio 4000 RTP/AVP 0", "m=video 4002 RTP/AVP 31"],
                .notAnAnswer(reason: "it has 2 m= lines for 1 of the offer")
            ),
            (["m=video 4000 RTP/AVP 0"], .notAnAnswer(reason: "it has m=video where the offer has m=audio")),
            (["m=audio 0 RTP/AVP 0"], .noAudio),
            (["m=audio 4000 RTP/AVP 18"], .noCommonCodec(offered: ["G729/8000"])),
            (["m=audio 4000 RTP/SAVP 0"], .secureMediaRequired),
            (["m=audio 4000 RTP/AVP 0", "c=IN IP4 224.0.0.1"], .unsupportedAddress("224.0.0.1")),
        ])
    func misfits(media: [String], expected: OfferAnswerError) throws {
        var ours = exchange()
        _ = ours.makeOffer()
        let text = try peer("a=x").description + media.joined(separator: "\r\n")
        let answer = try SessionDescription(parsing: Array(text.utf8))
        #expect(throws: expected) { try ours.receiveAnswer(answer) }
        #expect(ours.agreement == nil)
        #expect(try ours.receiveAnswer(peer("m=audio 4000 RTP/AVP 0")).codec == .pcmu)
    }

    @Test("an answer without an offer is refused")
    func unasked() throws {
        var ours = exchange()
        let expected = OfferAnswerError.notAnAnswer(reason: "no offer was made")
        #expect(throws: expected) { try ours.receiveAnswer(peer("m=audio 4000 RTP/AVP 0")) }
        #expect(expected.status == 400)
    }

    @Test("the answer may come in a 183 and, from another place, in the 200")
    func answerAgain() throws {
        var ours = exchange()
        _ = ours.makeOffer()
        #expect(try ours.receiveAnswer(peer("m=audio 4000 RTP/AVP 0")).remote?.port == 4000)
        #expect(try ours.receiveAnswer(peer("m=audio 5000 RTP/AVP 8")).remote?.port == 5000)
        #expect(ours.agreement?.codec == .pcma)
    }

    @Test("an offer that crosses ours is refused with 491")
    func glare() throws {
        var ours = exchange()
        _ = ours.makeOffer()
        #expect(throws: OfferAnswerError.offerPending) { try ours.receiveOffer(peer("m=audio 4000 RTP/AVP 0")) }
        #expect(OfferAnswerError.offerPending.status == 491)
        ours.withdrawOffer()
        #expect(try ours.receiveOffer(peer("m=audio 4000 RTP/AVP 0")).agreement.codec == .pcmu)
    }

    @Test("numbers of the peer's offer stay in our later offers, the codec in use first")
    func stableNumbers() throws {
        var ours = exchange([.opus, .pcmu, .pcma])
        _ = try ours.receiveOffer(
            peer("m=audio 4000 RTP/AVP 8 96 127", "a=rtpmap:96 speex/8000", "a=rtpmap:127 telephone-event/8000"))
        let offer = ours.makeOffer()
        #expect(offer.media[0].formats.first == "8")
        #expect(offer.media[0].attributes.contains(Attribute("rtpmap", "127 telephone-event/8000")))
        #expect(Set(offer.media[0].formats).count == offer.media[0].formats.count)
    }
}
