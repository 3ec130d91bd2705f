import SIPCore
import TelephonyPrimitives
import Testing

@Suite("Registering with a registrar")
struct RegistrationClientTests {
    private func parameter(_ name: String, of request: Request?) -> String? {
        guard let value = request?.first(.authorization) else { return nil }
        let parts = value.split(separator: ",").map { $0.split(separator: "=", maxSplits: 1) }
        for part in parts where part.first?.hasSuffix(name) == true {
            return part.last.map { String($0.filter { $0 != "\"" }) }
        }
        return nil
    }

    @Test("F-12: a REGISTER names the address, our Contact and the time wanted, and its successors raise CSeq only")
    func form() throws {
        var stage = Stage()
        _ = stage.register(try Accounts.alice())
        let first = try #require(stage.registers.last)
        #expect(first.requestURIText == "sip:example.com")
        #expect(try first.to.uri.description == "sip:alice@example.com")
        #expect(try first.from.uri == first.to.uri)
        #expect(try first.to.tag == nil)
        #expect(try first.cseq.number == 1)
        #expect(first.first(.expires) == "3600")
        #expect(first.list(of: .contact) == ["<sip:alice@192.0.2.1:5060>"])
        #expect(first.supported == ["path"])
        #expect(first.first(.authorization) == nil)

        try stage.answer(401, headers: [(.wwwAuthenticate, Accounts.challenge)])
        let second = try #require(stage.registers.last)
        #expect(try second.cseq.number == 2)
        #expect(try second.callID == first.callID)
        #expect(try second.from.tag == first.from.tag)
        #expect(try second.to.tag == nil)
        #expect(try second.topVia.branch != first.topVia.branch)
        #expect(parameter("nc", of: second) == "00000001")
        try stage.grant(3_457)
        #expect(stage.stateNames == ["registering", "registered"])
        #expect(stage.states.last?.grant?.expires == .seconds(3_457))

        stage.advance(.seconds(3_457))
        let refresh = try #require(stage.registers.first { (try? $0.cseq.number) == 3 })
        #expect(try refresh.callID == first.callID)
        #expect(parameter("nonce", of: refresh) == "n1", "known credentials go in before anybody asks")
        #expect(parameter("nc", of: refresh) == "00000002")
    }

    @Test("a challenge without qop is answered as RFC 2069 has it, its opaque unchanged")
    func withoutQuality() throws {
        var stage = Stage()
        _ = stage.register(try Accounts.alice())
        let challenge = "Digest realm=\"sip.telnyx.com\", nonce=\"Zk7+/w==\", opaque=\"1/192.0.2.9\""
        try stage.answer(401, headers: [(.wwwAuthenticate, challenge)])
        let field = try #require(stage.registers.last?.first(.authorization))
        #expect(!field.contains("qop") && !field.contains("cnonce") && !field.contains("nc="))
        #expect(field.contains("opaque=\"1/192.0.2.9\""))
        try stage.grant()
        #expect(stage.stateNames.last == "registered")
    }

    @Test(
        "a refresh comes after half of the time at the earliest, and early enough to be repeated",
        arguments: [20, 60, 120, 300, 600, 3_457, 3_600])
    func refreshTime(granted: Int) throws {
        for seed in 0..<20 as Range<UInt64> {
            var stage = Stage()
            stage.core = UserAgentCore(configuration: .init(), random: SeededGenerator(seed: seed))
            _ = stage.register(try Accounts.alice())
            try stage.grant(granted)
            stage.advance(.seconds(granted))
            let second = try #require(stage.seconds(of: "REGISTER").dropFirst().first)
            #expect(second >= Double(granted) / 2)
            #expect(second <= max(Double(granted) / 2, min(Double(granted) * 0.85, Double(granted) - 75)) + 0.01)
        }
    }

