import TelephonyPrimitives
import Testing

@testable import SIPCore

@Suite("A digest server")
struct DigestServerTests {
    private static let secret = Array("0123456789abcdef".utf8)

    private func server(
        algorithms: [DigestAlgorithm] = [.sha256, .md5], qualities: [QualityOfProtection] = [.authentication],
        maxNonces: Int = 100
    ) -> DigestServer {
        DigestServer(
            realm: "trunk \"1\"", users: ["alice": "secret"], secret: Self.secret, algorithms: algorithms,
            qualities: qualities, maxNonces: maxNonces)
    }

    private func request(_ authorization: String?, method: String = "INVITE", uri: String = "sip:bob@example.com")
        throws
        -> Request
    {
        let text =
            "\(method) \(uri) SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\n"
            + "To: <sip:b@b>\r\nCall-ID: c\r\nCSeq: 1 \(method)\r\nMax-Forwards: 70\r\n"
            + (authorization.map { "Authorization: \($0)\r\n" } ?? "") + "Content-Length: 3\r\n\r\nv=0"
        guard case .request(let request) = try Message(parsing: Array(text.utf8)) else { throw CancellationError() }
        return request
    }

    private func challenges(_ server: inout DigestServer, now: Instant = .zero) throws -> [DigestChallenge] {
        try server.challenge(now: now, stale: false).map { try DigestChallenge(parsing: $0.1) }
    }

    /// Right credentials, unless told otherwise.
    private func credentials(
        for challenge: DigestChallenge, user: String = "alice", password: String = "secret", method: String = "INVITE",
        uri: String = "sip:bob@example.com", count: UInt32 = 1, quality: QualityOfProtection? = .authentication,
        algorithm: DigestAlgorithm? = nil, nonce: String? = nil
    ) -> DigestAuthorization {
        let algorithm = algorithm ?? challenge.algorithm
        let nonce = nonce ?? challenge.nonce
        let nonceCount = hexadecimal(count, width: 8)
        let calculation = DigestCalculation(
            algorithm: algorithm, username: user, realm: challenge.realm, password: password, method: method, uri: uri,
            nonce: nonce, cnonce: "xyz", nonceCount: nonceCount, quality: quality, body: Array("v=0".utf8))
        return DigestAuthorization(
            username: user, realm: challenge.realm, nonce: nonce, uri: uri, response: calculation.response,
            opaque: challenge.opaque, algorithm: algorithm, quality: quality, cnonce: "xyz",
            nonceCount: quality == nil ? nil : nonceCount)
    }

    @Test("asks who gives no credentials, credentials of another realm or of another scheme")
    func asks() throws {
        var server = server()
        for field in [nil, "Basic YTpi", "Digest realm=\"other\", username=\"alice\"", "\u{1}"] {
            #expect(server.verify(request: try request(field), now: .zero) == .challenge(stale: false))
        }
        let challenges = try challenges(&server)
        #expect(challenges.map(\.algorithm) == [.sha256, .md5])
        #expect(challenges.allSatisfy { $0.realm == "trunk \"1\"" && $0.qualities == [.authentication] })
    }

    @Test("takes right credentials of every algorithm", arguments: DigestAlgorithm.allCases)
    func accepts(algorithm: DigestAlgorithm) throws {
        for quality in [QualityOfProtection.authentication, .integrity] {
            var server = server(algorithms: [algorithm], qualities: [.authentication, .integrity])
            let challenge = try #require(try challenges(&server).first)
            let text = credentials(for: challenge, quality: quality).text
            #expect(server.verify(request: try request(text), now: .zero) == .accepted(user: "alice"))
        }
    }

