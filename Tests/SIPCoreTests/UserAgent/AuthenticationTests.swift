import SIPCore
import TelephonyPrimitives
import Testing

@Suite("Authentication of calls")
struct AuthenticationTests {
    private let right = Credentials(username: "alice", password: "secret")

    private func challenge(_ nonce: String, realm: String = "carrier", stale: Bool = false) -> String {
        DigestChallenge(realm: realm, nonce: nonce, algorithm: .sha256, isStale: stale).description
    }

    private func nonce(_ request: Request, _ name: HeaderName = .proxyAuthorization) -> String? {
        request.first(name)?.firstMatch(of: /nonce="([^"]*)"/).map { String($0.1) }
    }

    @Test("answers 401 and 407 with a new INVITE of the same call", arguments: [401, 407])
    func challenged(status: Int) throws {
        var stage = Stage()
        let asks: HeaderName = status == 401 ? .wwwAuthenticate : .proxyAuthenticate
        let gives: HeaderName = status == 401 ? .authorization : .proxyAuthorization
        let id = try stage.call(credentials: right)
        let first = try #require(stage.lastRequest(.invite))
        stage.respond(100, to: first)
        stage.respond(status, to: first, tag: "X", headers: [(asks, challenge("n1"))])
        #expect(stage.titles == ["INVITE", "ACK", "INVITE"])
        let second = try #require(stage.lastRequest(.invite))
        #expect(try second.callID == first.callID)
        #expect(try second.from.tag == first.from.tag)
        #expect(try second.to.tag == nil)
        #expect(try second.cseq.number == 2)
        #expect(try second.topVia.branch != first.topVia.branch)
        #expect(nonce(second, gives) == "n1")
        #expect(second.body == first.body)
        stage.respond(200, to: second, tag: "Y", body: "v=0")
        let ack = try #require(stage.lastRequest(.ack))
        #expect(try ack.cseq.number == 2)
        #expect(ack.first(gives) == second.first(gives))
        #expect(stage.names.contains("answered"))

        // The BYE is challenged too.
        stage.command(.end(id))
        let bye = try #require(stage.lastRequest(.bye))
        stage.respond(status, to: bye, tag: "Y", headers: [(asks, challenge("n2"))])
        let again = try #require(stage.lastRequest(.bye))
        #expect(try again.cseq.number == bye.cseq.number + 1)
        #expect(nonce(again, gives) == "n2")
        stage.respond(200, to: again, tag: "Y")
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
        #expect(stage.ends.count == 1)
    }

    @Test("stops when the password is wrong")
    func wrongPassword() throws {
        var stage = Stage()
        _ = try stage.call(credentials: right)
        for nonce in ["n1", "n2"] {
            stage.respond(
                407, to: try #require(stage.lastRequest(.invite)), headers: [(.proxyAuthenticate, challenge(nonce))])
        }
        #expect(stage.titles == ["INVITE", "ACK", "INVITE", "ACK"])
        let end = try #require(stage.ends.first)
        #expect(end.cause == .unauthorized)
        #expect(end.status == 407)
        #expect(end.reason.contains("does not take the credentials"))
    }

    @Test("goes on after a stale nonce, but not for ever")
    func stale() throws {
        var stage = Stage()
        _ = try stage.call(credentials: right)
        for (nonce, stale) in [("n1", false), ("n2", true)] {
            stage.respond(
                407, to: try #require(stage.lastRequest(.invite)),
                headers: [(.proxyAuthenticate, challenge(nonce, stale: stale))])
        }
        #expect(stage.requests.count { $0.method == .invite } == 3)
        stage.respond(
            407, to: try #require(stage.lastRequest(.invite)),
            headers: [(.proxyAuthenticate, challenge("n3", stale: true))])
        #expect(stage.requests.count { $0.method == .invite } == 3)
        #expect(stage.ends.map(\.cause) == [.unauthorized])
    }

    @Test("passes one proxy after another, and keeps what it told the first")
    func twoProxies() throws {
        var stage = Stage()
        _ = try stage.call(credentials: right)
        for realm in ["one", "two"] {
            stage.respond(
                407, to: try #require(stage.lastRequest(.invite)),
                headers: [(.proxyAuthenticate, challenge("n", realm: realm))])
        }
        let invite = try #require(stage.lastRequest(.invite))
        #expect(invite.values(of: .proxyAuthorization).count == 2)
        stage.respond(200, to: invite, body: "v=0")
        #expect(stage.names.last == "answered")
    }

    @Test("says so when there are no credentials to give")
    func none() throws {
        var stage = Stage()
        _ = try stage.call()
        stage.respond(
            401, to: try #require(stage.lastRequest(.invite)), headers: [(.wwwAuthenticate, challenge("n1"))])
        #expect(stage.ends.first?.reason.contains("none are configured") == true)
        #expect(stage.requests.count { $0.method == .invite } == 1)
    }

    @Test("answers no new realm once the call is set up, unless the credentials name it", arguments: [nil, "stranger"])
    func harvest(realm: String?) throws {
        var stage = Stage()
        let id = try stage.call(credentials: Credentials(username: "alice", password: "secret", realm: realm))
        stage.respond(200, to: try #require(stage.lastRequest(.invite)), body: "v=0")
        stage.command(.end(id))
        let bye = try #require(stage.lastRequest(.bye))
        stage.respond(407, to: bye, headers: [(.proxyAuthenticate, challenge("n1", realm: "stranger"))])
        #expect(stage.requests.count { $0.method == .bye } == (realm == nil ? 1 : 2))
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
        #expect(stage.ends.count == 1)
    }

    @Test("answers no challenge in a call that the peer made")
    func calleeGivesNothing() throws {
        var stage = Stage()
        let id = try stage.establishIncoming()
        stage.command(.end(id))
        stage.respond(
            401, to: try #require(stage.lastRequest(.bye)), headers: [(.wwwAuthenticate, challenge("n1"))])
        #expect(stage.requests.count { $0.method == .bye } == 1)
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    private func trunk(_ users: [String: String] = ["alice": "secret"]) -> UserAgentConfiguration {
        UserAgentConfiguration(
            authentication: DigestServer(realm: "trunk", users: users, secret: Array("0123456789abcdef".utf8)))
    }

    private func call(
        _ credentials: Credentials?, to configuration: UserAgentConfiguration
    ) throws -> VirtualLink {
        var link = VirtualLink(bob: configuration)
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event { link.command(side, .answer(id, body: .answer)) }
            if case .answered(let id, _, _) = event { link.after(.seconds(1)) { $0.command(side, .end(id)) } }
        }
        _ = try link.call(credentials: credentials)
        link.run(.seconds(100))
        #expect(link.isIdle)
        return link
    }

    @Test("lets callers in who know their password")
    func serverAccepts() throws {
        let link = try call(right, to: trunk())
        #expect(
            link.ladder == [
                "INVITE>", "<401 INVITE", "ACK>", "INVITE>", "<100 INVITE", "<200 INVITE", "ACK>", "BYE>", "<200 BYE",
            ])
        #expect(
            link.messages(from: .bob, "401 INVITE").first?.message.response?.values(of: .wwwAuthenticate).count == 2)
    }

    @Test("keeps callers out who do not, and nothing rings")
    func serverRefuses() throws {
        for credentials in [
            nil, Credentials(username: "alice", password: "no"), Credentials(username: "eve", password: "secret"),
        ] {
            let link = try call(credentials, to: trunk())
            #expect(link.sessions(.bob).isEmpty)
            #expect(link.ends(.alice).map(\.cause) == [.unauthorized])
        }
    }

    @Test("survives any loss on the way", arguments: 1...20)
    func lossy(seed: UInt64) throws {
        var link = VirtualLink(seed: seed, bob: trunk())
        link.loss = 0.2
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event { link.command(side, .answer(id, body: .answer)) }
            if case .answered(let id, _, _) = event { link.after(.seconds(1)) { $0.command(side, .end(id)) } }
        }
        _ = try link.call(credentials: right)
        link.run(.seconds(200))
        #expect(link.ends(.alice).count == 1)
        #expect(link.isIdle)
    }
}
