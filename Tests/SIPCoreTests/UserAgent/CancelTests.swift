import SIPCore
import TelephonyPrimitives
import Testing

@Suite("Giving up an unanswered call")
struct CancelTests {
    @Test("while it rings sends CANCEL; both sides end once")
    func ringing() throws {
        var link = VirtualLink()
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event { link.command(side, .ring(id)) }
        }
        let id = try link.call()
        link.run(.seconds(2))
        link.command(.alice, .end(id, reasonHeader: "SIP;cause=200;text=\"Call completed elsewhere\""))
        link.run(.seconds(60))
        #expect(
            link.ladder == [
                "INVITE>", "<100 INVITE", "<180 INVITE", "CANCEL>", "<200 CANCEL", "<487 INVITE", "ACK>",
            ])
        #expect(link.ends(.alice).map(\.cause) == [.cancelledLocally])
        #expect(link.ends(.bob).map(\.cause) == [.cancelledByPeer])
        #expect(link.ends(.bob).first?.request?.first(.reason)?.hasPrefix("SIP;cause=200") == true)
        #expect(link.isIdle)

        let invite = try #require(link.messages(from: .alice, "INVITE").first?.message.request)
        let cancel = try #require(link.messages(from: .alice, "CANCEL").first?.message.request)
        for name in [HeaderName.via, .from, .to, .callID] {
            #expect(cancel.values(of: name) == invite.values(of: name))
        }
        #expect(cancel.requestURIText == invite.requestURIText)
        #expect(try cancel.cseq == CSeq(number: invite.cseq.number, method: .cancel))
        let ringing = try #require(link.messages(from: .bob, "180 INVITE").first?.message.response)
        let accepted = try #require(link.messages(from: .bob, "200 CANCEL").first?.message.response)
        #expect(try accepted.to.tag == ringing.to.tag)
    }

    @Test("before any provisional response waits for one")
    func tooEarly() throws {
        var stage = Stage()
        let id = try stage.call()
        stage.command(.end(id))
        stage.advance(.seconds(2))
        #expect(stage.titles == ["INVITE", "INVITE", "INVITE"])
        #expect(stage.ends.isEmpty)
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(100, to: invite)
        let cancel = try #require(stage.lastRequest(.cancel))
        stage.respond(200, to: cancel)
        stage.respond(487, to: invite)
        #expect(stage.titles.suffix(2) == ["CANCEL", "ACK"])
        #expect(stage.ends.map(\.cause) == [.cancelledLocally])
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("that nobody ever answers ends with the INVITE's own timeout")
    func nobody() throws {
        var stage = Stage()
        let id = try stage.call()
        stage.command(.end(id))
        stage.advance(.seconds(40))
        #expect(!stage.titles.contains("CANCEL"))
        #expect(stage.ends.map(\.cause) == [.cancelledLocally])
        #expect(stage.core.counters.isIdle)
    }

    @Test("whose CANCEL crosses the 200 acknowledges it, hangs up and was never answered", arguments: [200, 481])
    func crossesAnswer(cancelStatus: Int) throws {
        var stage = Stage()
        let id = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(180, to: invite)
        stage.command(.end(id))
        stage.respond(200, to: invite, body: "v=0")
        let cancel = try #require(stage.lastRequest(.cancel))
        stage.respond(cancelStatus, to: cancel)
        let bye = try #require(stage.lastRequest(.bye))
        stage.respond(200, to: bye)
        #expect(stage.titles == ["INVITE", "CANCEL", "ACK", "BYE"])
        #expect(stage.ends.map(\.cause) == [.cancelledLocally])
        #expect(!stage.names.contains("answered"))
        stage.respond(200, to: invite, body: "v=0")
        #expect(stage.titles.last == "ACK")
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("whose CANCEL comes after the callee's answer ends that call by BYE")
    func calleeHadAnswered() throws {
        var link = VirtualLink()
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event {
                link.command(side, .ring(id))
                link.after(.milliseconds(995)) { $0.command(side, .answer(id, body: .answer)) }
            }
        }
        let id = try link.call()
        link.after(.seconds(1)) { $0.command(.alice, .end(id)) }
        link.run(.seconds(60))
        #expect(link.messages(from: .bob, "487 INVITE").isEmpty)
        #expect(link.messages(from: .bob, "200 CANCEL").count == 1)
        #expect(link.ends(.alice).map(\.cause) == [.cancelledLocally])
        #expect(link.ends(.bob).map(\.cause) == [.hungUpByPeer])
        #expect(link.isIdle)
    }

    @Test("crossed by a refusal ends with CANCEL's end, not with the refusal")
    func crossesRefusal() throws {
        var stage = Stage()
        let id = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(180, to: invite)
        stage.command(.end(id))
        stage.respond(486, to: invite)
        stage.respond(481, to: try #require(stage.lastRequest(.cancel)))
        #expect(stage.ends.map(\.cause) == [.cancelledLocally])
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("is given up 32 seconds after a CANCEL that brings no final response")
    func noFinal() throws {
        var stage = Stage()
        let id = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(180, to: invite)
        stage.advance(.seconds(5))
        stage.command(.end(id))
        stage.respond(200, to: try #require(stage.lastRequest(.cancel)))
        stage.advance(.seconds(31))
        #expect(stage.ends.isEmpty)
        stage.advance(.seconds(2))
        #expect(stage.ends.map(\.cause) == [.cancelledLocally])
        stage.advance(.seconds(40))
        #expect(stage.core.counters.isIdle)
    }

    @Test("by a CANCEL that matches nothing gets 481")
    func unknown() {
        var stage = Stage()
        stage.request("CANCEL", toTag: .some(nil))
        #expect(stage.titles == ["481 CANCEL"])
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("twice sends one CANCEL")
    func twice() throws {
        var stage = Stage()
        let id = try stage.call()
        stage.respond(180, to: try #require(stage.lastRequest(.invite)))
        stage.command(.end(id))
        stage.command(.end(id))
        #expect(stage.titles == ["INVITE", "CANCEL"])
    }

    @Test("before a flow is there sends nothing at all")
    func beforeFlow() throws {
        var stage = Stage()
        stage.givesFlows = false
        let id = try stage.call()
        stage.command(.end(id))
        #expect(stage.sent.isEmpty)
        #expect(stage.ends.map(\.cause) == [.cancelledLocally])
        let question = try #require(stage.asked.first)
        stage.feed(.flowOpened(question.0, stage.flow))
        #expect(stage.sent.isEmpty)
        #expect(stage.core.counters.isIdle)
    }

    @Test("by the caller's BYE in the early dialog answers both requests")
    func earlyBye() throws {
        var stage = Stage()
        stage.request("INVITE", body: "v=0")
        stage.command(.ring(try #require(stage.incoming.first)))
        try stage.learnOurTag()
        stage.request("BYE")
        #expect(stage.lastResponse(to: .bye)?.status == 200)
        #expect(stage.lastResponse(to: .invite)?.status == 487)
        #expect(stage.ends.map(\.cause) == [.cancelledByPeer])
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("when the INVITE's Expires runs out is answered with 487")
    func expires() throws {
        var stage = Stage()
        stage.request("INVITE", headers: ["Expires: 15"], body: "v=0")
        stage.command(.ring(try #require(stage.incoming.first)))
        stage.advance(.seconds(14))
        #expect(stage.ends.isEmpty)
        stage.advance(.seconds(2))
        #expect(stage.lastResponse(to: .invite)?.status == 487)
        #expect(stage.ends.map(\.cause) == [.timeout])
    }
}
