import SIPCore
import TelephonyPrimitives
import TelephonyTesting
import Testing

@Suite("A call whose messages get lost")
struct LossTests {
    private func link() -> VirtualLink {
        var link = VirtualLink()
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event {
                link.command(side, .ring(id))
                link.after(.seconds(3)) { $0.command(side, .answer(id, body: .answer)) }
            }
        }
        return link
    }

    /// Loses the first so many messages with this title.
    private func losing(_ title: String, _ count: Int) -> (VirtualLink) -> (VirtualLink.Line) -> Bool {
        let counter = Counter(count)
        return { _ in { line in line.title == title && counter.take() } }
    }

    private final class Counter: @unchecked Sendable {
        private var left: Int
        init(_ count: Int) { left = count }
        func take() -> Bool {
            left -= 1
            return left >= 0
        }
    }

    @Test(
        "is set up and ended all the same",
        arguments: [
            "INVITE", "100 INVITE", "180 INVITE", "200 INVITE", "ACK", "BYE", "200 BYE",
        ], [1, 2, 3])
    func lost(title: String, count: Int) throws {
        var link = link()
        link.loses = losing(title, count)(link)
        let id = try link.call()
        link.run(.seconds(20))
        link.command(.alice, .end(id))
        link.run(.seconds(100))
        #expect(link.trace.count { $0.isLost } >= 1)
        #expect(link.names(.alice).count { $0 == "answered" } == 1)
        #expect(
            link.names(.bob).filter { !$0.hasPrefix("provisional") } == [
                "incoming", "acknowledged", "ended hungUpByPeer",
            ])
        #expect(link.ends(.alice).map(\.cause) == [.hungUpLocally])
        #expect(link.isIdle)
    }

    @Test("keeps one session for any number of copies of its INVITE")
    func duplicates() throws {
        var link = link()
        link.duplication = 1
        let id = try link.call()
        link.run(.seconds(10))
        link.command(.alice, .end(id))
        link.run(.seconds(100))
        #expect(link.sessions(.bob).count == 1)
        #expect(link.ends(.alice).count == 1)
        #expect(link.ends(.bob).count == 1)
        #expect(link.names(.alice).count { $0 == "answered" } == 1)
        #expect(link.names(.bob).count { $0 == "acknowledged" } == 1)
        #expect(link.isIdle)
    }

    @Test("repeats its 200 until Timer H when no ACK comes, then hangs up", arguments: [TransportProtocol.udp, .tcp])
    func noAcknowledgement(transport: TransportProtocol) throws {
        var stage = Stage(transport: transport)
        stage.request("INVITE", body: "v=0")
        stage.command(.answer(try #require(stage.incoming.first), body: .answer))
        stage.advance(.seconds(100))
        #expect(
            stage.seconds(of: "200 INVITE") == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5])
        #expect(stage.seconds(of: "BYE").first == 32)
        #expect(stage.ends.map(\.cause) == [.acknowledgementMissing])
        #expect(Set(stage.sent.filter { $0.message.title == "200 INVITE" }.map(\.octets)).count == 1)
        #expect(stage.core.counters.isIdle)
    }

    @Test("swallows copies of the INVITE after the answer, and late copies of the ACK")
    func copiesAfterAnswer() throws {
        var stage = Stage()
        stage.request("INVITE", sequence: 20, branch: "z9hG4bKone", body: "v=0")
        stage.command(.answer(try #require(stage.incoming.first), body: .answer))
        try stage.learnOurTag()
        stage.request("INVITE", sequence: 20, branch: "z9hG4bKone", toTag: .some(nil), body: "v=0")
        #expect(stage.titles == ["100 INVITE", "200 INVITE"])
        stage.acknowledge(sequence: 20)
        stage.acknowledge(sequence: 20)
        stage.advance(.seconds(40))
        #expect(stage.names == ["incoming", "acknowledged"])
        #expect(stage.titles == ["100 INVITE", "200 INVITE"])
    }

    @Test("acknowledges each copy of the 200 with the very same ACK")
    func answerRepeated() throws {
        var stage = Stage()
        _ = try stage.establishOutgoing()
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(200, to: invite, body: "v=0 answer")
        stage.advance(.seconds(4))
        stage.respond(200, to: invite, body: "v=0 answer")
        let acks = stage.sent.filter { $0.message.title == "ACK" }.map(\.octets)
        #expect(acks.count == 3)
        #expect(Set(acks).count == 1)
        #expect(stage.names.count { $0 == "answered" } == 1)
        let ack = try #require(stage.lastRequest(.ack))
        #expect(try ack.topVia.branch != invite.topVia.branch)
        #expect(try ack.cseq.number == invite.cseq.number)
        #expect(ack.body.isEmpty)
    }

    @Test("that is hung up before its ACK came sends BYE only after it (RFC 3261 §15)")
    func byeWaitsForAcknowledgement() throws {
        var stage = Stage()
        stage.request("INVITE", sequence: 20, body: "v=0")
        let id = try #require(stage.incoming.first)
        stage.command(.answer(id, body: .answer))
        try stage.learnOurTag()
        stage.command(.end(id))
        #expect(!stage.titles.contains("BYE"))
        #expect(stage.ends.map(\.cause) == [.hungUpLocally])
        stage.acknowledge(sequence: 20)
        #expect(stage.titles.last == "BYE")
        stage.respond(200, to: try #require(stage.lastRequest(.bye)))
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("ends its BYE silently when the peer has gone")
    func byeUnanswered() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.command(.end(id))
        stage.advance(.seconds(60))
        #expect(stage.titles.count { $0 == "BYE" } == 11)
        #expect(stage.ends.count == 1)
        #expect(stage.core.counters.isIdle)
    }

    @Test("whose ACK lacks the answer to our offer is ended")
    func emptyAcknowledgement() throws {
        var stage = Stage()
        stage.request("INVITE", sequence: 20)
        stage.command(.answer(try #require(stage.incoming.first), body: .offer))
        try stage.learnOurTag()
        stage.acknowledge(sequence: 20)
        #expect(stage.titles.last == "BYE")
        #expect(stage.ends.map(\.cause) == [.acknowledgementMissing])
    }

    @Test("drops responses that are cut off, are for somebody else, or match nothing")
    func strays() throws {
        var stage = Stage()
        _ = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        let good = MessageBuilder(response: 200, to: invite, toTag: Tag("x")).buildResponse()
        let text = String(decoding: good.octets, as: UTF8.self)
        let branch = try #require(try invite.topVia.branch?.text)
        for broken in [
            text.replacing("Content-Length: 0", with: "Content-Length: 10"),
            text.replacing(branch, with: "z9hG4bKother"),
            text.replacing("CSeq: 1 INVITE", with: "CSeq: 1 BYE"),
            text.replacing("Via: ", with: "Via: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKx, "),
            text.replacing("SIP/2.0 200", with: "SIP/2.0 2000"),
        ] {
            #expect(broken != text)
            stage.feed(.datagram(Array(broken.utf8), stage.flow))
            #expect(stage.titles == ["INVITE"], "\(broken)")
        }
    }

    @Test("whose answer can't be used ends rather than hangs")
    func unusableAnswer() throws {
        var stage = Stage()
        stage.wire.excuse(.finalAcknowledged, because: "such an answer makes no dialog to acknowledge it in")
        _ = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(200, to: invite, contact: "<sip:a@192.0.2.9>, <sip:b@192.0.2.9>", body: "v=0")
        stage.advance(.seconds(60))
        #expect(stage.ends.map(\.cause) == [.rejectedByPeer])
        #expect(stage.core.counters.isIdle)
    }
}
