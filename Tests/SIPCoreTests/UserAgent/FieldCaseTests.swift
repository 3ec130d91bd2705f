import SIPCore
import TelephonyPrimitives
import Testing

/// What goes wrong in the field, as far as signalling alone has a part in it.
@Suite("Field cases of signalling")
struct FieldCaseTests {
    @Test("F-02: an outgoing call is told as answered with the 2xx and its description, before anybody speaks")
    func answerMoment() throws {
        var stage = Stage()
        _ = try stage.call()
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(183, to: invite, body: "v=0 early")
        #expect(!stage.names.contains("answered"))
        stage.respond(200, to: invite, body: "v=0 answer")
        // Nothing else is needed from the callee: the ACK is out, and the application has what it needs to send.
        #expect(stage.titles == ["INVITE", "ACK"])
        guard case .answered(_, let response, offerPending: false)? = stage.events.last else {
            Issue.record("the answer was not told at once")
            return
        }
        #expect(response.body == Array("v=0 answer".utf8))
        let fromEarly = stage.events.compactMap { event -> [UInt8]? in
            if case .provisional(_, let response) = event { response.body } else { nil }
        }
        #expect(fromEarly == [Array("v=0 early".utf8)])
    }

    @Test("F-02: a 2xx without the 1xx that was lost is an answer all the same")
    func answerWithoutRinging() throws {
        var stage = Stage()
        _ = try stage.call()
        stage.respond(200, to: try #require(stage.lastRequest(.invite)), body: "v=0 answer")
        #expect(stage.names == ["answered"])
    }

    @Test(
        "F-03: the packet time that a description names reaches the other side as it was written",
        arguments: [10, 20, 30, 40])
    func packetTime(milliseconds: Int) throws {
        let description = "v=0\r\nm=audio 4000 RTP/AVP 0\r\na=ptime:\(milliseconds)\r\n"
        let body = Body(contentType: "application/sdp", octets: Array(description.utf8))
        var link = VirtualLink()
        link.react = { link, side, event in
            if case .incoming(let id, let request, _) = event {
                #expect(request.body == body.octets)
                link.command(side, .answer(id, body: body))
            }
            if case .answered(_, let response, _) = event { #expect(response.body == body.octets) }
        }
        _ = try link.call(body: body)
        link.run(.seconds(1))
        #expect(link.names(.alice).contains("answered"))
    }

    @Test("F-04: pressing hold, resuming and any other re-INVITE leaves the call alive, ten times over")
    func hold() throws {
        var stage = Stage()
        let id = try stage.establishIncoming()
        for round in 0..<10 {
            stage.request("INVITE", body: "v=0 a=" + (round.isMultiple(of: 2) ? "sendonly" : "sendrecv"))
            guard case .reinvite(id, let request)? = stage.events.last else {
                Issue.record("round \(round): the re-INVITE was not handed up")
                return
            }
            #expect(!request.body.isEmpty)
            stage.command(.answerReinvite(id, body: .answer))
            let answer = try #require(stage.lastResponse(to: .invite))
            #expect(answer.status == 200)
            #expect(answer.body == Body.answer.octets)
            #expect(answer.first(.contact) != nil)
            #expect(try answer.to.tag?.text == stage.ourTag)
            stage.acknowledge()
            stage.advance(.seconds(5))
        }
        #expect(stage.ends.isEmpty)
        #expect(stage.incoming.count == 1, "a re-INVITE is no new call")
    }

    @Test("F-04: a re-INVITE without a description is answered with an offer and not with an error")
    func holdWithoutOffer() throws {
        var stage = Stage()
        let id = try stage.establishIncoming()
        stage.request("INVITE")
        stage.command(.answerReinvite(id, body: .offer))
        #expect(stage.lastResponse(to: .invite)?.body == Body.offer.octets)
        stage.acknowledge(body: "v=0 answer")
        #expect(stage.names.last == "acknowledged with answer")
        #expect(stage.ends.isEmpty)
    }

    @Test("F-04: a re-INVITE finds its dialog whatever else of it a middlebox has rewritten")
    func rewritten() throws {
        var stage = Stage()
        _ = try stage.establishIncoming()
        // The Request-URI and the source port are those of a middlebox; the three parts of the dialog are what counts.
        var flow = stage.flow
        flow.remote.port = 41_000
        stage.request("INVITE", uri: "sip:trunk@198.51.100.7:5099;line=3", body: "v=0", over: flow)
        #expect(stage.names.last == "reinvite")
        #expect(stage.lastResponse(to: .invite)?.status == 100)
    }

    @Test("F-04: a refused re-INVITE leaves the call as it was, in both directions")
    func refusedHold() throws {
        var stage = Stage()
        let id = try stage.establishIncoming()
        stage.request("INVITE", body: "v=0 video")
        stage.command(.rejectReinvite(id, status: 488))
        try stage.acknowledgeRefusal()
        stage.command(.reinvite(id, body: .hold))
        stage.respond(488, to: try #require(stage.lastRequest(.invite)))
        stage.advance(.seconds(60))
        #expect(stage.ends.isEmpty)
        #expect(stage.names.last == "reinvite failed 488")
    }

    @Test("F-07: the call lasts until it is told to end, and then ends at once")
    func goodbye() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.advance(.seconds(600))
        #expect(!stage.titles.contains("BYE"))
        stage.command(.end(id))
        #expect(stage.seconds(of: "BYE") == [600])
        #expect(stage.ends.map(\.cause) == [.hungUpLocally])
    }

    @Test("F-07: a call that is hung up right after it was answered is ended properly, not left hanging")
    func hungUpAtOnce() throws {
        var link = VirtualLink()
        link.delay = 200...200
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event {
                link.command(side, .answer(id, body: .answer))
                link.command(side, .end(id))
            }
        }
        _ = try link.call()
        link.run(.seconds(60))
        #expect(link.ladder == ["INVITE>", "<100 INVITE", "<200 INVITE", "ACK>", "<BYE", "200 BYE>"])
        #expect(link.ends(.alice).map(\.cause) == [.hungUpByPeer])
        #expect(link.isIdle)
    }

    @Test("F-07: the peer's goodbye is told once, however often it is repeated")
    func repeatedBye() throws {
        var stage = Stage()
        _ = try stage.establishOutgoing()
        for _ in 0..<5 { stage.request("BYE", sequence: 30, branch: "z9hG4bKbye") }
        #expect(stage.ends.map(\.cause) == [.hungUpByPeer])
        #expect(stage.responses.count { $0.status == 200 } == 5)
    }

    @Test("F-08: the codec table of a description is carried octet for octet, and never guessed at")
    func codecTable() throws {
        let description = "v=0\r\nm=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\n\u{0}\u{7F}"
        let body = Body(contentType: "application/sdp", octets: Array(description.utf8))
        var stage = Stage()
        _ = try stage.call(body: body)
        let invite = try #require(stage.lastRequest(.invite))
        #expect(invite.body == body.octets)
        #expect(invite.first(.contentType) == "application/sdp")
        #expect(invite.first(.contentLength) == "\(body.octets.count)")
        stage.advance(.seconds(1))
        #expect(Set(stage.sent.map(\.octets)).count == 1, "each repetition is the same")
    }
}

extension Stage {
    /// The peer acknowledges our refusal of its latest INVITE.
    fileprivate mutating func acknowledgeRefusal() throws {
        guard let branch = try lastResponse(to: .invite)?.topVia.branch else { throw CancellationError() }
        request("ACK", sequence: peerSequence, branch: branch.text)
    }
}
