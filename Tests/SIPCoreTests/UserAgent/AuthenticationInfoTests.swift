import SIPCore
import TelephonyPrimitives
import Testing

@Suite("Authentication-Info in a user agent")
struct AuthenticationInfoTests {
    private let right = Credentials(username: "alice", password: "secret")
    private let wrong = "qop=auth, rspauth=\"00\""

    private func nonce(_ request: Request?) -> String? {
        request?.first(.authorization)?.firstMatch(of: /nonce="([^"]*)"/).map { String($0.1) }
    }

    private func notices(_ events: [UserAgentCore.Event]) -> [Notice] {
        events.compactMap { if case .notice(let notice) = $0, notice.kind == .failure { notice } else { nil } }
    }

    @Test("gives the next REGISTER its nonce")
    func registration() throws {
        var stage = Stage()
        _ = stage.register(try Accounts.alice())
        try stage.answer(401, headers: [(.wwwAuthenticate, Accounts.challenge)])
        for round in 2...4 {
            try stage.grant(headers: [(.authenticationInfo, "nextnonce=\"n\(round)\"")])
            stage.advanceToNextTry()
            #expect(nonce(stage.registers.last) == "n\(round)")
            #expect(stage.registers.last?.first(.authorization)?.contains("nc=00000001") == true)
        }
        #expect(notices(stage.events).isEmpty)
    }

    @Test("that proves nothing is told, and the next REGISTER waits to be asked")
    func impostor() throws {
        var stage = Stage()
        _ = stage.register(try Accounts.alice())
        try stage.answer(401, headers: [(.wwwAuthenticate, Accounts.challenge)])
        try stage.grant(headers: [(.authenticationInfo, "nextnonce=\"n2\", " + wrong)])
        let notice = try #require(notices(stage.events).first)
        #expect(notice.sentence.contains("does not know our password of example.com"))
        #expect(notice.callID == (try stage.registers.last?.callID.text))
        stage.advanceToNextTry()
        #expect(stage.registers.last?.first(.authorization) == nil)
        try stage.answer(401, headers: [(.wwwAuthenticate, Accounts.challenge)])
        #expect(nonce(stage.registers.last) == "n1")
        try stage.grant()
        #expect(stage.stateNames.last == "registered")
    }

    @Test("of a call gives its next request credentials, which may be out of date")
    func call() throws {
        var stage = Stage()
        let id = try stage.call(credentials: right)
        stage.respond(
            401, to: try #require(stage.lastRequest(.invite)), headers: [(.wwwAuthenticate, Accounts.challenge)])
        let invite = try #require(stage.lastRequest(.invite))
        stage.respond(200, to: invite, headers: [(.authenticationInfo, "nextnonce=\"n2\"")], body: "v=0 answer")
        // The second copy of the 200 has been overtaken.
        stage.respond(200, to: invite, headers: [(.authenticationInfo, "nextnonce=\"n3\"")], body: "v=0 answer")
        #expect(nonce(stage.lastRequest(.ack)) == "n1")
        stage.command(.end(id))
        let bye = try #require(stage.lastRequest(.bye))
        #expect(nonce(bye) == "n2")
        stage.respond(
            401, to: bye,
            headers: [(.wwwAuthenticate, Accounts.challenge.replacing("\"n1\"", with: "\"n4\""))])
        let again = try #require(stage.lastRequest(.bye))
        #expect(nonce(again) == "n4")
        stage.respond(200, to: again)
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
        #expect(notices(stage.events).isEmpty)
    }

    @Test("is asked for nothing in a call whose next request goes to somebody else than the INVITE")
    func elsewhere() throws {
        var stage = Stage()
        let id = try stage.call(credentials: right)
        stage.respond(
            401, to: try #require(stage.lastRequest(.invite)), headers: [(.wwwAuthenticate, Accounts.challenge)])
        stage.givesFlows = false
        stage.respond(
            200, to: try #require(stage.lastRequest(.invite)), contact: "<sip:bob@192.0.2.77>",
            headers: [(.authenticationInfo, "nextnonce=\"n2\"")], body: "v=0 answer")
        var other = stage.flow
        other.remote = TransportAddress(ip: .v4(0xC000_024D), port: 5060)
        stage.feed(.flowOpened(try #require(stage.asked.last).0, other))
        stage.command(.end(id))
        let bye = try #require(stage.sent.last)
        #expect(bye.message.title == "BYE" && bye.flow == other)
        #expect(bye.message.request?.first(.authorization) == nil)
    }

    @Test("that proves nothing is told in a call and for a request of its own")
    func impostorElsewhere() throws {
        var stage = Stage()
        _ = try stage.call(credentials: right)
        let request = stage.core.makeRequestID()
        stage.command(
            .request(
                request,
                OutgoingRequest(
                    method: .options, target: try SIPURI(parsing: "sip:\(Stage.peer)"),
                    from: try NameAddress(parsing: "<sip:alice@example.com>"), credentials: right)))
        for method in [Method.invite, .options] {
            stage.respond(
                401, to: try #require(stage.lastRequest(method)), headers: [(.wwwAuthenticate, Accounts.challenge)])
            stage.respond(
                200, to: try #require(stage.lastRequest(method)), headers: [(.authenticationInfo, wrong)],
                body: method == .invite ? "v=0 answer" : nil)
        }
        #expect(notices(stage.events).map(\.sentence).count { $0.contains("does not know our password") } == 2)
        #expect(stage.names.contains("answered") && stage.names.contains("response 200"), "both go on all the same")
    }

    @Test("gives the refresh of a subscription credentials for where it goes")
    func subscription() throws {
        var stage = Stage()
        let id = stage.core.makeSubscriptionID()
        stage.command(
            .subscribe(
                id,
                OutgoingSubscription(
                    target: try SIPURI(parsing: "sip:alice@\(Stage.peer)"),
                    from: try NameAddress(parsing: "<sip:alice@example.com>"), event: "message-summary",
                    expires: .seconds(600), credentials: right)))
        stage.respond(
            401, to: try #require(stage.lastRequest(.subscribe)), headers: [(.wwwAuthenticate, Accounts.challenge)])
        let second = try #require(stage.lastRequest(.subscribe))
        stage.callID = try second.callID.text
        stage.ourTag = try second.from.tag?.text
        stage.respond(
            200, to: second,
            headers: [
                (.expires, "600"), (.contact, "<sip:mwi@\(Stage.peer)>"),
                (.authenticationInfo, "nextnonce=\"n2\""),
            ])
        stage.request(
            "NOTIFY",
            headers: [
                "Event: message-summary", "Subscription-State: active;expires=600",
                "Contact: <sip:mwi@\(Stage.peer)>",
            ])
        stage.advance(.seconds(570))
        let refresh = try #require(stage.lastRequest(.subscribe))
        #expect(nonce(refresh) == "n2")
        #expect(refresh.first(.authorization)?.contains("uri=\"sip:mwi@\(Stage.peer)\"") == true)
        // Its nonce may be out of date, which is no refusal.
        stage.respond(
            401, to: refresh,
            headers: [(.wwwAuthenticate, Accounts.challenge.replacing("\"n1\"", with: "\"n4\""))])
        #expect(nonce(stage.lastRequest(.subscribe)) == "n4")
        #expect(!stage.names.contains("subscription ended"))
    }

    @Test("goes both ways between two of us, and a call needs one challenge", arguments: DigestAlgorithm.allCases)
    func bothWays(algorithm: DigestAlgorithm) throws {
        var link = VirtualLink(
            bob: UserAgentConfiguration(
                authentication: DigestServer(
                    realm: "trunk", users: ["alice": "secret"], secret: Array("0123456789abcdef".utf8),
                    algorithms: [algorithm], qualities: [.integrity], information: .always)))
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event { link.command(side, .answer(id, body: .answer)) }
            if case .answered(let id, _, _) = event { link.after(.seconds(1)) { $0.command(side, .end(id)) } }
        }
        _ = try link.call(credentials: right)
        link.run(.seconds(100))
        let answer = try #require(link.messages(from: .bob, "200 INVITE").first?.message.response)
        let header = try #require(answer.first(.authenticationInfo))
        #expect(header.contains("qop=auth-int") && header.contains("rspauth="))
        #expect(header.contains("nextnonce=") == !algorithm.isSession)
        let bye = link.messages(from: .alice, "BYE").compactMap(\.message.request)
        #expect(bye.count == 1)
        #expect((bye.first?.first(.authorization) != nil) == !algorithm.isSession)
        #expect(notices(link.events[0]).isEmpty)
        #expect(link.isIdle)
    }

    @Test("keeps an account registered for days with one challenge, though nonces last two hours")
    func days() throws {
        let registrar = Accounts.registrar {
            $0.authentication = DigestServer(
                realm: "example.com", users: ["alice": "secret"], secret: Array("0123456789abcdef".utf8),
                nonceLifetime: .seconds(7_200), information: .whenOld)
        }
        var link = VirtualLink(bob: UserAgentConfiguration(registrar: registrar))
        _ = link.register(try Accounts.alice())
        link.run(.seconds(3 * 24 * 3_600))
        #expect(link.messages(from: .bob, "401 REGISTER").count == 1)
        #expect(link.messages(from: .bob, "200 REGISTER").count > 60)
        #expect(notices(link.events[0]).isEmpty)
    }
}
