import CallReplay
import SIPCore
import TelephonyPrimitives
import Testing

/// Calls that depend on what is in no journal of theirs: passwords, other calls, what was learnt on them.
struct OutsideJudgementTests {
    private static let sdp =
        "v=0\r\no=- 1 1 IN IP4 192.0.2.5\r\ns=-\r\nc=IN IP4 192.0.2.5\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
    private static let body = Body(contentType: "application/sdp", octets: Array(sdp.utf8))
    private static let server = DigestServer(
        realm: "here", users: ["alice": "opensesame"], secret: Array(1...32), information: .always)

    private static func invite(body: Body? = body, credentials: Credentials? = nil) throws -> OutgoingInvite {
        OutgoingInvite(
            target: try SIPURI(parsing: "sip:bob@192.0.2.5:5062"),
            from: try NameAddress(parsing: "<sip:us@example.com>"), body: body, credentials: credentials)
    }

    private static func request(
        _ method: String, tag: String = "", sequence: Int = 1, _ further: String = "", body: String = ""
    ) -> String {
        """
        \(method) sip:agent@127.0.0.1 SIP/2.0\r
        Via: SIP/2.0/UDP 192.0.2.5:5062;branch=z9hG4bK\(sequence == 1 ? "INVITE" : method)\(sequence);rport\r
        Max-Forwards: 70\r
        From: <sip:alice@192.0.2.5>;tag=theirs\r
        To: <sip:agent@127.0.0.1>\(tag.isEmpty ? "" : ";tag=\(tag)")\r
        Call-ID: incoming\r
        CSeq: \(sequence) \(method)\r
        Contact: <sip:alice@192.0.2.5:5062>\r
        \(further)\(body.isEmpty ? "" : "Content-Type: application/sdp\r\n")Content-Length: \(body.utf8.count)\r
        \r
        \(body)
        """
    }

    private static func tag(of message: String) -> String {
        message.firstMatch(of: /To: [^\r]*;tag=([^\r;]+)/).map { String($0.1) } ?? ""
    }

