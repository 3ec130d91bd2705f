import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A session timer")
struct SessionTimerTests {
    private func answer(_ value: String) -> HeaderFields {
        [(.sessionExpires, value), (.require, "timer"), (.allow, "INVITE, ACK, CANCEL, BYE, UPDATE")]
    }

    @Test("of which we are the refresher is refreshed by UPDATE at half its length")
    func refreshes() throws {
        var stage = Stage()
        _ = try stage.establishOutgoing(headers: answer("600;refresher=uac"))
        #expect(stage.requests.first?.first(.sessionExpires) == "1800")
        stage.advance(.seconds(299))
        #expect(stage.lastRequest(.update) == nil)
        for round in 1...3 {
            stage.advance(.seconds(2))
            let update = try #require(stage.lastRequest(.update))
            #expect(update.body.isEmpty)
            #expect(update.first(.sessionExpires) == "600;refresher=uac")
            stage.respond(200, to: update, headers: answer("600;refresher=uac"))
            let updates = Set(stage.requests.filter { $0.method == .update }.compactMap { try? $0.cseq.number })
            #expect(updates.count == round)
            stage.advance(.seconds(298))
        }
        #expect(stage.ends.isEmpty)
    }

    @Test("is refreshed by re-INVITE with the last description when the peer knows no UPDATE")
    func refreshesByInvite() throws {
        var stage = Stage()
        _ = try stage.establishOutgoing(headers: [(.sessionExpires, "600;refresher=uac"), (.allow, "INVITE, ACK, BYE")])
        stage.advance(.seconds(301))
        let invite = try #require(stage.lastRequest(.invite))
        #expect(invite.body == Body.offer.octets)
        stage.respond(200, to: invite, headers: [(.sessionExpires, "600;refresher=uac")], body: "v=0 answer")
        #expect(stage.titles.last == "ACK")
        #expect(!stage.names.contains("reinvite answered"))
    }

    @Test("is refreshed with what was agreed on while the refresh had to wait")
    func refreshesLate() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing(
            headers: [(.sessionExpires, "600;refresher=uac"), (.allow, "INVITE, ACK, BYE")])
        stage.advance(.seconds(301))
        stage.respond(491, to: try #require(stage.lastRequest(.invite)))
        stage.request("INVITE", headers: ["Allow: INVITE, ACK, BYE"], body: "v=0 hold")
        let held = Body(contentType: "application/sdp", octets: Array("v=0 held".utf8))
        stage.command(.answerReinvite(id, body: held))
        stage.acknowledge()
        stage.advance(.seconds(5))
        let refresh = try #require(stage.lastRequest(.invite))
        #expect(try refresh.cseq.number == 3)
        #expect(refresh.body == held.octets)
    }

    @Test("of which the peer is the refresher ends the call in time when nothing comes")
    func expires() throws {
        var stage = Stage()
        _ = try stage.establishOutgoing(headers: answer("600;refresher=uas"))
        stage.advance(.seconds(700))
        #expect(stage.seconds(of: "BYE").first == 568)
        #expect(stage.ends.map(\.cause) == [.sessionExpired])
        #expect(stage.core.counters.isIdle)
    }

    @Test("runs anew with each refresh of the peer")
    func refreshed() throws {
        var stage = Stage()
        _ = try stage.establishIncoming(headers: ["Session-Expires: 600;refresher=uac", "Supported: timer"])
        let answer = try #require(stage.lastResponse(to: .invite))
        #expect(answer.first(.sessionExpires) == "600;refresher=uac")
        #expect(answer.require == ["timer"])
        for _ in 1...5 {
            stage.advance(.seconds(300))
            stage.request("UPDATE", headers: ["Session-Expires: 600;refresher=uac", "Supported: timer"])
            let update = try #require(stage.lastResponse(to: .update))
            #expect(update.status == 200)
            #expect(update.first(.sessionExpires) == "600;refresher=uac")
            #expect(update.body.isEmpty)
        }
        #expect(stage.ends.isEmpty)
        stage.advance(.seconds(569))
        #expect(stage.ends.map(\.cause) == [.sessionExpired])
    }

    @Test("that is too short for the peer is asked for again with its least")
    func tooShort() throws {
        var configuration = UserAgentConfiguration()
        configuration.sessionTimer = SessionTimerPolicy(interval: .seconds(90), minimum: .seconds(90))
        var stage = Stage(configuration)
        _ = try stage.call()
        stage.respond(422, to: try #require(stage.lastRequest(.invite)), headers: [(.minSE, "600")])
        let again = try #require(stage.lastRequest(.invite))
        #expect(again.first(.sessionExpires) == "600")
        #expect(again.first(.minSE) == "600")
        #expect(try again.cseq.number == 2)
        #expect(stage.ends.isEmpty)
    }

    @Test("that a peer knows nothing of does not end its calls")
    func unknown() throws {
        var stage = Stage()
        _ = try stage.establishOutgoing()
        stage.advance(.seconds(10_000))
        #expect(stage.ends.isEmpty)
        #expect(!stage.titles.contains("UPDATE"))
    }
}
