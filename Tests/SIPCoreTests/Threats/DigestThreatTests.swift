import TelephonyPrimitives
import Testing

@testable import SIPCore

/// Attacks on digest authentication, on whoever shows credentials and on whoever asks for them.
@Suite("Attacks on digest", .tags(.threat))
struct DigestThreatTests {
    private static let carrier = Credentials(username: "alice", password: "secret", realm: "carrier")

    private func challenge(
        _ nonce: String, realm: String = "carrier", algorithm: String? = nil, qop: Bool = true, stale: Bool = false
    ) -> String {
        "Digest realm=\"\(realm)\", nonce=\"\(nonce)\"" + (algorithm.map { ", algorithm=\($0)" } ?? "")
            + (qop ? ", qop=\"auth\"" : "") + (stale ? ", stale=true" : "")
    }

    private func parameter(_ name: String, of request: Request?, _ header: HeaderName = .authorization) -> String? {
        request?.first(header)?.split(whereSeparator: { ", ".contains($0) }).compactMap { part -> String? in
            guard part.hasPrefix(name + "=") else { return nil }
            return part.dropFirst(name.count + 1).filter { $0 != "\"" }
        }.first
    }

    // MARK: Whoever shows credentials

    @Test("T-13: the strongest algorithm wins, in whatever order it is offered", arguments: [true, false])
    func strongest(isFirst: Bool) throws {
        var stage = Stage()
        _ = try stage.call(credentials: Self.carrier)
        let offers = [challenge("weak", algorithm: "MD5"), challenge("strong", algorithm: "SHA-256")]
        stage.respond(
            401, to: try #require(stage.lastRequest(.invite)),
            headers: (isFirst ? offers : offers.reversed()).map { (.wwwAuthenticate, $0) })
        #expect(parameter("nonce", of: stage.lastRequest(.invite)) == "strong")
        #expect(stage.lastRequest(.invite)?.values(of: .authorization).count == 1)
    }

    @Test(
        "T-13: a realm that once asked for more is not answered when it asks for less",
        arguments: [("MD5", true), (nil, true), ("SHA-512-256", true), ("SHA-256", false)])
    func downgrade(_ less: (algorithm: String?, hasQuality: Bool)) throws {
        var stage = Stage()
        _ = try stage.call(credentials: Self.carrier)
        stage.respond(
            401, to: try #require(stage.lastRequest(.invite)),
            headers: [(.wwwAuthenticate, challenge("n1", algorithm: "SHA-256"))])
        #expect(stage.requests.count { $0.method == .invite } == 2)
        // Somebody on the way says that the nonce was stale, and leaves out what is strong.
        stage.respond(
            401, to: try #require(stage.lastRequest(.invite)),
            headers: [
                (.wwwAuthenticate, challenge("n2", algorithm: less.algorithm, qop: less.hasQuality, stale: true))
            ])
        #expect(stage.requests.count { $0.method == .invite } == 2)
        #expect(stage.ends.map(\.cause) == [.unauthorized])
    }

    @Test(
        "T-13: a realm that differs in the least is another realm",
        arguments: ["Carrier", "carrier ", "carrier.evil", ""])
    func realmTricks(realm: String) throws {
        var stage = Stage()
        _ = try stage.call(credentials: Self.carrier)
        stage.respond(
            407, to: try #require(stage.lastRequest(.invite)),
            headers: [(.proxyAuthenticate, challenge("n", realm: realm))])
        #expect(stage.requests.count { $0.method == .invite } == 1)
        #expect(stage.requests.allSatisfy { $0.first(.proxyAuthorization) == nil && $0.first(.authorization) == nil })
        #expect(stage.ends.map(\.cause) == [.unauthorized])
    }

    @Test("T-13: a challenge of two realms gives a digest to ours alone")
    func twoRealms() throws {
        var stage = Stage()
        _ = try stage.call(credentials: Self.carrier)
        stage.respond(
            401, to: try #require(stage.lastRequest(.invite)),
            headers: [
                (.wwwAuthenticate, challenge("evil", realm: "evil")), (.wwwAuthenticate, challenge("good")),
            ])
        let again = try #require(stage.lastRequest(.invite))
        #expect(again.values(of: .authorization).count == 1)
        #expect(parameter("realm", of: again) == "carrier")
        #expect(parameter("nonce", of: again) == "good")
    }

