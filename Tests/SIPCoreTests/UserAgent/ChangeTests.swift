import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A change of a running call")
struct ChangeTests {
    /// Two user agents in a call; both answer offers by `answer`.
    private func running(_ answers: Bool = true, delay: ClosedRange<Int> = 10...10) throws -> (
        VirtualLink, SessionID, SessionID
    ) {
        var link = VirtualLink()
        link.delay = delay
        link.react = { link, side, event in
            switch event {
            case .incoming(let id, _, _): link.command(side, .answer(id, body: .answer))
            case .reinvite(let id, let request) where answers:
                link.command(side, .answerReinvite(id, body: request.body.isEmpty ? .offer : .answer))
            default: break
            }
        }
        let alices = try link.call()
        link.run(.seconds(2))
        let bobs = try #require(link.sessions(.bob).first)
        link.trace = []
        link.events = [[], []]
        return (link, alices, bobs)
    }

    @Test(
        "by the peer's hold and resume is taken each time, and the call goes on", arguments: VirtualLink.Side.allCases)
    func hold(side: VirtualLink.Side) throws {
        var (link, alices, bobs) = try running()
        let own = side == .alice ? alices : bobs
        for (index, body) in [Body.hold, .offer, .hold, .offer].enumerated() {
            link.command(side, .reinvite(own, body: body))
            link.run(.seconds(1))
            #expect(link.names(side).count { $0 == "reinvite answered" } == index + 1)
            #expect(link.names(side.other).count { $0 == "reinvite" } == index + 1)
            #expect(link.messages(from: side, "INVITE").last?.message.request?.body == body.octets)
        }
        #expect(link.ends(.alice).isEmpty && link.ends(.bob).isEmpty)
        link.command(.alice, .end(alices))
        link.run(.seconds(60))
        #expect(link.isIdle)
    }

    @Test("that both sides begin at once is refused with 491 twice and then made by each in turn")
    func glare() throws {
        var (link, alices, bobs) = try running()
        link.command(.alice, .reinvite(alices, body: .hold))
        link.command(.bob, .reinvite(bobs, body: .hold))
        link.run(.seconds(10))
        #expect(link.messages(from: .alice, "491 INVITE").count == 1)
        #expect(link.messages(from: .bob, "491 INVITE").count == 1)
        for side in VirtualLink.Side.allCases {
            #expect(link.names(side).count { $0 == "reinvite answered" } == 1)
            #expect(link.names(side).count { $0 == "reinvite" } == 1)
            #expect(link.names(side).first == "reinvite postponed 491")
            let invites = link.messages(from: side, "INVITE")
            let first = try #require(invites.first)
            let last = try #require(invites.last)
            let wait = (last.instant - first.instant).inSeconds
            // Who made the call waits longer (RFC 3261 §14.1).
            #expect(side == .alice ? (2.1...4.1).contains(wait) : (0...2.1).contains(wait), "\(side) \(wait)")
        }
        #expect(link.ends(.alice).isEmpty && link.ends(.bob).isEmpty)
    }

    @Test("that is refused leaves the call as it was", arguments: [403, 486, 488, 500, 603])
    func refused(status: Int) throws {
        var (link, alices, bobs) = try running(false)
        link.command(.alice, .reinvite(alices, body: .hold))
        link.run(.milliseconds(100))
        link.command(.bob, .rejectReinvite(bobs, status: status))
        link.run(.seconds(10))
        #expect(link.names(.alice) == ["reinvite failed \(status)"])
        #expect(link.messages(from: .alice, "ACK").count == 1)
        link.command(.bob, .end(bobs))
        link.run(.seconds(60))
        #expect(link.ends(.alice).map(\.cause) == [.hungUpByPeer])
        #expect(link.isIdle)
    }

    @Test("without an offer asks for the peer's and answers it in the ACK")
    func withoutOffer() throws {
        var (link, alices, _) = try running()
        link.command(.alice, .reinvite(alices, body: nil))
        link.run(.milliseconds(100))
        #expect(link.names(.alice) == ["reinvite answered"])
        #expect(link.messages(from: .alice, "ACK").isEmpty)
        link.command(.alice, .acknowledge(alices, body: .answer))
        link.run(.seconds(1))
        #expect(link.names(.bob) == ["reinvite", "acknowledged with answer"])
    }

    @Test("waits while another is under way")
    func queued() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.command(.reinvite(id, body: .hold))
        stage.command(.reinvite(id, body: .offer))
        #expect(stage.titles == ["INVITE", "ACK", "INVITE"])
        stage.respond(200, to: try #require(stage.lastRequest(.invite)), body: "v=0")
        #expect(stage.titles == ["INVITE", "ACK", "INVITE", "ACK", "INVITE"])
        #expect(stage.lastRequest(.invite)?.body == Body.offer.octets)
    }

