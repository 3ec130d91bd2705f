import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A request whose server fails (RFC 3263 §4.3)")
struct FailoverTests {
    /// The way to the server with this number.
    private func flow(_ number: UInt32, _ transport: TransportProtocol = .udp) -> Flow {
        Flow(
            protocol: transport, local: Stage.us, remote: TransportAddress(ip: .v4(0xC633_6400 + number), port: 5060),
            id: 1)
    }

    /// A stage that gives the flows that a test names.
    private func stage(_ configuration: UserAgentConfiguration = .init()) -> Stage {
        var stage = Stage(configuration)
        stage.givesFlows = false
        // Several servers get the same request here, and the log takes them for one.
        stage.wire.turnOff()
        return stage
    }

    enum Failure: CaseIterable, Sendable { case refusal, silence, transport }

    private func fail(_ failure: Failure, _ stage: inout Stage, _ flow: Flow, _ method: Method = .invite) throws {
        switch failure {
        case .refusal:
            stage.respond(
                503, to: try #require(stage.lastRequest(method)), headers: [(.retryAfter, "17 (busy);duration=9")])
        case .silence: stage.advance(.seconds(33))
        case .transport: stage.feed(.flowClosed(flow, reason: "port unreachable"))
        }
    }

    @Test("goes to the next one with a new branch and is else the same", arguments: Failure.allCases)
    func movesOn(_ failure: Failure) throws {
        var stage = stage()
        let id = try stage.call("sip:bob@example.com")
        let first = flow(1)
        stage.feed(.flowOpened(try #require(stage.asked.last).0, first))
        let invite = try #require(stage.lastRequest(.invite))
        try fail(failure, &stage, first)
        #expect(stage.ends.isEmpty)
        let question = try #require(stage.asked.last)
        #expect(stage.asked.count == 2)
        #expect(question.1.host == "example.com")
        let tried = try #require(question.1.tried.first)
        #expect(question.1.tried.count == 1)
        #expect(tried.address == first.remote && tried.transport == .udp)
        let (fault, seconds): (TriedServer.Fault, Int) =
            switch failure {
            case .refusal: (.overloaded, 17)
            case .silence: (.silent, 32 + 60)
            case .transport: (.unreachable, 30)
            }
        #expect(tried.fault == fault)
        #expect(tried.until == .zero + .seconds(seconds))

        stage.flow = flow(2)
        stage.feed(.flowOpened(question.0, stage.flow))
        let again = try #require(stage.lastRequest(.invite))
        #expect(stage.sent.last?.flow == stage.flow)
        #expect(try again.topVia.branch != invite.topVia.branch)
        #expect(try again.callID == invite.callID && again.cseq == invite.cseq)
        #expect(try again.from == invite.from && again.to == invite.to)
        #expect(again.requestURIText == invite.requestURIText && again.body == invite.body)

        stage.callID = try again.callID.text
        stage.respond(200, to: again, contact: "<sip:bob@\(stage.flow.remote)>", body: "v=0 answer")
        #expect(stage.names.contains("answered"))
        stage.command(.end(id))
        #expect(stage.sent.last?.flow == stage.flow)
        stage.respond(200, to: try #require(stage.lastRequest(.bye)))
        stage.advance(.seconds(60))
        #expect(stage.ends.map(\.cause) == [.hungUpLocally])
        #expect(stage.core.counters.isIdle)
    }

    @Test("takes a REGISTER whose server fell silent after its challenge, and its own challenge is no refusal")
    func registration() throws {
        var stage = stage()
        _ = stage.register(try Accounts.alice())
        stage.flow = flow(1)
        stage.feed(.flowOpened(try #require(stage.asked.last).0, stage.flow))
        try stage.answer(401, headers: [(.wwwAuthenticate, Accounts.challenge)])
        #expect(stage.registers.last?.first(.authorization) != nil)
        stage.advance(.seconds(33))
        let question = try #require(stage.asked.last)
        #expect(stage.asked.count == 2 && question.1.tried.map(\.address) == [flow(1).remote])
        stage.flow = flow(2)
        stage.feed(.flowOpened(question.0, stage.flow))
        let other = Accounts.challenge.replacing("n1", with: "n2")
        try stage.answer(401, headers: [(.wwwAuthenticate, other)])
        #expect(stage.registers.last?.first(.authorization)?.contains("n2") == true)
        try stage.grant()
        #expect(stage.stateNames == ["registering", "registered"])
    }

    @Test("and no other is there is told as it failed", arguments: Failure.allCases, [false, true])
    func noOther(_ failure: Failure, givesTheSameAgain: Bool) throws {
        var stage = stage()
        _ = try stage.call("sip:bob@example.com")
        let first = flow(1)
        stage.feed(.flowOpened(try #require(stage.asked.last).0, first))
        try fail(failure, &stage, first)
        let question = try #require(stage.asked.last).0
        stage.feed(
            givesTheSameAgain ? .flowOpened(question, first) : .flowFailed(question, reason: "no other server"))
        let end = try #require(stage.ends.first)
        switch failure {
        case .refusal:
            #expect(end.cause == .rejectedByPeer && end.response?.status == 503)
        case .silence:
            #expect(end.cause == .timeout && end.status == 408)
        case .transport:
            #expect(end.cause == .transportFailed && end.reason.contains("port unreachable"))
        }
        #expect(Set(try stage.requests.filter { $0.method == .invite }.map { try $0.topVia.branch }).count == 1)
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("goes to one after the other, as many as the configuration says")
    func several() throws {
        var configuration = UserAgentConfiguration()
        configuration.maximumServersTried = 3
        var stage = stage(configuration)
        _ = try stage.call("sip:bob@example.com")
        for number in UInt32(1)...3 {
            #expect(stage.asked.last?.1.tried.map(\.address) == (1..<number).map { flow($0).remote })
            stage.feed(.flowOpened(try #require(stage.asked.last).0, flow(number)))
            #expect(stage.ends.isEmpty)
            stage.respond(503, to: try #require(stage.lastRequest(.invite)))
        }
        #expect(stage.asked.count == 3)
        #expect(stage.ends.map(\.status) == [503])
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("with 503 is acknowledged there, each copy of it too, while the next one is tried")
    func copies() throws {
        var stage = stage()
        _ = try stage.call("sip:bob@example.com")
        stage.feed(.flowOpened(try #require(stage.asked.last).0, flow(1)))
        let first = try #require(stage.lastRequest(.invite))
        stage.respond(503, to: first)
        stage.feed(.flowOpened(try #require(stage.asked.last).0, flow(2)))
        for _ in 0..<3 { stage.respond(503, to: first) }
        let acknowledgements = stage.sent.filter { $0.message.title == "ACK" }
        #expect(acknowledgements.count == 4)
        #expect(acknowledgements.allSatisfy { $0.flow == flow(1) })
        #expect(stage.ends.isEmpty && stage.asked.count == 2)
    }

    @Test(
        "is told with any other status, since it is the answer of a server that works",
        arguments: [404, 486, 500, 504, 603])
    func otherStatus(_ status: Int) throws {
        var stage = stage()
        _ = try stage.call("sip:bob@example.com")
        stage.feed(.flowOpened(try #require(stage.asked.last).0, flow(1)))
        stage.respond(status, to: try #require(stage.lastRequest(.invite)))
        #expect(stage.ends.map(\.status) == [status])
        #expect(stage.asked.count == 1)
    }

    @Test("while it rings somewhere does not ring elsewhere")
    func ringing() throws {
        for failure in [Failure.refusal, .transport] {
            var stage = Stage(transport: .tcp)
            _ = try stage.call("sip:bob@example.com;transport=tcp")
            stage.respond(180, to: try #require(stage.lastRequest(.invite)))
            try fail(failure, &stage, stage.flow)
            #expect(stage.ends.count == 1)
            #expect(stage.asked.count == 1)
        }
    }

    @Test("is not sent elsewhere when it is to be undone", arguments: [false, true])
    func cancelled(isWaiting: Bool) throws {
        var stage = stage()
        let id = try stage.call("sip:bob@example.com")
        stage.feed(.flowOpened(try #require(stage.asked.last).0, flow(1)))
        if isWaiting {
            stage.respond(503, to: try #require(stage.lastRequest(.invite)))
            stage.command(.end(id))
            stage.feed(.flowOpened(try #require(stage.asked.last).0, flow(2)))
        } else {
            stage.command(.end(id))
            stage.advance(.seconds(40))
            #expect(stage.asked.count == 1)
        }
        #expect(stage.ends.map(\.cause) == [.cancelledLocally])
        #expect(stage.sent.allSatisfy { $0.flow == flow(1) })
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("inside a dialog stays with its server")
    func inDialog() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing()
        let asked = stage.asked.count
        stage.command(.info(id, Body(contentType: "text/plain", octets: [0x78])))
        stage.respond(503, to: try #require(stage.lastRequest(.info)))
        stage.command(.end(id))
        stage.respond(503, to: try #require(stage.lastRequest(.bye)))
        stage.advance(.seconds(60))
        #expect(stage.asked.count == asked)
        #expect(stage.core.counters.isIdle)
    }

    private func options(_ stage: inout Stage, credentials: Credentials? = nil) throws -> RequestID {
        let id = stage.core.makeRequestID()
        stage.command(
            .request(
                id,
                OutgoingRequest(
                    method: .options, target: try SIPURI(parsing: "sip:example.com"),
                    from: try NameAddress(parsing: "<sip:alice@example.com>"), credentials: credentials)))
        return id
    }

    @Test("and is no INVITE moves on alike", arguments: Failure.allCases)
    func standalone(_ failure: Failure) throws {
        var stage = stage()
        let id = try options(&stage)
        stage.feed(.flowOpened(try #require(stage.asked.last).0, flow(1)))
        let first = try #require(stage.lastRequest(.options))
        try fail(failure, &stage, flow(1), .options)
        stage.feed(.flowOpened(try #require(stage.asked.last).0, flow(2)))
        let second = try #require(stage.lastRequest(.options))
        #expect(stage.sent.last?.flow == flow(2))
        #expect(try first.topVia.branch != second.topVia.branch && first.callID == second.callID)
        stage.respond(200, to: second)
        let results = stage.events.compactMap { event in
            switch event {
            case .response(let request, let response): request == id ? response.status : 0
            case .requestFailed: 0
            default: nil
            }
        }
        #expect(results == [200])
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("after it asked for credentials moves on with them")
    func challenged() throws {
        var stage = stage()
        _ = try options(&stage, credentials: Credentials(username: "alice", password: "secret"))
        stage.feed(.flowOpened(try #require(stage.asked.last).0, flow(1)))
        stage.respond(
            401, to: try #require(stage.lastRequest(.options)),
            headers: [(.wwwAuthenticate, "Digest realm=\"example.com\", nonce=\"abc\"")])
        stage.respond(503, to: try #require(stage.lastRequest(.options)))
        #expect(stage.asked.count == 2)
        stage.feed(.flowOpened(try #require(stage.asked.last).0, flow(2)))
        let last = try #require(stage.lastRequest(.options))
        #expect(stage.sent.last?.flow == flow(2))
        #expect(last.first(.authorization) != nil)
    }

    // MARK: RFC 3261 §18.1.1

    private static let long = Body(contentType: "application/sdp", octets: Array(repeating: 0x78, count: 1_300))

    @Test("is none that is too long for UDP: it goes over TCP to the same place (RFC 3261 §18.1.1)")
    func tooLong() throws {
        var stage = stage()
        let id = try stage.call("sip:bob@example.com", body: Self.long)
        stage.feed(.flowOpened(try #require(stage.asked.last).0, flow(1)))
        #expect(stage.sent.isEmpty)
        let question = try #require(stage.asked.last)
        #expect(question.1 == FlowTarget(host: "198.51.100.1", port: 5060, transport: .tcp))
        stage.flow = flow(1, .tcp)
        stage.feed(.flowOpened(question.0, stage.flow))
        let invite = try #require(stage.lastRequest(.invite))
        #expect(stage.sent.map(\.flow) == [stage.flow])
        #expect(try invite.topVia.transport == "TCP")
        // When that server fails, the next one of the name is wanted and not the same over UDP.
        stage.respond(503, to: invite)
        let next = try #require(stage.asked.last)
        #expect(next.1.host == "example.com")
        #expect(next.1.tried.map(\.transport) == [.udp] && next.1.tried.map(\.address) == [flow(1).remote])
        stage.feed(.flowFailed(next.0, reason: "no other server"))
        #expect(stage.ends.map(\.status) == [503])
        _ = id
        stage.advance(.seconds(60))
        #expect(stage.core.counters.isIdle)
    }

    @Test("is none that is too long for UDP where TCP is refused: it goes over UDP, and so do others for a while")
    func tooLongRefused() throws {
        var stage = stage()
        _ = try stage.call("sip:bob@198.51.100.1", body: Self.long)
        stage.feed(.flowOpened(try #require(stage.asked.last).0, flow(1)))
        stage.feed(.flowFailed(try #require(stage.asked.last).0, reason: "connection refused"))
        #expect(stage.asked.count == 2)
        #expect(stage.sent.map(\.flow) == [flow(1)])
        #expect(stage.ends.isEmpty)
        for (seconds, questions) in [(10, 1), (700, 2)] {
            stage.advance(.seconds(seconds))
            stage.asked = []
            _ = try stage.call("sip:bob@198.51.100.1", body: Self.long)
            stage.feed(.flowOpened(try #require(stage.asked.last).0, flow(1)))
            #expect(stage.asked.count == questions)
        }
    }

    @Test("is none of 1300 octets: it stays on UDP", arguments: [0, 1])
    func border(_ more: Int) throws {
        var stage = Stage()
        _ = try stage.call()
        let length = try #require(stage.sent.first).octets.count - Body.offer.octets.count
        var other = self.stage()
        // Content-Length grows by one digit or more with a longer body.
        let digits = "\(1_300 - length)".count - "\(Body.offer.octets.count)".count
        let body = Body(
            contentType: "application/sdp", octets: Array(repeating: 0x78, count: 1_300 - length - digits + more))
        _ = try other.call(body: body)
        other.feed(.flowOpened(try #require(other.asked.last).0, other.flow))
        #expect(other.asked.count == 1 + more)
        if more == 0 { #expect(other.sent.first?.octets.count == 1_300) }
    }

    @Test("is none when the configuration keeps long requests on UDP")
    func staysOnUDP() throws {
        var configuration = UserAgentConfiguration()
        configuration.maximumDatagram = .max
        var stage = Stage(configuration)
        _ = try stage.call(body: Self.long)
        #expect(stage.asked.count == 1)
        #expect(stage.sent.map(\.flow.protocol) == [.udp])
    }
}
