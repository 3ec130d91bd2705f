import TelephonyPrimitives
import Testing

@testable import SIPCore

@Suite("Authentication-Info between a digest client and a digest server")
struct DigestInformationTests {
    private static let offerings: [(DigestAlgorithm, QualityOfProtection)] = DigestAlgorithm.allCases.flatMap {
        algorithm in QualityOfProtection.allCases.map { (algorithm, $0) }
    }

    private static func server(
        _ information: DigestServer.NextNonce?, password: String = "secret",
        algorithms: [DigestAlgorithm] = [.sha256], qualities: [QualityOfProtection] = [.authentication]
    ) -> DigestServer {
        DigestServer(
            realm: "trunk", users: ["alice": password], secret: Array("0123456789abcdef".utf8), algorithms: algorithms,
            qualities: qualities, nonceLifetime: .seconds(400), information: information)
    }

    /// One client and one server that knows the password, or believes so.
    private struct Pair {
        var client = DigestClient(credentials: Credentials(username: "alice", password: "secret"))
        var server: DigestServer
        var random = SeededGenerator(seed: 3)
        var now = Instant.zero
        /// The Authorization headers of the last request.
        var sent: HeaderFields = []
        let body = Array("v=0 answer".utf8)

        func request(_ fields: HeaderFields) throws -> Request {
            var builder = MessageBuilder(request: .invite, uri: try URI(parsing: "sip:bob@example.com"))
            builder.add(.via, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
            builder.add(.from, "<sip:alice@example.com>;tag=1")
            builder.add(.to, "<sip:bob@example.com>")
            builder.add(.callID, "c")
            builder.add(.cseq, "1 INVITE")
            for (name, value) in fields { builder.add(name, value) }
            builder.setBody(Array("v=0 offer".utf8), contentType: "application/sdp")
            return builder.buildRequest()
        }

        func response(_ status: Int, to request: Request, _ fields: HeaderFields) -> Response {
            var builder = MessageBuilder(response: status, to: request, toTag: Tag("t"))
            for (name, value) in fields { builder.add(name, value) }
            builder.setBody(body, contentType: "application/sdp")
            return builder.buildResponse()
        }

        /// The first request, its challenge, and the second request with its answer.
        mutating func begin() throws {
            let first = try request([])
            let challenge = response(401, to: first, server.challenge(now: now, stale: false))
            sent = try #require(
                client.authorize(
                    challenges: challenge, method: .invite, uri: "sip:bob@example.com", body: first.body, using: &random
                ))
        }

        /// What the server says in its 2xx, as the client hears it.
        mutating func answer(_ change: (String) -> String = { $0 }) throws -> (header: String?, failed: [String]) {
            let request = try request(sent)
            let fields = server.information(for: request, body: body, now: now).map { ($0.0, change($0.1)) }
            return (fields.first?.1, client.learn(from: response(200, to: request, fields), sent: sent))
        }

        mutating func next() throws -> DigestAuthorization? {
            sent = client.anticipate(
                method: .invite, uri: "sip:bob@example.com", body: Array("v=0 offer".utf8), using: &random)
            return sent.first.flatMap { DigestAuthorization(parsing: $0.1) }
        }
    }

    @Test("proves that the server knows the password, over the body too", arguments: offerings)
    func proven(_ algorithm: DigestAlgorithm, _ quality: QualityOfProtection) throws {
        var pair = Pair(server: Self.server(.never, algorithms: [algorithm], qualities: [quality]))
        try pair.begin()
        let (header, failed) = try pair.answer()
        #expect(failed.isEmpty)
        let information = DigestInformation(parsing: try #require(header))
        #expect(information.proof != nil && information.quality == quality && information.nonceCount == "00000001")
        #expect(information.nextNonce == nil)
        #expect(try pair.next()?.nonceCount == "00000002", "the nonce is used on")
    }

    @Test(
        "is believed only as it was made: with the right password, cnonce, count and body",
        arguments: [
            ("rspauth=\"", "rspauth=\"0"), ("nc=00000001", "nc=00000002"), ("cnonce=\"", "cnonce=\"x"),
            ("qop=auth-int", "qop=auth"),
        ])
    func forged(_ change: (String, String)) throws {
        var pair = Pair(server: Self.server(.always, qualities: [.integrity]))
        try pair.begin()
        let (header, failed) = try pair.answer { $0.replacing(change.0, with: change.1) }
        #expect(header?.contains(change.1) == true)
        #expect(failed == ["trunk"])
        #expect(try pair.next() == nil, "neither its nonce nor the one it tells is used")
    }

    @Test("of a server with another password is found out, and its next challenge is answered all the same")
    func otherPassword() throws {
        var pair = Pair(server: Self.server(.always))
        try pair.begin()
        pair.client.bindToKnownRealms()
        let request = try pair.request(pair.sent)
        var impostor = Pair(server: Self.server(.always, password: "guess"))
        impostor.client = DigestClient(credentials: Credentials(username: "alice", password: "guess"))
        try impostor.begin()
        let proof = try #require(
            impostor.server.information(
                for: impostor.request(impostor.sent), body: [], now: .zero
            ).first)
        let failed = pair.client.learn(from: pair.response(200, to: request, [proof]), sent: pair.sent)
        #expect(failed == ["trunk"])
        #expect(try pair.next() == nil)
        try pair.begin()
        #expect(pair.sent.count == 1)
        #expect(try pair.answer().failed.isEmpty)
    }

