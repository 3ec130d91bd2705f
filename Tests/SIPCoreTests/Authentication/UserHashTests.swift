import TelephonyPrimitives
import Testing

@testable import SIPCore

@Suite("A user name that does not go in clear")
struct UserHashTests {
    private let name = "Jäsøn Doe"

    @Test("is hashed as the published and computed vectors say")
    func vectors() throws {
        let vectors = DigestVectors.all.vectors.filter { $0.userhash != nil }
        #expect(vectors.contains { $0.name == "rfc7616-3.9.2-as-printed" && $0.username == name })
        for vector in vectors {
            let algorithm = try #require(DigestAlgorithm(name: vector.algorithm))
            #expect(algorithm.userHash(of: vector.username, realm: vector.realm) == vector.userhash)
        }
    }

    @Test("is hashed in answer to the challenge of RFC 7616 §3.9.2, by the right SHA-512-256 (erratum 4897)")
    func published() throws {
        let challenge = """
            Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, \
            nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", \
            opaque="HRPCssKJSGjCrkzDg8OhwpzCiGChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true
            """
        let read = try DigestChallenge(parsing: challenge)
        #expect(read.wantsUserHash && read.namesUTF8)
        #expect(try DigestChallenge(parsing: read.description) == read)
        let answer = try #require(try self.answer(to: read.description))
        #expect(answer.isHashed)
        #expect(answer.username == "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b")
        #expect(answer.text.contains("userhash=true") && !answer.text.contains("Doe"))
        let calculation = DigestCalculation(
            algorithm: .sha512Half256, username: name, realm: "api@example.org", password: "Secret, or not?",
            method: "INVITE", uri: "sip:b@b", nonce: read.nonce, cnonce: answer.cnonce ?? "",
            nonceCount: "00000001", quality: .authentication, body: [])
        #expect(answer.response == calculation.response)
    }

    @Test("goes in clear, and in UTF-8, where no hash is asked for")
    func clear() throws {
        for text in ["", ", userhash=false", ", charset=UTF-8"] {
            let answer = try #require(try self.answer(to: "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"" + text))
            #expect(!answer.isHashed && answer.username == name)
            #expect(!answer.text.contains("userhash"))
        }
    }

    private func answer(to challenge: String) throws -> DigestAuthorization? {
        var client = DigestClient(credentials: Credentials(username: name, password: "Secret, or not?"))
        var random = SeededGenerator(seed: 5)
        let text =
            "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\n"
            + "To: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nWWW-Authenticate: \(challenge)\r\n\r\n"
        guard case .response(let response) = try Message(parsing: Array(text.utf8)) else { return nil }
        return client.authorize(
            challenges: response, method: .invite, uri: "sip:b@b", body: [], using: &random
        )?.first.flatMap { DigestAuthorization(parsing: $0.1) }
    }

    @Test("is read from username* as RFC 7616 §3.4 has it, and written so only where no quoted string can hold it")
    func extended() throws {
        let rest = ", realm=\"r\", nonce=\"n\", uri=\"sip:b@b\", response=\"0\""
        let vector = try #require(DigestVectors.all.vectors.first { $0.extendedUsername != nil }?.extendedUsername)
        #expect(DigestAuthorization(parsing: "Digest username*=\(vector)" + rest)?.username == name)
        let refused = [
            "username=\"a\", username*=\(vector)", "username*=\(vector), userhash=true", "username*=J%C3%A4s",
            "username*=ISO-8859-1''J%E4s", "username*=ISO-8859-1''Doe", "username*=UTF-8''J%E4s", "username*=UTF-8'en",
            "username*=",
        ]
        for text in refused { #expect(DigestAuthorization(parsing: "Digest " + text + rest) == nil, "\(text)") }
        for user in ["two\r\nlines", "100%", name, "a\"b\\c"] {
            let written = DigestAuthorization(
                username: user, realm: "r", nonce: "n", uri: "sip:b@b", response: "0", opaque: nil, algorithm: nil,
                quality: nil, cnonce: nil, nonceCount: nil)
            #expect(written.text.contains("username*=") == user.contains("\r\n"))
            #expect(!written.text.contains("\r\n"))
            #expect(DigestAuthorization(parsing: written.text)?.username == user)
        }
    }

    @Test("is found by its hash by a server that asks for it", arguments: DigestAlgorithm.allCases)
    func server(algorithm: DigestAlgorithm) throws {
        for asks in [true, false] {
            var server = DigestServer(
                realm: "trunk", users: [name: "Secret, or not?", "eve": "other"], secret: Array(0..<16),
                algorithms: [algorithm], information: .never, asksForUserHashes: asks)
            let text = try #require(server.challenge(now: .zero, stale: false).first?.1)
            #expect(text.contains("userhash=true") == asks && text.contains("charset=UTF-8") == asks)
            let answer = try #require(try self.answer(to: text))
            #expect(answer.isHashed == asks)
            let request = try request(answer.text)
            let proof = server.information(for: request, body: [], now: .zero)
            #expect(proof.first?.1.contains("rspauth=") == true)
            #expect(server.verify(request: request, now: .zero) == .accepted(user: name))
            // The hash of somebody else, of nobody, and a hash that is not called one.
            for other in [algorithm.userHash(of: "eve", realm: "trunk"), algorithm.userHash(of: "", realm: "trunk")] {
                var wrong = answer
                wrong.username = other
                #expect(server.verify(request: try self.request(wrong.text), now: .zero) == .challenge(stale: false))
            }
            var plain = answer
            plain.isHashed = !answer.isHashed
            #expect(server.verify(request: try self.request(plain.text), now: .zero) == .challenge(stale: false))
        }
    }

    private func request(_ authorization: String) throws -> Request {
        let text =
            "INVITE sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\n"
            + "Call-ID: c\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nAuthorization: \(authorization)\r\n\r\n"
        guard case .request(let request) = try Message(parsing: Array(text.utf8)) else { throw CancellationError() }
        return request
    }

    @Test("registers the address of its user")
    func registration() throws {
        let registrar = Accounts.registrar {
            $0.authentication = DigestServer(
                realm: "example.com", users: ["alice": "secret"], secret: Array(0..<16), asksForUserHashes: true)
        }
        var link = VirtualLink(bob: UserAgentConfiguration(registrar: registrar))
        _ = link.register(try Accounts.alice())
        link.run(.seconds(10))
        #expect(link.stateNames == ["registering", "registered"])
        let fields = link.messages(from: .alice, "REGISTER").compactMap {
            $0.message.request?.first(.authorization)
        }
        #expect(fields.count == 1 && fields[0].contains("userhash=true") && !fields[0].contains("\"alice\""))
    }
}