    @Test("the time granted is that of our Contact, else Expires, else what was asked")
    func grantedTime() throws {
        let stranger = "<sip:alice@198.51.100.7>;expires=10"
        let cases: [(contacts: [String], expires: String?, granted: Int?)] = [
            (["\(stranger), <sip:alice@192.0.2.1:5060>;expires=70"], "99", 70),
            (["<sip:alice@192.0.2.1:5060>", stranger], "99", 99),
            (["<sip:alice@192.0.2.1:5060;alias=198.51.100.1~4000~1>;expires=55"], nil, 55),
            (["<sip:alice@203.0.113.5:1025>;expires=44"], nil, 44),
            ([], "77", 77), ([], nil, 3_600), (["<sip:alice@192.0.2.1:5060>"], nil, 3_600),
            (["<sip:mallory@192.0.2.66>;expires=10"], nil, nil), (["<sip:alice@192.0.2.1:5060>;expires=0"], nil, nil),
            (["<sip:alice@192.0.2.1:5060>;expires=99999999999", "?"], "88", 88),
        ]
        for (contacts, expires, granted) in cases {
            var stage = Stage()
            _ = stage.register(try Accounts.alice())
            try stage.answer(
                200, headers: contacts.map { (.contact, $0) } + (expires.map { [(.expires, $0)] } ?? []))
            if let granted {
                #expect(stage.states.last?.grant?.expires == .seconds(granted), "\(contacts)")
            } else {
                #expect(stage.states.last?.failure?.reason.contains("does not list our Contact") == true)
                #expect(stage.states.last?.failure?.isFinal == false)
            }
        }
    }

    @Test("a nonce that is out of date costs one more round, said to be stale or not", arguments: [true, false])
    func staleNonce(isSaid: Bool) throws {
        var stage = Stage()
        _ = stage.register(try Accounts.alice())
        try stage.answer(401, headers: [(.wwwAuthenticate, Accounts.challenge)])
        try stage.grant()
        for round in 2...6 {
            stage.advanceToNextTry()
            let fresh = "Digest realm=\"example.com\", nonce=\"n\(round)\", algorithm=MD5, qop=\"auth\""
            try stage.answer(401, headers: [(.wwwAuthenticate, fresh + (isSaid ? ", stale=true" : ""))])
            #expect(parameter("nonce", of: stage.registers.last) == "n\(round)")
            #expect(parameter("nc", of: stage.registers.last) == "00000001")
            try stage.grant()
        }
        #expect(stage.stateNames == ["registering"] + Array(repeating: "registered", count: 6))
    }

    @Test("a wrong password ends it after one try, and says so")
    func wrongPassword() throws {
        var stage = Stage()
        let id = stage.register(try Accounts.alice())
        for nonce in ["n1", "n2"] {
            try stage.answer(
                401, headers: [(.wwwAuthenticate, "Digest realm=\"r\", nonce=\"\(nonce)\", qop=\"auth\"")])
        }
        stage.advance(.seconds(100_000))
        #expect(stage.registers.count == 2)
        let failure = try #require(stage.states.last?.failure)
        #expect(failure.isFinal && failure.status == 401)
        #expect(failure.reason.contains("does not take the credentials"))
        // The application has asked the user.
        stage.command(.register(id, try Accounts.alice()))
        try stage.grant()
        #expect(stage.stateNames.last == "registered")
        #expect(try stage.registers.last?.cseq.number == 3)
    }

    @Test("T-13: once registered, no other realm and no other server is answered, and the strongest algorithm wins")
    func harvest() throws {
        var stage = Stage()
        _ = stage.register(try Accounts.alice())
        try stage.answer(
            401,
            headers: [
                (.wwwAuthenticate, "Digest realm=\"example.com\", nonce=\"m\", algorithm=MD5, qop=\"auth\""),
                (.wwwAuthenticate, "Digest realm=\"example.com\", nonce=\"s\", algorithm=SHA-256, qop=\"auth\""),
            ])
        #expect(parameter("nonce", of: stage.registers.last) == "s")
        #expect(parameter("algorithm", of: stage.registers.last) == "SHA-256")
        try stage.grant()
        stage.advanceToNextTry()
        let count = stage.registers.count
        try stage.answer(401, headers: [(.wwwAuthenticate, "Digest realm=\"evil\", nonce=\"x\", qop=\"auth\"")])
        #expect(stage.registers.count == count)
        #expect(stage.states.last?.failure?.status == 401)
        #expect(stage.states.last?.failure?.boundUntil != nil, "the old binding still lasts")
        // From outside: a response that nobody asked for, and one from a stranger's proxy.
        try stage.answer(401, headers: [(.wwwAuthenticate, Accounts.challenge)])
        #expect(stage.registers.count == count)
    }

    @Test("423 raises the time that is asked for, once")
    func tooBrief() throws {
        var stage = Stage()
        _ = stage.register(try Accounts.alice { $0.expires = .seconds(60) })
        #expect(stage.registers.last?.first(.expires) == "60")
        try stage.answer(423, headers: [(.minExpires, "300")])
        #expect(stage.registers.last?.first(.expires) == "300")
        #expect(try stage.registers.last?.cseq.number == 2)
        try stage.answer(423, headers: [(.minExpires, "300")])
        #expect(stage.registers.count == 2)
        #expect(stage.states.last?.failure?.isFinal == true)
    }

