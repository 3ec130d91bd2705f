import SDP
import TelephonyPrimitives
import Testing

/// Bodies of carriers, exchanges and phones, with what an answer to them may say (Fixtures/sdp/index.tsv).
@Suite("Answers to offers seen in the field")
struct CarrierBodiesTests {
    private static let offers = SDPFixtures.rows.filter { $0["kind"] == "offer" && !$0.file.hasPrefix("rfc4317/") }

    @Test("the index is there")
    func index() {
        #expect(Self.offers.count > 80)
    }

    @Test("each offer gets an answer the index allows", arguments: offers)
    func answers(row: SDPFixtures.Row) throws {
        let octets = try SDPFixtures.octets(row.file)
        var ours = exchange([.opus, .g722, .pcmu, .pcma])
        let statuses = row["answer_status"].split(separator: "|").map(String.init)
        let offer: SessionDescription
        do {
            offer = try SessionDescription(parsing: octets)
        } catch {
            #expect(row["parse"] == "reject" || statuses.contains("400"), "\(error)")
            return
        }
        let isSecure = !["RTP/AVP", "-"].contains(row["proto"])
        if isSecure, row.file != "poly-srtp-and-rtp-two-m-lines.sdp" {
            #expect(throws: OfferAnswerError.secureMediaRequired) { try ours.receiveOffer(offer) }
            return
        }
        let answer: SessionDescription
        let agreement: AudioAgreement
        do throws(OfferAnswerError) {
            (answer, agreement) = try ours.receiveOffer(offer)
        } catch {
            #expect(statuses.contains("\(error.status)"), "\(error)")
            return
        }
        #expect(statuses.contains("200"))
        #expect(answer.media.count == offer.media.count)
        let allowed = row["answer_codecs_any_of"].lowercased().split(separator: ",").map(String.init)
        let codec = agreement.codec
        let name = "\(agreement.sendPayloadType)=\(codec.name)/\(codec.clockRate)" + (codec.channels > 1 ? "/2" : "")
        #expect(allowed.contains(name.lowercased()), "\(name)")
        let event = agreement.telephoneEventSendPayloadType.map { "\($0)" } ?? "-"
        #expect(row["answer_telephone_event"].split(separator: ",").contains { $0 == event }, "\(event)")
        #expect(row["answer_direction"].split(separator: "|").contains { $0 == agreement.direction.rawValue })
        if !isSecure {
            let streams = answer.media.map { $0.port == 0 ? "0" : "A" }.joined(separator: " ")
            #expect(row["answer_m_lines"].split(separator: "|").contains { $0 == streams }, "\(streams)")
        }
    }

    @Test("two alternatives for one stream: the one without encryption is taken")
    func bestEffortSecurity() throws {
        var ours = exchange()
        let (answer, _) = try ours.receiveOffer(SDPFixtures.description("poly-srtp-and-rtp-two-m-lines.sdp"))
        #expect(answer.media.map(\.port) == [0, 20_000])
    }

    @Test("Telnyx rings us: PCMU with the numbers of the offer")
    func telnyxOffer() throws {
        var ours = exchange()
        let (answer, agreement) = try ours.receiveOffer(SDPFixtures.description("telnyx-inbound-offer.sdp"))
        #expect(
            answer.description == """
                v=0\r\no=- 42 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n\
                m=audio 20000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
                a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n
                """)
        #expect(agreement.remote?.description == "203.0.113.20:18432")
        #expect(agreement.remoteRTCP?.description == "203.0.113.20:18433")
        #expect(agreement.codec == .pcmu)
        #expect(agreement.receivePayloadTypes == [0: .pcmu])
        #expect(agreement.telephoneEventReceivePayloadTypes == [101])
    }

    @Test("Telnyx answers us, with one codec or with two")
    func telnyxAnswers() throws {
        var ours = exchange()
        _ = ours.makeOffer()
        let one = try ours.receiveAnswer(SDPFixtures.description("telnyx-answer.sdp"))
        #expect(one.codec == .pcmu)
        #expect(one.receivePayloadTypes == [0: .pcmu])
        #expect(one.telephoneEventSendPayloadType == 101)
        #expect(one.direction == .sendrecv)

        _ = ours.makeOffer()
        let two = try ours.receiveAnswer(SDPFixtures.description("telnyx-answer-two-codecs.sdp"))
        #expect(two.codec == .pcma)
        #expect(two.sendPayloadType == 8)
        #expect(two.receivePayloadTypes == [0: .pcmu, 8: .pcma])
    }

    @Test(
        "RTCP goes where the peer says",
        arguments: [
            ("rtcp-attribute.sdp", "192.0.2.87:7001", false), ("rtcp-mux-offer.sdp", "192.0.2.86:6000", true),
            ("odd-rtp-port.sdp", "192.0.2.86:6002", false),
        ])
    func controlAddress(file: String, expected: String, mux: Bool) throws {
        var ours = exchange()
        let (answer, agreement) = try ours.receiveOffer(SDPFixtures.description(file))
        #expect(agreement.remoteRTCP?.description == expected)
        #expect(agreement.rtcpMux == mux)
        #expect(answer.media[0].attributes.has("rtcp-mux") == mux)
    }

    @Test(
        "packet times",
        arguments: [
            ("ptime-30-maxptime-150.sdp", 30), ("ptime-nonsense.sdp", 20), ("ptime-fraction.sdp", 20),
            ("twilio-offer.sdp", 20), ("hold-sendonly.sdp", 20),
        ])
    func packetTimes(file: String, expected: Int) throws {
        var ours = exchange()
        #expect(try ours.receiveOffer(SDPFixtures.description(file)).agreement.ptime == expected)
    }
}