    @Test("tells the nonce for the next request: never, when the old one is old, or always")
    func nextNonce() throws {
        let cases: [(DigestServer.NextNonce, DigestAlgorithm, Int64, Bool)] = [
            (.never, .sha256, 399, false), (.whenOld, .sha256, 299, false), (.whenOld, .sha256, 300, true),
            (.always, .sha256, 0, true), (.always, .md5, 0, true), (.always, .sha256Session, 399, false),
        ]
        for (policy, algorithm, age, isTold) in cases {
            var pair = Pair(server: Self.server(policy, algorithms: [algorithm]))
            try pair.begin()
            let first = try #require(DigestAuthorization(parsing: pair.sent[0].1))
            pair.now = .zero + .seconds(age)
            let (header, failed) = try pair.answer()
            #expect(failed.isEmpty)
            #expect((DigestInformation(parsing: header ?? "").nextNonce != nil) == isTold, "\(policy) after \(age) s")
            let next = try #require(try pair.next())
            #expect((next.nonce != first.nonce) == isTold)
            #expect(next.nonceCount == (isTold ? "00000001" : "00000002"))
            #expect((next.cnonce != first.cnonce) == !algorithm.isSession)
            let request = try pair.request(pair.sent)
            #expect(pair.server.verify(request: request, now: pair.now) == .accepted(user: "alice"))
        }
    }

    @Test("is not sent unless wanted, nor for credentials that are wrong, missing, or for a nonce of somebody else")
    func silent() throws {
        var unwanted = Pair(server: Self.server(nil))
        try unwanted.begin()
        #expect(try unwanted.answer().header == nil)
        var pair = Pair(server: Self.server(.always))
        try pair.begin()
        let right = pair.sent[0].1
        let nonce = try #require(DigestAuthorization(parsing: right)?.nonce)
        var other = Pair(
            server: DigestServer(
                realm: "trunk", users: ["alice": "secret"], secret: Array("fedcba9876543210".utf8),
                algorithms: [.sha256]))
        try other.begin()
        for fields: HeaderFields in [
            [], other.sent, [(.authorization, right.replacing("response=\"", with: "response=\"0"))],
            [(.authorization, right.replacing(nonce, with: "n1"))], [(.authorization, "Digest realm=\"trunk\"")],
        ] {
            #expect(pair.server.information(for: try pair.request(fields), body: [], now: .zero).isEmpty)
        }
    }

    @Test("without qop tells the next nonce and proves nothing (RFC 2069 §2.1.3)")
    func withoutQuality() throws {
        var pair = Pair(server: Self.server(.always, qualities: []))
        try pair.begin()
        let (header, failed) = try pair.answer()
        #expect(failed.isEmpty)
        #expect(header?.hasPrefix("nextnonce=") == true && header?.contains("rspauth") == false)
        #expect(try pair.next()?.nonce == DigestInformation(parsing: header ?? "").nextNonce)
    }

    @Test("of several proxies is told apart by the cnonce that it repeats")
    func proxies() throws {
        var pair = Pair(server: Self.server(nil))
        let first = try pair.request([])
        let challenge = pair.response(
            407, to: first,
            ["one", "two"].map {
                (.proxyAuthenticate, DigestChallenge(realm: $0, nonce: "n", algorithm: .sha256).description)
            })
        pair.sent = try #require(
            pair.client.authorize(
                challenges: challenge, method: .invite, uri: "sip:bob@example.com", body: first.body,
                using: &pair.random))
        let given = pair.sent.compactMap { DigestAuthorization(parsing: $0.1) }
        let two = try #require(given.first { $0.realm == "two" }?.cnonce)
        let fields: HeaderFields = [
            (.proxyAuthenticationInfo, "nextnonce=\"whose\""),
            (.proxyAuthenticationInfo, "nextnonce=\"m\", cnonce=\"\(two)\", nc=00000001, qop=auth"),
        ]
        #expect(pair.client.learn(from: pair.response(200, to: first, fields), sent: pair.sent).isEmpty)
        _ = try pair.next()
        let next = pair.sent.compactMap { DigestAuthorization(parsing: $0.1) }
        #expect(next.map(\.realm) == ["one", "two"])
        #expect(next.map(\.nonce) == ["n", "m"])
    }

    @Test(
        "leaves a session its nonce, to which its secret is bound (RFC 7616 §3.4.2)",
        arguments: DigestAlgorithm.allCases)
    func session(algorithm: DigestAlgorithm) throws {
        var pair = Pair(server: Self.server(.never, algorithms: [algorithm]))
        try pair.begin()
        let first = try #require(DigestAuthorization(parsing: pair.sent[0].1))
        let (header, failed) = try pair.answer { "nextnonce=\"other\", " + $0 }
        #expect(failed.isEmpty && header?.hasPrefix("nextnonce") == true)
        #expect(try pair.next()?.nonce == (algorithm.isSession ? first.nonce : "other"))
    }

    @Test(
        "never breaks on rubbish, which says nothing",
        arguments: [
            "", ",", "=", "nextnonce", "nextnonce=\"", "rspauth", "qop=maybe", "Digest nextnonce", "\u{0}\u{ff}",
        ])
    func rubbish(_ text: String) throws {
        let information = DigestInformation(parsing: text)
        #expect(information.nextNonce == nil && information.proof == nil && information.quality == nil)
        var pair = Pair(server: Self.server(.never))
        try pair.begin()
        #expect(try pair.answer { _ in text }.failed.isEmpty)
        #expect(try pair.next()?.nonceCount == "00000002")
    }
}