    @Test("takes what a client of ours answers")
    func ownClient() throws {
        var server = server()
        var client = DigestClient(credentials: Credentials(username: "alice", password: "secret"))
        var random = SeededGenerator(seed: 1)
        let asked = try request(nil)
        var builder = MessageBuilder(response: 401, to: asked, toTag: Tag("t"))
        for (name, value) in server.challenge(now: .zero, stale: false) { builder.add(name, value) }
        let answer = try #require(
            client.authorize(
                challenges: builder.buildResponse(), method: .invite, uri: "sip:bob@example.com", body: asked.body,
                using: &random))
        #expect(server.verify(request: try request(answer[0].1), now: .zero) == .accepted(user: "alice"))
    }

    @Test("refuses a wrong password and an unknown user alike")
    func wrong() throws {
        var server = server()
        let challenge = try #require(try challenges(&server).first)
        for (user, password) in [("alice", "wrong"), ("mallory", "secret"), ("mallory", "")] {
            let text = credentials(for: challenge, user: user, password: password).text
            #expect(server.verify(request: try request(text), now: .zero) == .challenge(stale: false))
        }
    }

    @Test("refuses credentials of another method or another Request-URI")
    func elsewhere() throws {
        var server = server()
        let challenge = try #require(try challenges(&server).first)
        let register = credentials(for: challenge, method: "REGISTER").text
        #expect(server.verify(request: try request(register), now: .zero) == .challenge(stale: false))
        let other = credentials(for: challenge, uri: "sip:carol@example.com").text
        #expect(server.verify(request: try request(other), now: .zero) == .challenge(stale: false))
        let equivalent = credentials(for: challenge, uri: "sip:bob@EXAMPLE.com").text
        #expect(server.verify(request: try request(equivalent), now: .zero) == .accepted(user: "alice"))
    }

    @Test("takes each count of a nonce once, in any order within its window")
    func counts() throws {
        var server = server()
        let challenge = try #require(try challenges(&server).first)
        let fine = DigestServer.Verdict.accepted(user: "alice")
        let replayed = DigestServer.Verdict.challenge(stale: true)
        let steps: [(UInt32, DigestServer.Verdict)] = [
            (1, fine), (1, replayed), (5, fine), (2, fine), (2, replayed), (5, replayed), (200, fine), (100, replayed),
            (137, fine), (136, replayed), (.max, fine), (.max, replayed),
        ]
        for (count, verdict) in steps {
            let text = credentials(for: challenge, count: count).text
            #expect(server.verify(request: try request(text), now: .zero) == verdict, "count \(count)")
        }
    }

    @Test("takes a nonce without count once")
    func withoutCount() throws {
        var server = server()
        let challenge = try #require(try challenges(&server).last)
        let text = credentials(for: challenge, quality: nil).text
        #expect(server.verify(request: try request(text), now: .zero) == .accepted(user: "alice"))
        #expect(server.verify(request: try request(text), now: .zero) == .challenge(stale: true))
    }

    @Test("calls right credentials stale when their nonce is too old, of the future or not ours")
    func staleNonce() throws {
        var server = server()
        let challenge = try #require(try challenges(&server, now: Instant.zero + .seconds(100)).first)
        let text = credentials(for: challenge).text
        #expect(
            server.verify(request: try request(text), now: .zero + .seconds(401)) == .challenge(stale: true))
        #expect(server.verify(request: try request(text), now: .zero + .seconds(99)) == .challenge(stale: true))
        for nonce in ["", "n1", String(challenge.nonce.reversed()), challenge.nonce + "0"] {
            let forged = credentials(for: challenge, nonce: nonce).text
            #expect(
                server.verify(request: try request(forged), now: .zero + .seconds(100)) == .challenge(stale: true))
            let wrong = credentials(for: challenge, password: "wrong", nonce: nonce).text
            #expect(
                server.verify(request: try request(wrong), now: .zero + .seconds(100)) == .challenge(stale: false))
        }
        #expect(
            server.verify(request: try request(text), now: .zero + .seconds(400)) == .accepted(user: "alice"))
    }

    @Test("does not take nonces of a server with another secret")
    func otherSecret() throws {
        var other = DigestServer(realm: "trunk \"1\"", users: [:], secret: Array("another".utf8))
        var server = server()
        let challenge = try #require(try challenges(&other).first)
        let text = credentials(for: challenge).text
        #expect(server.verify(request: try request(text), now: .zero) == .challenge(stale: true))
    }

    @Test("refuses a weaker algorithm than the nonce was made for, and one that it never offered")
    func downgrade() throws {
        var both = server()
        let strong = try #require(try challenges(&both).first)
        let weaker = credentials(for: strong, algorithm: .md5).text
        #expect(both.verify(request: try request(weaker), now: .zero) == .refused)

        var strict = server(algorithms: [.sha256])
        let only = try #require(try challenges(&strict).first)
        let unoffered = credentials(for: only, algorithm: .md5).text
        #expect(strict.verify(request: try request(unoffered), now: .zero) == .refused)
        let integrity = credentials(for: only, quality: .integrity).text
        #expect(strict.verify(request: try request(integrity), now: .zero) == .refused)
    }

    @Test(
        "reads what phones write: a user without quotes, quoted qop and nc, an upper-case digest",
        arguments: [
            ("username=\"alice\"", "username=alice"), ("qop=auth", "qop=\"auth\""), ("nc=00000001", "nc=\"00000001\""),
        ])
    func lenient(_ change: (String, String)) throws {
        var server = server()
        let challenge = try #require(try challenges(&server).first)
        let text = credentials(for: challenge).text
        let changed = text.replacing(change.0, with: change.1)
        #expect(changed != text)
        #expect(server.verify(request: try request(changed), now: .zero) == .accepted(user: "alice"))
    }

    @Test("refuses credentials that lack what they need, without breaking")
    func incomplete() throws {
        var server = server()
        let challenge = try #require(try challenges(&server).first)
        let text = credentials(for: challenge).text
        for part in ["username", "nonce", "uri", "response", "cnonce", "nc"] {
            let changed = text.replacing(" \(part)=", with: " x-\(part)=")
            #expect(changed != text)
            #expect(server.verify(request: try request(changed), now: .zero) == .refused, "without \(part)")
        }
        for (good, bad) in [("nc=00000001", "nc=1"), ("nc=00000001", "nc=0000000g"), ("SHA-256", "SHA-1")] {
            let changed = text.replacing(good, with: bad)
            #expect(server.verify(request: try request(changed), now: .zero) == .refused, "\(bad)")
        }
    }

    @Test("remembers a bounded number of nonces, and takes none whose counts it forgot")
    func bounded() throws {
        var server = server(algorithms: [.sha256], maxNonces: 10)
        var used: [String] = []
        for step in 0..<50 {
            let now = Instant.zero + .milliseconds(Int64(step) * 10)
            let challenge = try #require(try challenges(&server, now: now).first)
            let text = credentials(for: challenge).text
            #expect(server.verify(request: try request(text), now: now) == .accepted(user: "alice"))
            used.append(text)
        }
        for text in used {
            #expect(
                server.verify(request: try request(text), now: .zero + .seconds(1)) == .challenge(stale: true))
        }
    }

    @Test("shows neither secret nor passwords when printed")
    func redaction() {
        #expect("\(server())" == "digest server of trunk \"1\" for 1 users")
    }
}
