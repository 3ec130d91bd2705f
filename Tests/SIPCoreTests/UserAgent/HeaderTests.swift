import SIPCore
import TelephonyPrimitives
import Testing

/// Header fields of an application's own, out and in (F-18).
@Suite("Headers of the application")
struct HeaderTests {
    static let name = HeaderName("X-Account-ID")
    static let fields: HeaderFields = [
        (name, "42; \"a, b\""), (.userToUser, "00AB;encoding=hex"), (.reason, "Q.850;cause=16"),
    ]
    static let lines = fields.map { "\($0.0): \($0.1)" }

    /// Whether all of the fields are there, as they were given.
    private func carries(_ message: (any SIPMessage)?) -> Bool {
        guard let message else { return false }
        return Self.fields.allSatisfy { message.values(of: $0.0) == [$0.1] }
            && message.userToUser.map(\.octets) == [[0x00, 0xAB]] && message.reasons == [.q850(16)]
    }

    @Test("F-18: an INVITE and its 18x, 200 and 4xx take header fields along, and tell those of the peer")
    func invite() throws {
        var stage = Stage()
        let id = try stage.call(headers: Self.fields)
        let invite = try #require(stage.lastRequest(.invite))
        #expect(carries(invite))
        stage.respond(183, to: invite, headers: Self.fields)
        stage.respond(200, to: invite, headers: Self.fields, body: "v=0 answer")
        let told = stage.events.compactMap { event -> Response? in
            switch event {
            case .provisional(id, let response), .answered(id, let response, _): response
            default: nil
            }
        }
        #expect(told.map(\.status) == [183, 200])
        #expect(told.allSatisfy { carries($0) })

        var callee = Stage()
        callee.request("INVITE", headers: Self.lines, body: "v=0")
        guard case .incoming(let call, let request, _)? = callee.events.first else {
            Issue.record("the call did not come in")
            return
        }
        #expect(carries(request))
        callee.command(.ring(call, headers: Self.fields))
        #expect(callee.lastResponse(to: .invite)?.status == 180)
        #expect(carries(callee.lastResponse(to: .invite)))
        callee.command(.answer(call, body: .answer, headers: Self.fields))
        #expect(callee.lastResponse(to: .invite)?.status == 200)
        #expect(carries(callee.lastResponse(to: .invite)))
    }

    @Test("F-18: a refusal takes header fields along, and tells those of the peer", arguments: [302, 486, 603])
    func refusal(_ status: Int) throws {
        var stage = Stage()
        _ = try stage.call()
        stage.respond(status, to: try #require(stage.lastRequest(.invite)), headers: Self.fields)
        #expect(stage.ends.map(\.status) == [status])
        #expect(carries(stage.ends.first?.response))

        var callee = Stage()
        callee.request("INVITE", body: "v=0")
        callee.command(.reject(try #require(callee.incoming.first), status: status, headers: Self.fields))
        #expect(carries(callee.lastResponse(to: .invite)))
    }

    @Test("F-18: a BYE takes header fields along, and tells those of the peer")
    func bye() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.command(.end(id, headers: Self.fields))
        #expect(carries(stage.lastRequest(.bye)))

        var other = Stage()
        _ = try other.establishIncoming()
        other.request("BYE", headers: Self.lines)
        #expect(carries(other.ends.first?.request))
    }

    @Test("F-18: a BYE that has to wait for the ACK keeps its header fields")
    func lateBye() throws {
        var stage = Stage()
        stage.request("INVITE", body: "v=0")
        let id = try #require(stage.incoming.first)
        stage.command(.answer(id, body: .answer))
        try stage.learnOurTag()
        stage.command(.end(id, headers: Self.fields))
        #expect(stage.lastRequest(.bye) == nil)
        stage.acknowledge()
        #expect(carries(stage.lastRequest(.bye)))
    }

    @Test(
        "F-18: a CANCEL takes header fields along, also one that has to wait for the first answer, and tells the peer's"
    )
    func cancel() throws {
        for waits in [false, true] {
            var stage = Stage()
            let id = try stage.call()
            let invite = try #require(stage.lastRequest(.invite))
            if !waits { stage.respond(180, to: invite) }
            stage.command(.end(id, headers: Self.fields))
            #expect((stage.lastRequest(.cancel) == nil) == waits)
            if waits { stage.respond(180, to: invite) }
            #expect(carries(stage.lastRequest(.cancel)))
        }
        var callee = Stage()
        callee.request("INVITE", sequence: 10, branch: "z9hG4bKi", body: "v=0")
        callee.request("CANCEL", sequence: 10, branch: "z9hG4bKi", headers: Self.lines)
        #expect(callee.ends.map(\.cause) == [.cancelledByPeer])
        #expect(carries(callee.ends.first?.request))
    }

    @Test("F-18: ending a call that rings here takes the header fields into the refusal")
    func endWhileRinging() throws {
        var stage = Stage()
        stage.request("INVITE", body: "v=0")
        stage.command(.end(try #require(stage.incoming.first), headers: Self.fields))
        #expect(stage.lastResponse(to: .invite)?.status == 480)
        #expect(carries(stage.lastResponse(to: .invite)))
    }

    @Test("F-18: a REFER takes header fields along, and tells those of the peer")
    func refer() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        stage.command(.refer(id, target: "sip:carol@example.com", headers: Self.fields))
        #expect(carries(stage.lastRequest(.refer)))

        var configuration = UserAgentConfiguration()
        configuration.servesRefer = true
        var other = Stage(configuration)
        _ = try other.establishIncoming()
        other.request("REFER", headers: ["Refer-To: <sip:carol@example.com>"] + Self.lines)
        let referrals = other.events.compactMap { event -> Referral? in
            if case .refer(_, _, let referral) = event { referral } else { nil }
        }
        #expect(referrals.count == 1)
        #expect(carries(referrals.first?.request))
    }

    @Test("F-18: an INFO takes header fields along, and tells those of the peer")
    func info() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        let body = Body(contentType: "application/dtmf-relay", octets: Array("Signal=1\r\n".utf8))
        stage.command(.info(id, body, headers: Self.fields))
        #expect(carries(stage.lastRequest(.info)))
        #expect(stage.lastRequest(.info)?.body == body.octets)
        stage.request("INFO", headers: Self.lines, body: "Signal=2", contentType: "application/dtmf-relay")
        guard case .info(id, let request)? = stage.events.last else {
            Issue.record("the INFO was not told")
            return
        }
        #expect(carries(request))
    }

    @Test("F-18: an application can neither write the headers that the core writes nor begin a new line")
    func reserved() throws {
        let wrong: HeaderFields = [
            (.via, "SIP/2.0/UDP 203.0.113.1"), (.callID, "other"), (.cseq, "9 BYE"), (.maxForwards, "0"),
            (.contentLength, "7"), (HeaderName("X Y"), "no token"), (HeaderName(""), "empty"),
            (HeaderName("X-Split"), "a\r\nX-Injected: yes\r\n\r\nbody"),
        ]
        var stage = Stage()
        let id = try stage.call(headers: wrong)
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(180, to: invite)
        stage.command(.end(id, headers: wrong))
        for request in [invite, try #require(stage.lastRequest(.cancel))] {
            try request.validate()
            #expect(request.values(of: .via).count == 1)
            #expect(request.first(.maxForwards) == "70")
            #expect(request.first(HeaderName("X-Injected")) == nil)
            #expect(request.first(HeaderName("X-Split")) == "a  X-Injected: yes    body")
            #expect(!request.headers.contains { $0.value == "no token" || $0.value == "empty" })
        }
    }
}