    @Test("of the peer's while its first is open gets 500 with Retry-After, with ours open 491")
    func overlapping() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.request("INVITE", body: "v=0")
        stage.request("INVITE", body: "v=0")
        let busy = try #require(stage.lastResponse(to: .invite))
        #expect(busy.status == 500)
        #expect(busy.first(.retryAfter).flatMap { Int($0) }.map { (0...10).contains($0) } == true)
        stage.command(.answerReinvite(id, body: .answer))
        #expect(stage.lastResponse(to: .invite)?.status == 200)
        stage.acknowledge(sequence: stage.peerSequence - 1)

        stage.command(.reinvite(id, body: .hold))
        stage.request("INVITE", body: "v=0")
        #expect(stage.lastResponse(to: .invite)?.status == 491)
        #expect(stage.ends.isEmpty)
    }

    @Test("with a number that goes back gets 500 and changes nothing", arguments: ["INVITE", "BYE", "INFO", "UPDATE"])
    func outOfOrder(method: String) throws {
        var stage = Stage()
        _ = try stage.establishIncoming()
        let events = stage.events.count
        stage.request(method, sequence: stage.peerSequence - 1)
        #expect(stage.responses.last?.status == 500)
        #expect(stage.events.count == events)
    }

    @Test("that comes after our BYE gets 481")
    func afterBye() throws {
        var stage = Stage()
        let id = try stage.establishIncoming()
        stage.command(.end(id))
        stage.request("INVITE", body: "v=0")
        #expect(stage.lastResponse(to: .invite)?.status == 481)
        #expect(stage.ends.count == 1)
    }

    @Test("that the peer takes back by CANCEL needs no answer any more")
    func withdrawn() throws {
        var stage = Stage()
        _ = try stage.establishIncoming()
        stage.request("INVITE", sequence: 50, branch: "z9hG4bKre", body: "v=0")
        stage.request("CANCEL", sequence: 50, branch: "z9hG4bKre")
        #expect(stage.lastResponse(to: .cancel)?.status == 200)
        #expect(stage.lastResponse(to: .invite)?.status == 487)
        #expect(stage.names.suffix(2) == ["reinvite", "reinvite withdrawn"])
        #expect(stage.ends.isEmpty)
    }

    @Test("is answered 487 when the call ends first")
    func endsFirst() throws {
        var stage = Stage()
        let id = try stage.establishIncoming()
        stage.request("INVITE", body: "v=0")
        stage.command(.end(id))
        #expect(stage.lastResponse(to: .invite)?.status == 487)
        #expect(stage.titles.last == "BYE")
    }

    @Test("that nobody answers ends the call", arguments: [nil, 408, 481])
    func lost(status: Int?) throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.command(.reinvite(id, body: .hold))
        if let status { stage.respond(status, to: try #require(stage.lastRequest(.invite))) }
        stage.advance(.seconds(100))
        #expect(stage.titles.contains("BYE"))
        #expect(stage.ends.map(\.cause) == [.dialogLost])
        #expect(stage.core.counters.isIdle)
    }

    @Test("moves the peer to where its Contact says, for both directions")
    func targetRefresh() throws {
        var stage = Stage()
        let id = try stage.establishIncoming()
        stage.request("INVITE", headers: ["Contact: <sip:bob@192.0.2.77:5088>"], body: "v=0")
        stage.command(.answerReinvite(id, body: .answer))
        stage.acknowledge()
        stage.command(.reinvite(id, body: .hold))
        let invite = try #require(stage.lastRequest(.invite))
        #expect(invite.requestURIText == "sip:bob@192.0.2.77:5088")
        #expect(stage.asked.last?.1 == FlowTarget(host: "192.0.2.77", port: 5088))
        stage.respond(200, to: invite, contact: "<sip:bob@192.0.2.78>", body: "v=0")
        #expect(stage.lastRequest(.ack)?.requestURIText == "sip:bob@192.0.2.78")
    }

    @Test("by UPDATE is taken like one by re-INVITE, without ACK")
    func update() throws {
        var stage = Stage()
        let id = try stage.establishIncoming()
        stage.request("UPDATE", body: "v=0 hold")
        #expect(stage.names.last == "reinvite")
        stage.command(.answerReinvite(id, body: .answer))
        let answer = try #require(stage.lastResponse(to: .update))
        #expect(answer.status == 200)
        #expect(answer.body == Body.answer.octets)
        #expect(answer.first(.contact) != nil)
        stage.advance(.seconds(40))
        #expect(stage.ends.isEmpty)
    }

    @Test("whose 200 is not acknowledged ends the call")
    func unacknowledged() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.request("INVITE", body: "v=0")
        stage.command(.answerReinvite(id, body: .answer))
        stage.advance(.seconds(33))
        #expect(stage.ends.map(\.cause) == [.acknowledgementMissing])
        #expect(stage.titles.last == "BYE")
    }
}
