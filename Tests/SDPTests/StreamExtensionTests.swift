import SDP
import TelephonyPrimitives
import Testing

@Suite("Extended reports, reduced size and header extensions in session descriptions")
struct StreamExtensionTests {
    private static let level = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

    private func able() -> AudioOfferAnswer {
        AudioOfferAnswer(
            sessionID: 42, local: TransportAddress(ip: .v4(0xC633_6401), port: 20_000),
            capabilities: AudioCapabilities(
                codecs: [.pcmu], extendedReports: "rcvr-rtt=all voip-metrics",
                headerExtensions: [Self.level: "vad=off"]))
    }

    private func lines(_ description: SessionDescription) -> [String] {
        description.media[0].attributes.filter { ["rtcp-xr", "rtcp-rsize", "extmap"].contains($0.name) }
            .map { "\($0.name):\($0.value ?? "")" }
    }

    @Test("what an offer has of them is answered as far as we know it, and repeated in later offers")
    func answered() throws {
        var ours = able()
        let offer = try peer(
            "m=audio 4000 RTP/AVP 0", "a=rtcp-xr:voip-metrics", "a=rtcp-rsize", "a=extmap:3/sendrecv \(Self.level)",
            "a=extmap:4 urn:ietf:params:rtp-hdrext:toffset")
        let (answer, agreement) = try ours.receiveOffer(offer)
        let said = ["rtcp-xr:rcvr-rtt=all voip-metrics", "rtcp-rsize:", "extmap:3 \(Self.level) vad=off"]
        #expect(lines(answer) == said)
        #expect(
            agreement.extensions
                == StreamExtensions(
                    extendedReports: "voip-metrics", reducedSize: true, headerExtensions: [3: Self.level]))
        #expect(lines(ours.makeOffer()) == said)
    }

    @Test("of the whole session they are taken as well, except reduced size")
    func ofSession() throws {
        var ours = able()
        let offer = try SessionDescription(
            parsing: Array(
                """
                v=0\r\no=peer 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
                a=rtcp-xr:rcvr-rtt=sender\r\na=rtcp-rsize\r\na=extmap:1 \(Self.level)\r\nm=audio 4000 RTP/AVP 0\r\n
                """.utf8))
        let agreement = try ours.receiveOffer(offer).agreement
        #expect(
            agreement.extensions
                == StreamExtensions(extendedReports: "rcvr-rtt=sender", headerExtensions: [1: Self.level]))
    }

    @Test("who offers none gets none, and a first offer of ours has none")
    func none() throws {
        var ours = able()
        let (answer, agreement) = try ours.receiveOffer(peer("m=audio 4000 RTP/AVP 0"))
        #expect(lines(answer) == [])
        #expect(agreement.extensions == StreamExtensions())
        var caller = able()
        #expect(lines(caller.makeOffer()) == [])
        let settled = try caller.receiveAnswer(
            peer("m=audio 4000 RTP/AVP 0", "a=rtcp-rsize", "a=rtcp-xr:voip-metrics", "a=extmap:3 \(Self.level)"))
        // What the other side wants to get may be sent; what was not offered can't be used.
        #expect(settled.extensions == StreamExtensions(extendedReports: "voip-metrics"))
    }

    @Test(
        "T-02 lines that make no sense are passed over",
        arguments: [
            "a=extmap", "a=extmap:", "a=extmap:0 x", "a=extmap:256 x", "a=extmap:-1 x",
            "a=extmap:99999999999999999999 x",
            "a=extmap:3", "a=extmap:3/inactive urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=extmap:/ x",
        ])
    func nonsense(_ line: String) throws {
        var ours = able()
        #expect(
            try ours.receiveOffer(peer("m=audio 4000 RTP/AVP 0", line)).agreement.extensions == StreamExtensions())
    }

    @Test("T-02 a thousand header extensions are not all looked at")
    func many() throws {
        var ours = able()
        let offer = try SessionDescription(
            parsing: Array(
                ("v=0\r\no=peer 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
                    + (0..<200).map { "a=extmap:\($0 % 254 + 1) urn:x:\($0)\r\n" }.joined()
                    + "a=extmap:255 \(Self.level)\r\n").utf8))
        #expect(try ours.receiveOffer(offer).answer.media[0].attributes.allSatisfy { $0.name != "extmap" })
    }
}