    @Test("a 423 without sense is a refusal", arguments: ["", "60", "0", "4294967295", "99999999999", "x"])
    func nonsense(minimum: String) throws {
        var stage = Stage()
        _ = stage.register(try Accounts.alice { $0.expires = .seconds(60) })
        try stage.answer(423, headers: minimum.isEmpty ? [] : [(.minExpires, minimum)])
        #expect(stage.registers.count == 1)
        #expect(stage.states.last?.failure?.status == 423)
    }

    @Test(
        "what refuses a new account for good only postpones one that was registered",
        arguments: [403, 404, 405, 410, 416, 420, 501, 600, 603, 302])
    func refusals(status: Int) throws {
        var stage = Stage()
        _ = stage.register(try Accounts.alice())
        try stage.answer(status)
        #expect(stage.states.last?.failure?.isFinal == true)
        stage.advance(.seconds(10_000))
        #expect(stage.registers.count == 1)

        stage = Stage()
        _ = stage.register(try Accounts.alice())
        try stage.grant()
        stage.advanceToNextTry()
        try stage.answer(status)
        #expect(stage.states.last?.failure?.isFinal == false)
        stage.advanceToNextTry()
        try stage.grant()
        #expect(stage.stateNames.last == "registered")
    }

    @Test("passing failures are tried again after 30 to 60 seconds", arguments: [408, 480, 500, 502, 503, 504, 430])
    func passing(status: Int) throws {
        var stage = Stage()
        _ = stage.register(try Accounts.alice())
        try stage.answer(status)
        let failure = try #require(stage.states.last?.failure)
        #expect(failure.status == status && !failure.isFinal)
        stage.advance(.seconds(61))
        let seconds = stage.seconds(of: "REGISTER").filter { $0 >= 1 }
        #expect(try (30...60).contains(#require(seconds.first)))
        #expect(try failure.retryAt == .zero + .milliseconds(Int((#require(seconds.first) * 1_000).rounded())))
    }

    @Test("the pauses double from failure to failure up to half an hour, with chance in them (RFC 5626 §4.5)")
    func backOff() throws {
        var stage = Stage()
        _ = stage.register(try Accounts.alice())
        var pauses: [Double] = []
        for _ in 0..<10 {
            try stage.answer(500)
            let retryAt = try #require(stage.states.last?.failure?.retryAt)
            pauses.append((retryAt - stage.now).inSeconds)
            stage.advanceToNextTry()
        }
        for (index, pause) in pauses.enumerated() {
            let limit = min(1_800, 60 * Double(1 << index))
            #expect(pause >= limit / 2 && pause <= limit, "\(pauses)")
        }
        #expect(Set(pauses.suffix(4)).count == 4)
    }

    @Test("Retry-After is kept to, within reason")
    func retryAfter() throws {
        for (value, range) in [
            ("20", 20.0...22.1), ("20 (soon);duration=5", 20.0...22.1), ("4000000000", 3_600...3_603),
        ] {
            var stage = Stage()
            _ = stage.register(try Accounts.alice())
            try stage.answer(503, headers: [(.retryAfter, value)])
            let retryAt = try #require(stage.states.last?.failure?.retryAt)
            #expect(range.contains((retryAt - .zero).inSeconds))
        }
    }

    @Test("nobody answers: the next server is asked at once, and all again after a pause")
    func failover() throws {
        var stage = Stage()
        let servers = [
            FlowTarget(host: "192.0.2.11"), FlowTarget(host: "192.0.2.12", port: 5070, transport: .tcp),
            FlowTarget(host: "192.0.2.13"),
        ]
        _ = stage.register(try Accounts.alice { $0.servers = servers })
        #expect(stage.asked.map(\.1) == [servers[0]])
        stage.advance(.seconds(33))
        #expect(stage.asked.map(\.1) == [servers[0], servers[1]])
        #expect(stage.stateNames == ["registering", "failed 408", "registering"])
        try stage.answer(503, headers: [(.retryAfter, "600")])
        #expect(stage.asked.map(\.1) == servers)
        try stage.answer(504)
        #expect(stage.asked.count == 3)
        stage.advanceToNextTry()
        #expect(stage.asked.last?.1 == servers[0])
        try stage.answer(408)
        #expect(stage.asked.map(\.1).suffix(2) == [servers[0], servers[2]], "the second wants to be left alone")
        try stage.grant()
        #expect(stage.states.last?.grant?.server == servers[2])
        stage.advanceToNextTry()
        try stage.grant()
        #expect(stage.asked.last?.1 == servers[2], "it stays where it is registered")
    }