    @Test(
        "T-13: a callee elsewhere that asks in the carrier's name gets nothing for our BYE or re-INVITE",
        arguments: [Method.bye, .invite, .info])
    func calleeElsewhere(method: Method) throws {
        var stage = Stage()
        let id = try stage.call(credentials: Self.carrier)
        stage.respond(
            407, to: try #require(stage.lastRequest(.invite)), headers: [(.proxyAuthenticate, challenge("n1"))])
        // The answer moves what comes next to a host of the callee's own.
        let callee = Flow(
            protocol: .udp, local: Stage.us, remote: TransportAddress(ip: .v4(0xCB00_7107), port: 5060), id: 1)
        stage.givesFlows = false
        stage.respond(
            200, to: try #require(stage.lastRequest(.invite)), contact: "<sip:bob@203.0.113.7>", body: "v=0")
        // The ACK asks for a way there, and what follows takes it.
        let (way, target) = try #require(stage.asked.last)
        #expect(target.host == "203.0.113.7")
        stage.feed(.flowOpened(way, callee))
        switch method {
        case .bye: stage.command(.end(id))
        case .info: stage.command(.info(id, .hold))
        default: stage.command(.reinvite(id, body: .hold))
        }
        let request = try #require(stage.requests.last { $0.method == method })
        #expect(stage.sent.last { $0.message.request?.method == method }?.flow == callee)
        let count = stage.requests.count { $0.method == method }
        stage.respond(407, to: request, headers: [(.proxyAuthenticate, challenge("evil"))], over: callee)
        stage.advance(.seconds(1))
        #expect(stage.requests.count { $0.method == method } == count)
        #expect(stage.requests.allSatisfy { $0.octets.firstRange(of: Array("\"evil\"".utf8)) == nil })
    }

    @Test("T-13: the carrier itself may ask again in the call, and is answered")
    func carrierInCall() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing(credentials: Self.carrier)
        stage.command(.end(id))
        stage.respond(
            407, to: try #require(stage.lastRequest(.bye)), headers: [(.proxyAuthenticate, challenge("n1"))])
        #expect(stage.requests.count { $0.method == .bye } == 2)
        #expect(parameter("nonce", of: stage.lastRequest(.bye), .proxyAuthorization) == "n1")
    }

    @Test("T-13: a peer that calls us gets no digest, whatever it asks for")
    func caller() throws {
        var stage = Stage()
        let id = try stage.establishIncoming()
        stage.command(.end(id))
        stage.respond(
            401, to: try #require(stage.lastRequest(.bye)), headers: [(.wwwAuthenticate, challenge("n1"))])
        #expect(stage.requests.allSatisfy { $0.first(.authorization) == nil })
    }

    // MARK: Whoever asks for them

    private struct Trunk {
        var stage: Stage
        var challenges: [DigestChallenge] = []

        init() {
            stage = Stage(
                UserAgentConfiguration(
                    authentication: DigestServer(
                        realm: "trunk", users: ["bob": "right"], secret: Array("0123456789abcdef".utf8))))
        }

        /// Asks for a challenge; the strongest comes first.
        mutating func ask() throws {
            stage.callID = "ask-\(stage.now.nanoseconds)"
            stage.request("INVITE", toTag: .some(nil), body: "v=0")
            let response = try #require(stage.lastResponse(to: .invite))
            #expect(response.status == 401)
            challenges = try response.values(of: .wwwAuthenticate).map { try DigestChallenge(parsing: $0) }
            #expect(challenges.map(\.algorithm) == [.sha256, .md5])
        }

        /// Sends an INVITE with this Authorization and says what comes of it.
        mutating func invite(_ authorization: String, uri: String = "sip:alice@192.0.2.1:5060") -> Int? {
            stage.callID += "+"
            stage.request(
                "INVITE", toTag: .some(nil), uri: uri, headers: ["Authorization: \(authorization)"], body: "v=0")
            return stage.responses.last { (try? $0.callID.text) == stage.callID }?.status
        }

        func authorization(
            _ challenge: DigestChallenge, count: UInt32 = 1, quality: QualityOfProtection? = .authentication,
            algorithm: DigestAlgorithm? = nil, password: String = "right", user: String = "bob",
            uri: String = "sip:alice@192.0.2.1:5060", method: String = "INVITE"
        ) -> String {
            let algorithm = algorithm ?? challenge.algorithm
            let number = String(repeating: "0", count: 8 - String(count, radix: 16).count) + String(count, radix: 16)
            let calculation = DigestCalculation(
                algorithm: algorithm, username: user, realm: "trunk", password: password, method: method, uri: uri,
                nonce: challenge.nonce, cnonce: "c", nonceCount: number, quality: quality, body: [])
            return DigestAuthorization(
                username: user, realm: "trunk", nonce: challenge.nonce, uri: uri, response: calculation.response,
                opaque: challenge.opaque, algorithm: algorithm, quality: quality, cnonce: quality == nil ? nil : "c",
                nonceCount: quality == nil ? nil : number
            ).text
        }
    }

    @Test("T-13: an Authorization that was heard on the way opens nothing when it is sent again")
    func replay() throws {
        var trunk = Trunk()
        try trunk.ask()
        let heard = trunk.authorization(try #require(trunk.challenges.first))
        #expect(trunk.invite(heard) == 100)
        #expect(trunk.stage.incoming.count == 1)
        for _ in 0..<5 { #expect(trunk.invite(heard) == 401) }
        trunk.stage.advance(.seconds(600))
        #expect(trunk.invite(heard) == 401)
        #expect(trunk.stage.incoming.count == 1)
    }

    @Test("T-13: each count of a nonce is good once, also out of order")
    func counts() throws {
        var trunk = Trunk()
        try trunk.ask()
        let strong = try #require(trunk.challenges.first)
        for count: UInt32 in [1, 3, 2] { #expect(trunk.invite(trunk.authorization(strong, count: count)) == 100) }
        for count: UInt32 in [1, 2, 3] { #expect(trunk.invite(trunk.authorization(strong, count: count)) == 401) }
        #expect(trunk.invite(trunk.authorization(strong, count: 4)) == 100)
    }

    @Test("T-13: a nonce that was made for SHA-256 is not taken with MD5")
    func weakerAlgorithm() throws {
        var trunk = Trunk()
        try trunk.ask()
        #expect(trunk.invite(trunk.authorization(try #require(trunk.challenges.first), algorithm: .md5)) == 403)
        #expect(trunk.stage.incoming.isEmpty)
    }

    @Test("T-13: without qop a nonce is good for one request, so that stripping it gains nothing")
    func strippedQuality() throws {
        var trunk = Trunk()
        try trunk.ask()
        let strong = try #require(trunk.challenges.first)
        #expect(trunk.invite(trunk.authorization(strong, quality: nil)) == 100)
        #expect(trunk.invite(trunk.authorization(strong, quality: nil)) == 401)
        // Credentials with qop do not pass for ones without it.
        let whole = trunk.authorization(strong, count: 9)
        let stripped = whole.split(separator: ", ").filter { part in
            !["qop=", "nc=", "cnonce="].contains { part.hasPrefix($0) }
        }.joined(separator: ", ")
        #expect(stripped != whole)
        #expect(trunk.invite(stripped) == 401)
        #expect(trunk.stage.incoming.count == 1)
    }

    @Test("T-13: a nonce that we never gave, a digest for another method or another target, and guesses open nothing")
    func others() throws {
        var trunk = Trunk()
        try trunk.ask()
        let strong = try #require(trunk.challenges.first)
        let forged = DigestChallenge(
            realm: "trunk", nonce: String(strong.nonce.reversed()), algorithm: .sha256, qualities: [.authentication])
        let attempts = [
            trunk.authorization(forged), trunk.authorization(strong, method: "BYE"),
            trunk.authorization(strong, uri: "sip:premium@192.0.2.1"), trunk.authorization(strong, password: "wrong"),
            trunk.authorization(strong, user: "nobody"), trunk.authorization(strong, user: "bob\u{0}"),
        ]
        for attempt in attempts { #expect([401, 403].contains(trunk.invite(attempt)), "\(attempt)") }
        #expect(trunk.stage.incoming.isEmpty)
        #expect(trunk.invite(trunk.authorization(strong)) == 100)
    }
}
