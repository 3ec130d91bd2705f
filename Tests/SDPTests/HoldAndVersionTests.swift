import SDP
import Testing

@Suite("Hold, resume and versions")
struct HoldAndVersionTests {
    private func version(_ description: SessionDescription) -> String { description.origin.sessionVersion }

    @Test("directions turn round and narrow down")
    func directions() {
        #expect(StreamDirection.allCases.map(\.reversed) == [.sendrecv, .recvonly, .sendonly, .inactive])
        for one in StreamDirection.allCases {
            #expect(one.intersection(.sendrecv) == one)
            #expect(one.intersection(.inactive) == .inactive)
        }
        #expect(StreamDirection.sendonly.intersection(.recvonly) == .inactive)
    }

    @Test(
        "the answer to a direction, by what we wish",
        arguments: [
            ("sendrecv", StreamDirection.sendrecv, StreamDirection.sendrecv), ("sendonly", .sendrecv, .recvonly),
            ("recvonly", .sendrecv, .sendonly), ("inactive", .sendrecv, .inactive), ("sendrecv", .sendonly, .sendonly),
            ("sendonly", .sendonly, .inactive), ("recvonly", .sendonly, .sendonly), ("sendrecv", .inactive, .inactive),
        ])
    func answers(offered: String, wish: StreamDirection, expected: StreamDirection) throws {
        var ours = exchange()
        ours.direction = wish
        let (answer, agreement) = try ours.receiveOffer(peer("m=audio 4000 RTP/AVP 0", "a=\(offered)"))
        #expect(agreement.direction == expected)
        #expect(answer.media[0].attributes.last == Attribute(expected.rawValue))
    }

    @Test("hold by 0.0.0.0: nothing is sent, and there is no new address")
    func zeroAddress() throws {
        var ours = exchange()
        for file in ["hold-zero-address-no-direction.sdp", "asterisk-hold-inactive-ip.sdp"] {
            let (answer, agreement) = try ours.receiveOffer(SDPFixtures.description(file))
            #expect(agreement.direction == .recvonly)
            #expect(agreement.remote == nil)
            #expect(agreement.remoteRTCP == nil)
            #expect(answer.connection?.address == "198.51.100.1")
        }
    }

    @Test("session-level direction counts where the stream has none")
    func sessionLevel() throws {
        var ours = exchange()
        let held = try ours.receiveOffer(SDPFixtures.description("hold-direction-at-session-level.sdp"))
        #expect(held.agreement.direction == .recvonly)
        let own = try ours.receiveOffer(SDPFixtures.description("direction-media-overrides-session.sdp"))
        #expect(own.agreement.direction == .sendrecv)
    }

    @Test("we hold and resume: the version grows with each change, the id stays")
    func weHold() throws {
        var ours = exchange()
        let first = ours.makeOffer()
        _ = try ours.receiveAnswer(peer("m=audio 4000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000"))
        let hold = ours.makeOffer(direction: .sendonly)
        #expect(try ours.receiveAnswer(peer("m=audio 4000 RTP/AVP 0", "a=recvonly")).direction == .sendonly)
        #expect(ours.direction == .sendonly)
        let resume = ours.makeOffer()
        #expect(try ours.receiveAnswer(peer("m=audio 4000 RTP/AVP 0", "a=inactive")).direction == .inactive)
        #expect([first, hold, resume].map(version) == ["1", "2", "3"])
        #expect(Set([first, hold, resume].map(\.origin.sessionID)) == ["42"])
        #expect(hold.media[0].attributes.last == Attribute("sendonly"))
        let again = ours.makeOffer()
        #expect(again == resume)
    }

    @Test("the peer holds and resumes: an answer that says the same again has the same version")
    func theyHold() throws {
        var ours = exchange()
        let lines = ["m=audio 4000 RTP/AVP 0"]
        let answers = try ["sendrecv", "sendrecv", "sendonly", "inactive", "sendrecv"].map {
            try ours.receiveOffer(peer(lines[0], "a=\($0)")).answer
        }
        #expect(answers.map(version) == ["1", "1", "2", "3", "4"])
    }

    @Test("an offer that was refused is taken back, and its version is never used for anything else")
    func withdrawn() throws {
        var ours = exchange()
        let first = ours.makeOffer()
        let agreement = try ours.receiveAnswer(peer("m=audio 4000 RTP/AVP 0"))
        _ = ours.makeOffer(direction: .sendonly)
        _ = ours.makeOffer(direction: .inactive)
        ours.withdrawOffer()
        #expect(ours.direction == .sendrecv)
        #expect(ours.agreement == agreement)
        let (answer, next) = try ours.receiveOffer(peer("m=audio 4000 RTP/AVP 0"))
        #expect(next.direction == .sendrecv)
        #expect(version(first) == "1")
        #expect(version(answer) == "4")
        ours.withdrawOffer()
        #expect(ours.direction == .sendrecv)
    }

    @Test("an offer that never left gives its version back")
    func unsent() throws {
        var ours = exchange()
        _ = ours.makeOffer()
        _ = try ours.receiveAnswer(peer("m=audio 4000 RTP/AVP 0"))
        #expect(version(ours.makeOffer(direction: .inactive)) == "2")
        ours.withdrawOffer(unsent: true)
        #expect(ours.direction == .sendrecv)
        #expect(version(try ours.receiveOffer(peer("m=audio 4000 RTP/AVP 0", "a=sendonly")).answer) == "2")
        var new = exchange()
        _ = new.makeOffer(direction: .inactive)
        new.withdrawOffer(unsent: true)
        #expect(version(new.makeOffer()) == "1")
    }

    @Test("the numbers in o= fit 63 bits")
    func sessionNumber() {
        var ours = AudioOfferAnswer(
            sessionID: .max, local: exchange().local, capabilities: AudioCapabilities(codecs: [.pcmu]))
        #expect(ours.makeOffer().origin.sessionID == "9223372036854775807")
    }
}
