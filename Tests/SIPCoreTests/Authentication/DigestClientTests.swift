import TelephonyPrimitives
import Testing

@testable import SIPCore

@Suite("A digest client")
struct DigestClientTests {
    private var random = SeededGenerator(seed: 7)

    private func response(_ headers: [String], status: Int = 401) throws -> Response {
        let text =
            "SIP/2.0 \(status) Unauthorized\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\n"
            + "To: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n" + headers.map { $0 + "\r\n" }.joined()
            + "Content-Length: 0\r\n\r\n"
        guard case .response(let response) = try Message(parsing: Array(text.utf8)) else {
            throw CancellationError()
        }
        return response
    }

    private func client(realm: String? = nil) -> DigestClient {
        DigestClient(credentials: Credentials(username: "alice", password: "secret", realm: realm))
    }

    /// What the client answers to a fixture's challenges.
    private func answer(_ name: String) throws -> [(HeaderName, DigestAuthorization)]? {
        var client = client()
        var random = random
        return try client.authorize(
            challenges: try response(DigestVectors.challenge(name)), method: .invite, uri: "sip:b@b", body: [],
            using: &random
        )?.map { ($0.0, try #require(DigestAuthorization(parsing: $0.1))) }
    }

    private func isRight(_ answer: DigestAuthorization, password: String = "secret", body: [UInt8] = []) -> Bool {
        DigestCalculation(
            algorithm: answer.algorithm ?? .md5, username: "alice", realm: answer.realm, password: password,
            method: "INVITE", uri: answer.uri, nonce: answer.nonce, cnonce: answer.cnonce ?? "",
            nonceCount: answer.nonceCount ?? "", quality: answer.quality, body: body
        ).response == answer.response
    }

    @Test(
        "answers the strongest challenge of a realm, whatever the order",
        arguments: ["two-challenges-preferred-first", "md5-first"])
    func strongest(_ name: String) throws {
        let answers = try #require(try answer(name))
        #expect(answers.count == 1)
        #expect(answers[0].0 == .authorization)
        #expect(answers[0].1.algorithm == .sha256)
        #expect(answers[0].1.nonce == "n1")
        #expect(answers[0].1.nonceCount == "00000001")
        #expect(isRight(answers[0].1))
    }

    @Test("skips an algorithm that it does not know, and leaves out count and cnonce without qop")
    func unknownAlgorithm() throws {
        let answer = try #require(try answer("unknown-algorithm-then-md5")?.first)
        #expect(answer.1.algorithm == .md5)
        #expect(answer.1.nonceCount == nil)
        #expect(answer.1.cnonce == nil)
        #expect(isRight(answer.1))
    }

    @Test(
        "gives up where no challenge can be answered",
        arguments: ["only-unknown-algorithm", "qop-unknown-only", "missing-nonce", "missing-realm", "basic"])
    func nothing(_ name: String) throws {
        #expect(try answer(name) == nil)
    }

    @Test("answers a proxy in its own header, and without algorithm where none was named")
    func proxy() throws {
        let answer = try #require(try answer("no-algorithm")?.first)
        #expect(answer.0 == .proxyAuthorization)
        #expect(answer.1.algorithm == nil)
        #expect(isRight(answer.1))
    }

    @Test("answers a server and a proxy at once, each with its own header")
    func serverAndProxy() throws {
        let answers = try #require(try answer("proxy-and-www"))
        #expect(answers.map(\.0) == [.authorization, .proxyAuthorization])
        #expect(answers.map(\.1.realm) == ["example.com", "proxy.example.com"])
        #expect(answers.allSatisfy { isRight($0.1) })
    }

    @Test("prefers auth to auth-int and writes qop without quotes")
    func qop() throws {
        let answer = try #require(try answer("qop-list-with-spaces")?.first)
        #expect(answer.1.quality == .authentication)
        #expect(answer.1.text.contains("qop=auth,"))
    }

    @Test("covers the body when only auth-int is offered", arguments: DigestAlgorithm.allCases)
    func integrity(algorithm: DigestAlgorithm) throws {
        var client = client()
        var random = random
        let challenge = DigestChallenge(
            realm: "r \"x\" \\", nonce: "n", opaque: "o", algorithm: algorithm, qualities: [.integrity])
        let body = Array("v=0".utf8)
        let headers = try client.authorize(
            challenges: response(["WWW-Authenticate: \(challenge)"]), method: .invite, uri: "sip:b@b", body: body,
            using: &random)
        let answer = try #require(headers?.first.flatMap { DigestAuthorization(parsing: $0.1) })
        #expect(answer.realm == challenge.realm)
        #expect(answer.opaque == "o")
        #expect(isRight(answer, body: body))
        #expect(!isRight(answer, body: []))
    }

    @Test("sends an empty opaque back")
    func opaque() throws {
        #expect(try answer("opaque-empty")?.first?.1.opaque == "")
    }

    @Test("ends when fresh credentials are refused, even with a new nonce")
    func wrongPassword() throws {
        var client = client()
        var random = random
        let first = try #require(
            client.authorize(
                challenges: try response(["WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", qop=\"auth\""]),
                method: .invite, uri: "sip:b@b", body: [], using: &random))
        for nonce in ["n1", "n2"] {
            var client = client
            let second = client.authorize(
                challenges: try response(["WWW-Authenticate: Digest realm=\"r\", nonce=\"\(nonce)\", qop=\"auth\""]),
                refused: first, method: .invite, uri: "sip:b@b", body: [], using: &random)
            #expect(second == nil)
        }
    }

    @Test("takes a new nonce for a stale one, with a new count, but not for ever")
    func stale() throws {
        var client = client()
        var random = random
        var refused: [(HeaderName, String)] = []
        for (nonce, stale) in [("n1", ""), ("n2", ", stale=TRUE")] {
            refused = try #require(
                client.authorize(
                    challenges: try response([
                        "WWW-Authenticate: Digest realm=\"r\", nonce=\"\(nonce)\", qop=\"auth\"\(stale)"
                    ]),
                    refused: refused, method: .invite, uri: "sip:b@b", body: [], using: &random))
            let answer = try #require(DigestAuthorization(parsing: refused[0].1))
            #expect(answer.nonce == nonce)
            #expect(answer.nonceCount == "00000001")
        }
        let again = client.authorize(
            challenges: try response(["WWW-Authenticate: Digest realm=\"r\", nonce=\"n3\", qop=\"auth\", stale=true"]),
            refused: refused, method: .invite, uri: "sip:b@b", body: [], using: &random)
        #expect(again == nil)
    }

