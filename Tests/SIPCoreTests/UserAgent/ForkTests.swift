import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A call that was forked")
struct ForkTests {
    @Test("goes on with the first answer; the second is acknowledged and ended")
    func twoAnswers() throws {
        var stage = Stage()
        _ = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(180, to: invite, tag: "A", contact: "<sip:a@192.0.2.9>")
        stage.respond(180, to: invite, tag: "B", contact: "<sip:b@192.0.2.9>")
        stage.respond(200, to: invite, tag: "A", contact: "<sip:a@192.0.2.9>", body: "v=0")
        stage.respond(200, to: invite, tag: "B", contact: "<sip:b@192.0.2.9>", body: "v=0")
        #expect(stage.titles == ["INVITE", "ACK", "ACK", "BYE"])
        let acks = stage.requests.filter { $0.method == .ack }
        #expect(acks.map(\.requestURIText) == ["sip:a@192.0.2.9", "sip:b@192.0.2.9"])
        let bye = try #require(stage.lastRequest(.bye))
        #expect(bye.requestURIText == "sip:b@192.0.2.9")
        #expect(try bye.to.tag == Tag("B"))
        stage.respond(200, to: bye)
        #expect(stage.names == ["provisional 180", "provisional 180", "answered"])

        // Copies of either answer get their own ACK again.
        stage.respond(200, to: invite, tag: "B", contact: "<sip:b@192.0.2.9>", body: "v=0")
        stage.respond(200, to: invite, tag: "A", contact: "<sip:a@192.0.2.9>", body: "v=0")
        #expect(stage.requests.suffix(2).map(\.requestURIText) == ["sip:b@192.0.2.9", "sip:a@192.0.2.9"])
        #expect(stage.requests.suffix(2).allSatisfy { $0.method == .ack })
        #expect(stage.requests.count { $0.method == .bye } == 1)
        stage.advance(.seconds(40))
        #expect(stage.core.counters.dialogs == 1)
        #expect(stage.ends.isEmpty)
    }

    @Test("goes on when the fork that lost hangs up by itself")
    func loserHangsUp() throws {
        var stage = Stage()
        _ = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.callID = try invite.callID.text
        stage.ourTag = try invite.from.tag?.text
        for tag in ["A", "B"] { stage.respond(200, to: invite, tag: tag, body: "v=0") }
        stage.peerTag = "B"
        stage.request("BYE", sequence: 1)
        #expect(stage.lastResponse(to: .bye)?.status == 200)
        stage.request("INFO", sequence: 2)
        #expect(stage.lastResponse(to: .info)?.status == 481)
        #expect(stage.ends.isEmpty)
        stage.peerTag = "A"
        stage.request("BYE", sequence: 1)
        #expect(stage.ends.map(\.cause) == [.hungUpByPeer])
    }

    @Test("answers the offer of an answer that came too late by refusing its streams")
    func loserOffers() throws {
        var stage = Stage()
        let id = try stage.call(body: nil)
        let invite = try #require(stage.lastRequest(.invite))
        let offer =
            "v=0\r\no=b 5 5 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
            + "m=audio 4000/2 RTP/AVP 0 8\r\na=sendrecv\r\nm=video 0 RTP/AVP 99\r\n"
        for tag in ["A", "B"] { stage.respond(200, to: invite, tag: tag, body: offer) }
        let acknowledgement = try #require(stage.lastRequest(.ack))
        #expect(try acknowledgement.to.tag == Tag("B"))
        let refusal =
            "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 0 8\r\nm=video 0 RTP/AVP 99\r\n"
        #expect(String(decoding: acknowledgement.body, as: UTF8.self) == refusal)
        #expect(acknowledgement.first(.contentType) == "application/sdp")
        #expect(stage.titles == ["INVITE", "ACK", "BYE"])
        // The call that was taken ends before its answer is made: its ACK refuses as well.
        stage.command(.end(id))
        #expect(stage.titles == ["INVITE", "ACK", "BYE", "ACK", "BYE"])
        #expect(try #require(stage.lastRequest(.ack)).body == Array(refusal.utf8))
    }

    @Test("counts on in the dialog of a fork that had a PRACK and answers too late")
    func loserHadPrack() throws {
        var stage = Stage()
        _ = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(180, to: invite, tag: "B", headers: [(.require, "100rel"), (.rSeq, "1")])
        let prack = try #require(stage.lastRequest(.prack))
        stage.respond(200, to: prack, tag: "B")
        stage.respond(200, to: invite, tag: "A", body: "v=0")
        stage.respond(200, to: invite, tag: "B", body: "v=0")
        let bye = try #require(stage.lastRequest(.bye))
        #expect(try bye.to.tag == Tag("B"))
        #expect(try bye.cseq.number == prack.cseq.number + 1)
    }

    @Test("may be answered by another than rang first")
    func otherAnswers() throws {
        var stage = Stage()
        let id = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(183, to: invite, tag: "A", contact: "<sip:a@192.0.2.9>", body: "v=0 early")
        stage.respond(180, to: invite, tag: "B", contact: "<sip:b@192.0.2.9>")
        #expect(stage.core.counters.dialogs == 2)
        stage.respond(200, to: invite, tag: "B", contact: "<sip:b@192.0.2.9>", body: "v=0")
        #expect(stage.core.counters.dialogs == 1)
        stage.command(.end(id))
        #expect(stage.lastRequest(.bye)?.requestURIText == "sip:b@192.0.2.9")
    }

    @Test("keeps early dialogs apart and takes requests in each")
    func earlyDialogs() throws {
        var stage = Stage()
        _ = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.callID = try invite.callID.text
        stage.ourTag = try invite.from.tag?.text
        for tag in ["A", "B"] { stage.respond(180, to: invite, tag: tag) }
        for tag in ["A", "B"] {
            stage.peerTag = tag
            stage.request("INFO", sequence: 5)
            #expect(stage.lastResponse(to: .info)?.status == 200)
        }
        stage.peerTag = "C"
        stage.request("INFO", sequence: 5)
        #expect(stage.lastResponse(to: .info)?.status == 481)
        stage.peerTag = "A"
        stage.request("UPDATE", sequence: 6, body: "v=0")
        #expect(stage.lastResponse(to: .update)?.status == 491)
    }

    @Test("into more dialogs than are kept stays bounded")
    func bounded() throws {
        var configuration = UserAgentConfiguration()
        configuration.maxForks = 4
        var stage = Stage(configuration)
        _ = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        for index in 0..<100 { stage.respond(180, to: invite, tag: "t\(index)") }
        #expect(stage.core.counters.dialogs == 4)
        for index in 0..<100 { stage.respond(200, to: invite, tag: "t\(index)", body: "v=0") }
        #expect(stage.requests.count { $0.method == .bye } == 3)
        #expect(stage.names.count { $0 == "answered" } == 1)
    }

    @Test("and given up ends each answer that still comes")
    func cancelled() throws {
        var stage = Stage()
        let id = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(180, to: invite, tag: "A")
        stage.command(.end(id))
        stage.respond(200, to: try #require(stage.lastRequest(.cancel)))
        stage.respond(200, to: invite, tag: "A", body: "v=0")
        stage.respond(200, to: invite, tag: "B", body: "v=0")
        #expect(stage.titles == ["INVITE", "CANCEL", "ACK", "BYE", "ACK", "BYE"])
        #expect(stage.ends.map(\.cause) == [.cancelledLocally])
        stage.advance(.seconds(70))
        #expect(stage.core.counters.isIdle)
    }
}