    /// Both replays of each journal are as the call was.
    private static func same(_ line: JournalledLine, messages: Int? = nil) throws {
        for journal in line.journals {
            let replay = try CallReplay(journal.octets)
            #expect(replay.isSame && replay.remarks.isEmpty, "\(replay.timeline)\n\(replay.verdict)\n\(replay.remarks)")
            if let messages { #expect(replay.messages == messages, "\(replay.timeline)") }
            #expect(try CallReplay(journal.octets).lines == replay.lines)
        }
    }

    @Test(
        "A caller who is asked for a password and gives it is replayed from the first INVITE on, without the password")
    func challenged() throws {
        var line = JournalledLine(UserAgentConfiguration(authentication: Self.server))
        line.receive(Self.request("INVITE", body: Self.sdp))
        let refusal = line.last(status: 401)
        line.receive(Self.request("ACK", tag: Self.tag(of: refusal)))
        guard case .response(let response) = try Message(parsing: Array(refusal.utf8)) else {
            Issue.record("there was no 401")
            return
        }
        var client = DigestClient(credentials: Credentials(username: "alice", password: "opensesame"))
        var random = SeededGenerator(seed: 5)
        let proof = try #require(
            client.authorize(
                challenges: response, method: .invite, uri: "sip:agent@127.0.0.1", body: Array(Self.sdp.utf8),
                using: &random)?.first)
        line.pass(.milliseconds(20))
        line.receive(Self.request("INVITE", sequence: 2, "\(proof.0.text): \(proof.1)\r\n", body: Self.sdp))
        let session = try #require(line.sessions.first)
        line.perform(.ring(session))
        line.perform(.answer(session, body: Self.body))
        let answer = line.last(status: 200)
        #expect(answer.contains("Authentication-Info:"), "\(answer)")
        line.receive(Self.request("ACK", tag: Self.tag(of: answer), sequence: 2))
        line.pass(.seconds(1))
        line.perform(.end(session))
        line.answer("200 OK", .bye)
        line.end()
        // 401, 100, 180, 200, BYE; the 100 of the first INVITE was not due.
        try Self.same(line, messages: line.sent.count)
        let text = String(decoding: try #require(line.journals.first).octets, as: UTF8.self)
        let response1 = try #require(proof.1.firstMatch(of: /response="([0-9a-f]+)"/)?.1)
        let response2 = try #require(answer.firstMatch(of: /rspauth="([0-9a-f]+)"/)?.1)
        #expect(!text.contains("opensesame") && !text.contains(response1) && !text.contains(response2))
    }

    @Test(
        "What a server says of our password decides what the BYE carries, then as now", arguments: [true, false])
    func informed(isRight: Bool) throws {
        var server = Self.server
        var line = JournalledLine()
        let call = line.place(
            try Self.invite(credentials: Credentials(username: "alice", password: "opensesame")))
        let challenge = server.challenge(now: line.now, stale: false).map { "\($0.0.text): \($0.1)\r\n" }.joined()
        line.answer("401 Unauthorized", .invite, challenge)
        guard case .request(let request) = try Message(parsing: Array(line.last(.invite).utf8)) else { return }
        #expect(server.verify(request: request, now: line.now) == .accepted(user: "alice"))
        var proof = server.information(for: request, body: [], now: line.now).map { "\($0.0.text): \($0.1)\r\n" }
            .joined()
        #expect(proof.contains("nextnonce"))
        if !isRight { proof = proof.replacing(/rspauth="....../, with: "rspauth=\"000000") }
        line.answer("200 OK", .invite, proof)
        line.perform(.end(call))
        #expect(line.last(.bye).contains("Authorization:") == isRight)
        line.answer("200 OK", .bye)
        line.end()
        try Self.same(line, messages: line.sent.count)
    }

    @Test("A call of an account is replayed, whatever its registration has learnt")
    func account() throws {
        var server = Self.server
        var configuration = UserAgentConfiguration()
        configuration.trustDomain = TrustDomain(includesRegistrars: true)
        var line = JournalledLine(configuration)
        let account = line.makeRegistrationID()
        line.perform(
            .register(
                account,
                Registration(
                    addressOfRecord: try SIPURI(parsing: "sip:alice@192.0.2.5:5062"),
                    registrar: try SIPURI(parsing: "sip:192.0.2.5:5062"),
                    credentials: Credentials(username: "alice", password: "opensesame"))))
        func challenge() -> String {
            server.challenge(now: line.now, stale: false).map { "\($0.0.text): \($0.1)\r\n" }.joined()
        }
        line.answer("401 Unauthorized", .register, challenge())
        line.answer("200 OK", .register, "Service-Route: <sip:192.0.2.5:5062;lr>\r\nExpires: 600\r\n")
        var invite = try Self.invite()
        invite.account = account
        invite.privacy = [.id]
        _ = line.place(invite)
        #expect(line.last(.invite).contains("Route: <sip:192.0.2.5:5062;lr>"))
        // Our name, for those alone who are trusted.
        #expect(line.last(.invite).contains("P-Asserted-Identity:"))
        line.answer("401 Unauthorized", .invite, challenge())
        #expect(line.last(.invite).contains("Authorization:"))
        line.answer("486 Busy Here", .invite)
        line.end()
        // Two INVITEs and their ACKs; the registration is another's affair.
        try Self.same(line, messages: 4)
    }

    @Test("A PRACK with an answer of ours is in the journal")
    func provisional() throws {
        var line = JournalledLine(UserAgentConfiguration(reliableProvisionals: .whenSupported))
        let call = line.place(try Self.invite(body: nil))
        line.answer("183 Session Progress", .invite, "Require: 100rel\r\nRSeq: 7\r\n", body: Self.sdp)
        let owed = line.events.compactMap { event -> Response? in
            if case .acknowledgementOwed(_, let response) = event { response } else { nil }
        }
        line.perform(.acknowledgeProvisional(call, try #require(owed.first), body: Self.body))
        #expect(line.last(.prack).contains("m=audio"))
        line.answer("200 OK", .prack)
        line.answer("200 OK", .invite)
        line.perform(.end(call))
        line.answer("200 OK", .bye)
        line.end()
        try Self.same(line, messages: line.sent.count)
    }

    @Test("An attended transfer of ours is replayed on both calls")
    func transfer() throws {
        var line = JournalledLine()
        let calls = [line.place(try Self.invite()), line.place(try Self.invite())]
        for message in line.sent {
            guard case .request(let request) = message, request.method == .invite else { continue }
            line.receive(JournalledLine.response("200 OK", to: request, ""))
        }
        line.perform(.transfer(calls[0], to: calls[1]))
        #expect(line.last(.refer).contains("Replaces="))
        line.answer("202 Accepted", .refer)
        for call in calls {
            line.perform(.end(call))
            line.answer("200 OK", .bye)
        }
        line.end()
        try Self.same(line)
        #expect(try CallReplay(line.journals[0].octets).lines.contains { $0.text.hasPrefix("→ REFER") })
    }

    @Test("What an earlier call has learnt of a peer that takes no connection counts in the replay of the next")
    func datagramPeer() throws {
        var line = JournalledLine(takesStreams: false)
        var long = Self.body
        long.octets += Array(repeating: Array("a=x:0123456789\r\n".utf8), count: 120).flatMap(\.self)
        for _ in 0..<2 {
            _ = line.place(try Self.invite(body: long))
            line.answer("486 Busy Here", .invite)
        }
        line.end()
        #expect(line.journals.count == 2)
        try Self.same(line, messages: 2)
    }

    @Test("An identity of its own goes out as it did, to whom it is shown")
    func identity() throws {
        var configuration = UserAgentConfiguration()
        configuration.trustDomain = TrustDomain([.v4(0xC000_0205)])
        var line = JournalledLine(configuration)
        var invite = try Self.invite()
        invite.identity = AssertedIdentity([try NameAddress(parsing: "<sip:real@example.com>")])
        _ = line.place(invite)
        #expect(line.last(.invite).contains("P-Asserted-Identity: <sip:real@example.com>"))
        line.answer("486 Busy Here", .invite)
        line.end()
        try Self.same(line, messages: 2)
    }
}
