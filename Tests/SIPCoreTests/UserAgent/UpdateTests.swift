import SIPCore
import TelephonyPrimitives
import TelephonyTesting
import Testing

@Suite("An UPDATE")
struct UpdateTests {
    private static let allow = "INVITE, ACK, BYE, CANCEL, UPDATE, PRACK"

    /// A call of ours whose offer was answered in a reliable 183.
    private func earlyOutgoing() throws -> (Stage, SessionID, Request) {
        var stage = Stage()
        let id = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.callID = try invite.callID.text
        stage.ourTag = try invite.from.tag?.text
        stage.respond(
            183, to: invite, headers: [(.require, "100rel"), (.rSeq, "1"), (.allow, Self.allow)], body: "v=0 answer")
        stage.respond(200, to: try #require(stage.lastRequest(.prack)))
        return (stage, id, invite)
    }

    /// A call of the peer whose offer we have answered in a reliable 183.
    private func earlyIncoming() throws -> (Stage, SessionID) {
        var stage = Stage()
        stage.request("INVITE", headers: ["Require: 100rel", "Allow: \(Self.allow)"], body: "v=0 offer")
        let id = try #require(stage.incoming.last)
        stage.command(.ring(id, status: 183, body: .answer))
        try stage.learnOurTag()
        let number = try #require(stage.responses.last?.first(.rSeq))
        stage.request("PRACK", headers: ["RAck: \(number) 11 INVITE"])
        return (stage, id)
    }

    @Test("carries our offer before the call is answered")
    func earlyOffer() throws {
        var (stage, id, invite) = try earlyOutgoing()
        stage.command(.update(id, body: .hold))
        let update = try #require(stage.lastRequest(.update))
        #expect(update.body == Body.hold.octets)
        #expect(try update.cseq.number == 3)
        #expect(update.first(.contact) != nil)
        stage.request("UPDATE", body: "v=0 crossing")
        #expect(stage.lastResponse(to: .update)?.status == 491)
        stage.respond(200, to: update, body: "v=0 answer")
        #expect(stage.names.last == "reinvite answered")
        stage.respond(200, to: invite)
        #expect(stage.names.last == "answered")
    }

    @Test("of the callee goes out before its 200, which waits for the answer")
    func calleeOffer() throws {
        var (stage, id) = try earlyIncoming()
        stage.command(.update(id, body: .hold))
        stage.command(.answer(id, body: nil))
        #expect(stage.titles.last == "UPDATE")
        stage.respond(200, to: try #require(stage.lastRequest(.update)), body: "v=0 answer")
        #expect(stage.titles.last == "200 INVITE")
        #expect(stage.names.last == "reinvite answered")
    }

    @Test("before the first offer is answered is not sent", arguments: [true, false])
    func tooEarly(isCaller: Bool) throws {
        var stage = Stage()
        let id: SessionID
        if isCaller {
            id = try stage.call()
            stage.respond(
                183, to: try #require(stage.lastRequest(.invite)), headers: [(.allow, Self.allow)], body: "v=0")
        } else {
            stage.request("INVITE", headers: ["Allow: \(Self.allow)"], body: "v=0 offer")
            id = try #require(stage.incoming.last)
            stage.command(.ring(id))
        }
        stage.command(.update(id, body: .hold))
        #expect(!stage.titles.contains("UPDATE"))
    }

    @Test("of the peer is handed up before the call is answered, in both roles", arguments: [true, false])
    func peerOffers(isCaller: Bool) throws {
        var stage: Stage
        let id: SessionID
        if isCaller { (stage, id, _) = try earlyOutgoing() } else { (stage, id) = try earlyIncoming() }
        stage.request("UPDATE", body: "v=0 new")
        #expect(stage.names.last == "reinvite")
        stage.request("UPDATE", body: "v=0 newer")
        let refused = try #require(stage.lastResponse(to: .update))
        #expect(refused.status == 500)
        #expect((0...10).contains(Int(refused.first(.retryAfter) ?? "") ?? -1))
        stage.command(.answerReinvite(id, body: .answer))
        #expect(stage.lastResponse(to: .update)?.status == 200)
        #expect(stage.lastResponse(to: .update)?.body == Body.answer.octets)
        stage.request("UPDATE", body: "v=0 again")
        stage.command(.rejectReinvite(id, status: 504))
        #expect(stage.lastResponse(to: .update)?.status == 504)
        #expect(stage.ends.isEmpty)
    }

    @Test("is refused with 491 while our first offer is open and 500 while we owe the answer to theirs")
    func openOffers() throws {
        var stage = Stage()
        _ = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.callID = try invite.callID.text
        stage.ourTag = try invite.from.tag?.text
        stage.respond(180, to: invite)
        stage.request("UPDATE", body: "v=0")
        #expect(stage.lastResponse(to: .update)?.status == 491)
        var other = Stage()
        other.request("INVITE", body: "v=0 offer")
        other.command(.ring(try #require(other.incoming.last)))
        try other.learnOurTag()
        other.request("UPDATE", body: "v=0")
        #expect(other.lastResponse(to: .update)?.status == 500)
    }

    @Test("without a body moves the peer of an early dialog")
    func movesTarget() throws {
        var (stage, id, invite) = try earlyOutgoing()
        stage.request("UPDATE", headers: ["Contact: <sip:moved@192.0.2.77>"])
        #expect(stage.lastResponse(to: .update)?.status == 200)
        stage.command(.update(id, body: .hold))
        #expect(stage.lastRequest(.update)?.requestURIText == "sip:moved@192.0.2.77")
        stage.respond(200, to: invite)
        #expect(stage.names.last == "answered")
    }

    @Test("of one fork does not outlive it")
    func forkDies() throws {
        var (stage, id, invite) = try earlyOutgoing()
        stage.request("UPDATE", body: "v=0 new")
        stage.respond(200, to: invite, tag: "other", body: "v=0 answer")
        #expect(stage.lastResponse(to: .update)?.status == 487)
        #expect(stage.names.suffix(2) == ["reinvite withdrawn", "answered"])
        stage.command(.reinvite(id, body: .hold))
        #expect(stage.titles.last == "INVITE")
    }

    @Test("takes the place of a re-INVITE in a call whose peer allows it")
    func inCall() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing(headers: [(.allow, Self.allow)])
        stage.command(.update(id, body: .hold))
        let update = try #require(stage.lastRequest(.update))
        #expect(update.body == Body.hold.octets)
        stage.respond(200, to: update, body: "v=0 answer")
        #expect(stage.names.last == "reinvite answered")
        var plain = Stage()
        let other = try plain.establishOutgoing(headers: [(.allow, "INVITE, ACK, BYE")])
        plain.command(.update(other, body: .hold))
        #expect(plain.titles.last == "INVITE")
        #expect(plain.lastRequest(.invite)?.body == Body.hold.octets)
    }

    @Test("that meets glare is sent again after the time of RFC 3261 §14.1")
    func glare() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing(headers: [(.allow, Self.allow)])
        stage.command(.update(id, body: .hold))
        stage.respond(491, to: try #require(stage.lastRequest(.update)))
        #expect(stage.names.last == "reinvite postponed 491")
        stage.advance(.seconds(2))
        #expect(stage.requests.count { $0.method == .update } == 1)
        stage.advance(.seconds(2.1))
        let numbers = try stage.requests.filter { $0.method == .update }.map { try $0.cseq.number }
        #expect(Set(numbers) == [2, 3])
    }

    @Test("that is refused leaves the session as it was", arguments: [488, 504, 405])
    func refused(status: Int) throws {
        var stage = Stage()
        let id = try stage.establishOutgoing(headers: [(.allow, Self.allow)])
        stage.command(.update(id, body: .hold))
        stage.respond(status, to: try #require(stage.lastRequest(.update)))
        #expect(stage.names.last == "reinvite failed \(status)")
        #expect(stage.ends.isEmpty)
        stage.command(.update(id, body: .offer))
        #expect(stage.titles.last == (status == 405 ? "INVITE" : "UPDATE"))
    }

    @Test("or re-INVITE that fails leaves description and target as they were (RFC 6141 §3.4, §4.9)")
    func rollback() throws {
        var configuration = UserAgentConfiguration()
        configuration.sessionTimer = SessionTimerPolicy(interval: .seconds(200), minimum: .seconds(90))
        var stage = Stage(configuration)
        stage.wire.excuse(.finalTiming, because: "the ACK of the 488 does not come")
        let id = try stage.establishOutgoing(
            headers: [(.allow, "INVITE, ACK, BYE"), (.sessionExpires, "200;refresher=uac"), (.require, "timer")])
        stage.command(.reinvite(id, body: .hold))
        stage.respond(488, to: try #require(stage.lastRequest(.invite)))
        stage.request("INVITE", headers: ["Contact: <sip:moved@192.0.2.77>"], body: "v=0 video")
        stage.command(.rejectReinvite(id, status: 488))
        stage.acknowledge()
        stage.forget()
        stage.advance(.seconds(101))
        let refresh = try #require(stage.lastRequest(.invite))
        #expect(refresh.body == Body.offer.octets)
        #expect(refresh.requestURIText == "sip:bob@192.0.2.9:5060")
    }
}
