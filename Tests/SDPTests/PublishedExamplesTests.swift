import SDP
import Testing

@Suite("Examples of RFC 3264 and RFC 4317")
struct PublishedExamplesTests {
    private static let offers = SDPFixtures.rows.filter {
        $0.file.hasPrefix("rfc4317/") && $0["kind"].hasSuffix("offer")
    }

    @Test("RFC 4317: number and order of m= lines are those of the offer", arguments: offers)
    func order(row: SDPFixtures.Row) throws {
        let offer = try SDPFixtures.description(row.file)
        let theirs = try SDPFixtures.description(row.file.replacing("offer", with: "answer"))
        #expect(theirs.media.map(\.kind) == offer.media.map(\.kind))
        var ours = exchange([.pcmu, .ilbc])
        do {
            let (answer, agreement) = try ours.receiveOffer(offer)
            #expect(answer.media.map(\.kind) == offer.media.map(\.kind))
            #expect(answer.media.count { $0.port != 0 } == 1)
            #expect(agreement.remoteHost.hasSuffix("example.com") || agreement.remoteHost == "0.0.0.0")
            #expect(agreement.remote == nil)
        } catch {
            #expect(error == .noAudio)
            #expect(offer.media.allSatisfy { $0.kind != "audio" || $0.port == 0 })
        }
    }

    @Test(
        "RFC 4317 §2: Bob's audio answers",
        arguments: [
            ("2.1", [AudioCodecOffer.pcmu], ["0"]), ("2.4", [.ilbc], ["97"]), ("2.5", [.ilbc], ["97"]),
            ("2.7", [.ilbc], ["99"]), ("2.8", [.pcmu], ["0"]),
        ])
    func audioAnswers(section: String, codecs: [AudioCodecOffer], formats: [String]) throws {
        let offer = try SDPFixtures.description("rfc4317/\(section)-offer.sdp")
        let theirs = try SDPFixtures.description("rfc4317/\(section)-answer.sdp")
        var ours = exchange(codecs)
        let answer = try ours.receiveOffer(offer).answer
        let index = try #require(answer.media.firstIndex { $0.port != 0 })
        #expect(answer.media[index].formats == formats)
        let same = try #require(theirs.media.first { $0.kind == "audio" && $0.port != 0 })
        #expect(answer.media[index].formats == same.formats)
        #expect(answer.media[index].attributes.value("rtpmap") == same.attributes.value("rtpmap"))
    }

    @Test("RFC 4317 §2.3: an answer that gives iLBC another number is read")
    func otherNumber() throws {
        var ours = exchange([.pcmu, .pcma, .ilbc], telephoneEvent: false)
        #expect(ours.makeOffer().media[0].formats == ["0", "8", "96"])
        var answer = try SDPFixtures.description("rfc4317/2.3-answer.sdp")
        answer.media.removeLast()
        let agreement = try ours.receiveAnswer(answer)
        #expect(agreement.codec == .ilbc)
        #expect(agreement.sendPayloadType == 99)
        #expect(agreement.receivePayloadTypes[96] == .ilbc)
    }

    @Test("RFC 3264 §10.2: three codecs offered, two answered, one settled on by a second offer")
    func oneOfSeveral() throws {
        let g723 = AudioCodecOffer(name: "G723", clockRate: 8_000, staticPayloadType: 4)
        let g729 = AudioCodecOffer(name: "G729", clockRate: 8_000, staticPayloadType: 18)
        var alice = exchange([.pcmu, g723, g729], telephoneEvent: false)
        let offer = alice.makeOffer(direction: .inactive)
        #expect(offer.media[0].formats == ["0", "4", "18"])
        let agreement = try alice.receiveAnswer(
            peer("m=audio 54344 RTP/AVP 0 4", "a=rtpmap:0 PCMU/8000", "a=rtpmap:4 G723/8000", "a=inactive"))
        #expect(agreement.direction == .inactive)
        #expect(agreement.receivePayloadTypes.keys.sorted() == [0, 4])
        var bob = exchange([g723])
        let (answer, second) = try bob.receiveOffer(
            peer("m=audio 62986 RTP/AVP 4", "a=rtpmap:4 G723/8000", "a=sendrecv"))
        #expect(answer.media[0].formats == ["4"])
        #expect(second.direction == .sendrecv)
    }

    @Test("two of ours agree with each other, whoever offers", arguments: [true, false])
    func bothSides(mux: Bool) throws {
        var one = exchange([.opus, .pcma])
        var two = exchange([.pcma, .opus, .pcmu])
        for direction in StreamDirection.allCases {
            let (answer, theirs) = try two.receiveOffer(
                SessionDescription(parsing: one.makeOffer(direction: direction).serialized))
            let ours = try one.receiveAnswer(SessionDescription(parsing: answer.serialized))
            #expect(ours.codec == theirs.codec)
            #expect(ours.sendPayloadType == theirs.sendPayloadType)
            #expect(ours.direction == theirs.direction.reversed)
            #expect(ours.telephoneEventReceivePayloadTypes == theirs.telephoneEventReceivePayloadTypes)
            if mux { swap(&one, &two) }
            one.direction = .sendrecv
            two.direction = .sendrecv
        }
    }
}