    @Test("repeats the answer to one realm, counted up, when another realm asks next")
    func realmAfterRealm() throws {
        var client = client()
        var random = random
        let first = try #require(
            client.authorize(
                challenges: try response(
                    ["Proxy-Authenticate: Digest realm=\"p1\", nonce=\"n1\", qop=\"auth\""], status: 407),
                method: .invite, uri: "sip:b@b", body: [], using: &random))
        let second = try #require(
            client.authorize(
                challenges: try response(
                    ["Proxy-Authenticate: Digest realm=\"p2\", nonce=\"n2\", qop=\"auth\""], status: 407),
                refused: first, method: .invite, uri: "sip:b@b", body: [], using: &random))
        let answers = second.compactMap { DigestAuthorization(parsing: $0.1) }
        #expect(answers.map(\.realm) == ["p2", "p1"])
        #expect(answers.map(\.nonceCount) == ["00000001", "00000002"])
        #expect(answers.allSatisfy { isRight($0) })
    }

    @Test("keeps credentials for the realm that they name")
    func realm() throws {
        var random = random
        let challenge = try response(["WWW-Authenticate: Digest realm=\"stranger\", nonce=\"n1\""])
        var bound = client(realm: "home")
        let answer = bound.authorize(challenges: challenge, method: .bye, uri: "sip:b@b", body: [], using: &random)
        #expect(answer == nil)
        var free = client()
        #expect(free.authorize(challenges: challenge, method: .bye, uri: "sip:b@b", body: [], using: &random) != nil)
    }

    @Test("shows no password when its credentials are printed")
    func redaction() {
        let credentials = Credentials(username: "alice", password: "hunter2", realm: "home")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(text.contains("alice"))
            #expect(!text.contains("hunter2"))
        }
    }
}