    @Test("a way that can't be had counts as a failed server")
    func unreachable() throws {
        var stage = Stage()
        stage.givesFlows = false
        _ = stage.register(
            try Accounts.alice { $0.servers = [FlowTarget(host: "a.example"), FlowTarget(host: "b.example")] })
        stage.feed(.flowFailed(try #require(stage.asked.last?.0), reason: "no such host"))
        #expect(stage.asked.last?.1.host == "b.example")
        stage.feed(.flowFailed(try #require(stage.asked.last?.0), reason: "no such host"))
        #expect(stage.asked.count == 2)
        #expect(stage.states.last?.failure?.reason.contains("no such host") == true)
        #expect(stage.states.last?.failure?.isFinal == false)
    }

    @Test("the end removes our Contact and waits for the answer to an open REGISTER first")
    func unregister() throws {
        var stage = Stage()
        let id = stage.register(try Accounts.alice())
        stage.command(.unregister(id))
        #expect(stage.registers.count == 1)
        try stage.grant()
        let removal = try #require(stage.registers.last)
        #expect(removal.list(of: .contact) == ["<sip:alice@192.0.2.1:5060>;expires=0"])
        #expect(try removal.cseq.number == 2)
        try stage.answer(401, headers: [(.wwwAuthenticate, Accounts.challenge)])
        try stage.answer(200)
        #expect(stage.stateNames == ["registering", "unregistered"])
        stage.advance(.seconds(40))
        #expect(stage.core.counters.isIdle)
        stage.command(.unregister(id))
        stage.command(.fetchBindings(id))
        #expect(stage.registers.count == 3)
    }

    @Test("the end of everything is a Contact * with Expires: 0")
    func unregisterEverything() throws {
        var stage = Stage()
        let id = stage.register(try Accounts.alice())
        try stage.grant()
        stage.command(.unregister(id, everything: true))
        #expect(stage.registers.last?.first(.contact) == "*")
        #expect(stage.registers.last?.first(.expires) == "0")
        stage.advance(.seconds(40))
        let failure = try #require(stage.states.last?.failure)
        #expect(failure.isFinal && failure.boundUntil != nil)
        stage.advance(.seconds(40))
        #expect(stage.core.counters.isIdle)
    }

    @Test("an account that never got through ends without a REGISTER")
    func unregisterUnsent() throws {
        var stage = Stage()
        stage.givesFlows = false
        let id = stage.register(try Accounts.alice())
        stage.command(.unregister(id))
        stage.feed(.flowFailed(try #require(stage.asked.last?.0), reason: "down"))
        #expect(stage.stateNames == ["registering", "unregistered"])
        #expect(stage.asked.count == 1)
        #expect(stage.core.counters.isIdle)
    }

    @Test("asking for the bindings sends a REGISTER without Contact")
    func fetch() throws {
        var stage = Stage()
        let id = stage.register(try Accounts.alice())
        try stage.grant()
        stage.command(.fetchBindings(id))
        let request = try #require(stage.registers.last)
        #expect(request.first(.contact) == nil && request.first(.expires) == nil)
        try stage.answer(
            200,
            headers: [
                (.contact, "<sip:alice@192.0.2.1:5060>;expires=3000;q=0.7, \"Desk\" <sip:alice@desk>;expires=9"),
                (.contact, "<sip:a@b>;+sip.instance=\"<urn:uuid:1>\";reg-id=2;pub-gruu=\"sip:alice@example.com;gr=1\""),
            ])
        guard case .bindings(id, .success(let bindings)) = stage.events.last else {
            Issue.record("no bindings")
            return
        }
        #expect(bindings.map(\.expires) == [.seconds(3_000), .seconds(9), nil])
        #expect(bindings.map(\.preference) == [700, nil, nil])
        #expect(bindings.last?.instanceID == "urn:uuid:1")
        #expect(bindings.last?.registrationNumber == 2)
        #expect(bindings.last?.publicGRUU?.parameter("gr") == "1")

        stage.command(.fetchBindings(id))
        try stage.answer(403)
        guard case .bindings(_, .failure(let failure)) = stage.events.last else {
            Issue.record("no failure")
            return
        }
        #expect(failure.status == 403)
        #expect(stage.stateNames.last == "registered")
    }

    @Test("the address that the registrar sees us at replaces that of the Contact, once, and the old one is removed")
    func observedAddress() throws {
        var stage = Stage()
        _ = stage.register(try Accounts.alice())
        func seen(_ request: Request, at address: TransportAddress) -> Request {
            request.withTopViaReceived(from: address)
        }
        let publicAddress = try #require(TransportAddress(host: "203.0.113.4", port: 1_024))
        let first = try #require(stage.registers.last)
        stage.respond(
            200, to: seen(first, at: publicAddress), headers: [(.contact, "<sip:alice@192.0.2.1:5060>;expires=300")])
        #expect(stage.states.last?.grant?.observedAddress == publicAddress)
        let second = try #require(stage.registers.last)
        #expect(second.list(of: .contact) == ["<sip:alice@203.0.113.4:1024>"])
        // A NAT that never gives the same port twice does not make us run.
        let other = try #require(TransportAddress(host: "203.0.113.4", port: 1_025))
        stage.respond(
            200, to: seen(second, at: other), headers: [(.contact, "<sip:alice@203.0.113.4:1024>;expires=300")])
        let third = try #require(stage.registers.last)
        #expect(third.list(of: .contact) == ["<sip:alice@192.0.2.1:5060>;expires=0"])
        stage.respond(
            200, to: seen(third, at: other), headers: [(.contact, "<sip:alice@203.0.113.4:1024>;expires=300")])
        #expect(stage.registers.count == 3)
        #expect(stage.stateNames == ["registering", "registered", "registered"])
    }

    @Test("where an address is advertised, or the account does not want it, the Contact stays")
    func keepsContact() throws {
        let address = try #require(TransportAddress(host: "203.0.113.4", port: 1_024))
        let ours = try #require(TransportAddress(host: "203.0.113.9", port: 5_060))
        for isAdvertised in [true, false] {
            var stage = Stage(UserAgentConfiguration(advertised: isAdvertised ? [.udp: ours] : [:]))
            _ = stage.register(try Accounts.alice { $0.followsObservedAddress = isAdvertised })
            let request = try #require(stage.registers.last)
            stage.respond(
                200, to: request.withTopViaReceived(from: address),
                headers: [(.contact, "\(request.first(.contact) ?? "");expires=300")])
            #expect(stage.registers.count == 1)
            #expect(stage.states.last?.grant?.observedAddress == address)
        }
    }

    @Test("the Service-Route of the registrar is told, and is the route of the account's calls (RFC 3608)")
    func serviceRoute() throws {
        var stage = Stage()
        let id = stage.register(try Accounts.alice { $0.servers = [FlowTarget(host: "192.0.2.9")] })
        func place() throws -> Request {
            let call = stage.core.makeSessionID()
            stage.command(
                .invite(
                    call,
                    OutgoingInvite(
                        target: try Accounts.uri("sip:+15550100@example.com"),
                        from: try NameAddress(parsing: "<sip:alice@example.com>"), body: .offer, account: id)))
            return try #require(stage.lastRequest(.invite))
        }
        try stage.grant(headers: [
            (.serviceRoute, "<sip:p1.example.com;lr>, <sip:p2.example.com;lr>"), (.path, "<sip:edge.example.com;lr>"),
        ])
        let grant = try #require(stage.states.last?.grant)
        #expect(grant.serviceRoute.map(\.description) == ["sip:p1.example.com;lr", "sip:p2.example.com;lr"])
        #expect(grant.path == ["<sip:edge.example.com;lr>"])
        let invite = try place()
        #expect(invite.list(of: .route) == ["<sip:p1.example.com;lr>", "<sip:p2.example.com;lr>"])
        #expect(stage.asked.last?.1.host == "p1.example.com")
        stage.respond(
            407, to: invite, headers: [(.proxyAuthenticate, "Digest realm=\"example.com\", nonce=\"q\", qop=\"auth\"")])
        #expect(stage.lastRequest(.invite)?.first(.proxyAuthorization) != nil, "the account's credentials answer")
        // A registrar that has none any more takes it back.
        stage.advanceToNextTry()
        try stage.grant()
        #expect(try place().list(of: .route).isEmpty)
        #expect(stage.asked.last?.1.host == "192.0.2.9", "calls go where the registration went")
    }
}
