import SIPCore
import TelephonyPrimitives
import TelephonyTesting
import Testing

@Suite("A request outside of calls")
struct OptionsTests {
    private func request(
        _ stage: inout Stage, _ method: Method = .options, credentials: Credentials? = nil
    ) throws -> RequestID {
        let id = stage.core.makeRequestID()
        stage.command(
            .request(
                id,
                OutgoingRequest(
                    method: method, target: try SIPURI(parsing: "sip:\(Stage.peer)"),
                    from: try NameAddress(parsing: "<sip:alice@example.com>"), credentials: credentials)))
        return id
    }

    @Test("by OPTIONS says what we can do, in and out of a call")
    func options() throws {
        var stage = Stage()
        stage.request("OPTIONS", uri: "sip:192.0.2.1")
        let outside = try #require(stage.lastResponse(to: .options))
        #expect(outside.status == 200)
        #expect(outside.allow.contains(.invite))
        #expect(outside.list(of: .accept) == ["application/sdp", "multipart/mixed", "multipart/alternative"])
        #expect(outside.list(of: .acceptEncoding) == ["identity"])
        #expect(outside.list(of: .acceptLanguage) == ["en"])
        #expect(outside.supported == ["timer", "100rel"])
        _ = try stage.establishIncoming()
        stage.request("OPTIONS")
        #expect(stage.lastResponse(to: .options)?.status == 200)
        #expect(stage.ends.isEmpty)
        stage.advance(.seconds(60))
        #expect(stage.core.counters.serverTransactions == 0)
    }

    @Test(
        "by OPTIONS hears what sessions we could take, in and out of a call, unless its Accept excludes that",
        arguments: [
            (nil, true), ("application/sdp", true), ("text/plain, APPLICATION/SDP;level=1", true), ("*/*", true),
            ("application/*;q=0.1", true), ("text/plain", false), ("", false), ("*/*, application/sdp;q=0", false),
            ("application/*;q=0.0, */*", false), ("application/sdp;q=0.001, application/*;q=0", true),
        ] as [(String?, Bool)])
    func capabilities(_ accept: String?, isTold: Bool) throws {
        var configuration = UserAgentConfiguration()
        configuration.capabilityDescription = Body(
            contentType: "application/sdp", octets: Array("v=0 capabilities".utf8))
        var stage = Stage(configuration)
        let headers = accept.map { ["Accept: \($0)"] } ?? []
        stage.request("OPTIONS", uri: "sip:192.0.2.1", headers: headers)
        _ = try stage.establishIncoming()
        stage.request("OPTIONS", headers: headers)
        let answers = stage.responses.filter { (try? $0.cseq.method) == .options }
        #expect(answers.count == 2)
        for answer in answers {
            #expect(answer.status == 200)
            #expect(answer.body == (isTold ? Array("v=0 capabilities".utf8) : []))
            #expect(answer.first(.contentType) == (isTold ? "application/sdp" : nil))
        }
    }

    @Test("gets its answer told, provisional and final")
    func answered() throws {
        var stage = Stage()
        _ = try request(&stage)
        let options = try #require(stage.lastRequest(.options))
        #expect(options.first(.contact) != nil)
        stage.respond(100, to: options)
        stage.respond(200, to: options)
        stage.respond(200, to: options)
        #expect(stage.names == ["response 100", "response 200"])
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("that nobody answers fails after 32 seconds")
    func timeout() throws {
        var stage = Stage()
        _ = try request(&stage)
        stage.advance(.seconds(33))
        #expect(stage.names == ["request failed"])
        #expect(stage.core.counters.isIdle)
    }

    @Test("is sent again with credentials")
    func challenged() throws {
        var stage = Stage()
        _ = try request(&stage, credentials: Credentials(username: "alice", password: "secret"))
        let first = try #require(stage.lastRequest(.options))
        let challenge = DigestChallenge(realm: "r", nonce: "n", algorithm: .sha256)
        stage.respond(401, to: first, headers: [(.wwwAuthenticate, challenge.description)])
        let second = try #require(stage.lastRequest(.options))
        #expect(second.first(.authorization) != nil)
        #expect(try second.cseq.number == first.cseq.number + 1)
        stage.respond(200, to: second)
        #expect(stage.names == ["response 200"])
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("is handed up when the configuration says so, and answered by the application")
    func handedUp() throws {
        var stage = Stage(UserAgentConfiguration(handedUpMethods: [.message]))
        stage.request("MESSAGE", body: "hello", contentType: "text/plain")
        guard case .request(let id, nil, let request, _)? = stage.events.last else {
            Issue.record("the MESSAGE was not handed up")
            return
        }
        #expect(request.body == Array("hello".utf8))
        #expect(stage.core.counters.openServerRequests == 1)
        stage.command(.respond(id, status: 202))
        #expect(stage.titles == ["202 MESSAGE"])
        stage.command(.respond(id, status: 500))
        #expect(stage.titles == ["202 MESSAGE"])
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("that the application forgets to answer is forgotten by the core too")
    func forgotten() {
        var stage = Stage(UserAgentConfiguration(handedUpMethods: [.message]))
        stage.wire.excuse(.requestAnswered, because: "the application does not answer")
        stage.request("MESSAGE", body: "hello", contentType: "text/plain")
        stage.advance(.seconds(33))
        #expect(stage.sent.isEmpty)
        #expect(stage.core.counters.isIdle)
    }
}
