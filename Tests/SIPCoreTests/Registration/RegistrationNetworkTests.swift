import SIPCore
import TelephonyPrimitives
import Testing

@Suite("Phones and a registrar over a network")
struct RegistrationNetworkTests {
    private func link(
        seed: UInt64 = 1, _ change: (inout Registrar) -> Void = { _ in }, registrar: Registrar? = nil
    ) -> VirtualLink {
        VirtualLink(
            seed: seed, bob: UserAgentConfiguration(registrar: registrar ?? Accounts.registrar(change)))
    }

    @Test("F-12: an account stays registered for a week, with one REGISTER each time")
    func week() throws {
        var link = link()
        let id = link.register(try Accounts.alice())
        var gaps = 0
        for _ in 0..<(7 * 24 * 12) {
            link.run(.seconds(300))
            if try link.bindings().count != 1 { gaps += 1 }
        }
        #expect(gaps == 0)
        #expect(link.states.dropFirst().allSatisfy { $0.name == "registered" })
        let registers = link.messages(from: .alice, "REGISTER").compactMap(\.message.request)
        #expect(try Set(registers.map { try $0.callID }).count == 1)
        let numbers = try registers.map { try $0.cseq.number }
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
        // Nonces last five minutes: each refresh is asked once, since the nonce it knows is stale by then.
        #expect(link.messages(from: .bob, "200 REGISTER").count == link.states.count - 1)
        #expect(registers.count == 2 * (link.states.count - 1))
        link.command(.alice, .unregister(id))
        link.run(.seconds(40))
        #expect(try link.bindings().isEmpty)
        #expect(link.stateNames.last == "unregistered")
        #expect(link.isIdle)
    }

    @Test(
        "F-12: on a bad line it stays registered, or is again within the longest pause",
        arguments: 0..<12 as Range<UInt64>)
    func badLine(seed: UInt64) throws {
        var link = link(seed: seed)
        link.loss = 0.3
        link.duplication = 0.1
        link.delay = 5...900
        let id = link.register(try Accounts.alice { $0.expires = .seconds(300) })
        link.run(.seconds(600))
        var gaps = 0
        for _ in 0..<500 {
            link.run(.seconds(60))
            if try link.bindings().isEmpty { gaps += 1 }
        }
        #expect(gaps <= 10, "seed \(seed)")
        let numbers = try link.messages(from: .alice, "REGISTER").compactMap { try $0.message.request?.cseq.number }
        #expect(numbers == numbers.sorted())
        link.loss = 0
        link.command(.alice, .unregister(id))
        link.run(.seconds(100))
        #expect(try link.bindings().isEmpty)
        link.run(.seconds(4_000))
        #expect(link.isIdle, "seed \(seed)")
    }

    @Test("F-12: a registrar that is away for an hour has everybody back within half an hour, spread over time")
    func outage() throws {
        var returns: [Double] = []
        for seed in 0..<20 as Range<UInt64> {
            var link = link(seed: seed)
            _ = link.register(try Accounts.alice { $0.expires = .seconds(600) })
            link.run(.seconds(1_000))
            #expect(link.stateNames.last == "registered")
            link.loses = { _ in true }
            link.run(.seconds(3_600))
            #expect(try link.bindings().isEmpty)
            let failure = try #require(link.states.last { $0.failure != nil }?.failure)
            #expect(failure.status == 408)
            #expect(failure.boundUntil == nil, "the last failure comes long after the binding has ended")
            link.loses = { _ in false }
            let back = link.now
            link.run(.seconds(1_840))
            #expect(try link.bindings().count == 1, "seed \(seed)")
            let line = try #require(link.messages(from: .bob, "200 REGISTER").first { $0.instant > back })
            returns.append((line.instant - back).inSeconds)
        }
        let spread = try #require(returns.max()) - #require(returns.min())
        #expect(spread > 300)
    }

    @Test("F-12: a registrar that restarts and has forgotten everything knows us again with the next refresh")
    func restart() throws {
        var link = link()
        _ = link.register(try Accounts.alice { $0.expires = .seconds(300) })
        link.run(.seconds(100))
        link.cores[1] = UserAgentCore(
            configuration: UserAgentConfiguration(registrar: Accounts.registrar(secret: "another secret!!")),
            random: SeededGenerator(seed: 99))
        #expect(try link.bindings().isEmpty)
        link.run(.seconds(300))
        #expect(try link.bindings().count == 1)
        #expect(link.states.allSatisfy { $0.failure == nil })
    }

    @Test("a binding ends by itself when nobody refreshes it, and nothing stays behind")
    func expiry() throws {
        var link = link()
        _ = link.register(try Accounts.alice { $0.expires = .seconds(120) })
        link.run(.seconds(10))
        #expect(link.cores[1].counters.bindings == 1)
        link.loses = { $0.from == .alice }
        link.run(.seconds(111))
        #expect(try link.bindings().isEmpty)
        #expect(link.cores[1].counters.bindings == 0)
        #expect(link.cores[1].counters.isIdle)
    }

    @Test("a time that is too short is raised as the registrar says, and kept")
    func tooBrief() throws {
        var link = link({ $0.minimumExpires = .seconds(900) })
        _ = link.register(try Accounts.alice { $0.expires = .seconds(60) })
        link.run(.seconds(10_000))
        #expect(link.messages(from: .bob, "423 REGISTER").count == 1)
        #expect(link.states.last?.grant?.expires == .seconds(900))
    }

    @Test("several accounts have each their own Call-ID, credentials and fate")
    func accounts() throws {
        var link = link()
        let alice = link.register(try Accounts.alice())
        let bob = link.register(
            try Accounts.alice {
                $0.addressOfRecord = try Accounts.uri("sip:bob@example.com")
                $0.credentials = Credentials(username: "bob", password: "hunter2")
            })
        let mallory = link.register(
            try Accounts.alice { $0.addressOfRecord = try Accounts.uri("sip:bob@example.com") })
        link.run(.seconds(20_000))
        func states(_ id: RegistrationID) -> Set<String> {
            Set(
                link.events[0].compactMap { event in
                    if case .registration(id, let state) = event { state.name } else { nil }
                })
        }
        #expect(states(alice) == ["registering", "registered"])
        #expect(states(bob) == ["registering", "registered"])
        #expect(states(mallory) == ["registering", "failed 403"])
        #expect(try link.bindings("sip:bob@example.com").count == 1)
        link.command(.alice, .unregister(alice))
        link.run(.seconds(40))
        #expect(try link.bindings().isEmpty)
        #expect(try link.bindings("sip:bob@example.com").count == 1)
        for id in [bob, mallory] { link.command(.alice, .unregister(id, everything: true)) }
        link.run(.seconds(100))
        #expect(try link.bindings("sip:bob@example.com").isEmpty)
        #expect(link.isIdle)
    }

    @Test("F-12: the first server is dead: the account is with the second one within 33 seconds")
    func failover() throws {
        var link = link()
        _ = link.register(
            try Accounts.alice { $0.servers = [FlowTarget(host: "192.0.2.77"), FlowTarget(host: "192.0.2.2")] })
        link.run(.seconds(33))
        #expect(link.stateNames == ["registering", "failed 408", "registering", "registered"])
        link.unreachable = ["gone.example"]
        _ = link.register(
            try Accounts.alice { $0.servers = [FlowTarget(host: "gone.example"), FlowTarget(host: "192.0.2.2")] })
        link.run(.milliseconds(100))
        #expect(link.stateNames.suffix(3) == ["failed 0", "registering", "registered"])
    }

    @Test("a call finds the phone that has registered, and a phone's own calls need no other password")
    func call() throws {
        var configuration = UserAgentConfiguration(registrar: Accounts.registrar())
        configuration.authentication = DigestServer(
            realm: "example.com", users: ["alice": "secret"], secret: Array("0123456789abcdeX".utf8))
        var link = VirtualLink(bob: configuration)
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event { link.command(side, .answer(id, body: .answer)) }
        }
        let account = link.register(try Accounts.alice())
        link.run(.seconds(1))
        let binding = try #require(link.bindings().first)
        let invite = try #require(
            OutgoingInvite(to: binding, from: NameAddress(parsing: "<sip:bob@example.com>"), body: .offer))
        let id = link.cores[1].makeSessionID()
        link.command(.bob, .invite(id, invite))
        link.run(.seconds(5))
        #expect(link.names(.bob).contains("answered"))
        #expect(link.sessions(.alice).count == 1)
        link.command(.bob, .end(id))

        let out = link.cores[0].makeSessionID()
        link.command(
            .alice,
            .invite(
                out,
                OutgoingInvite(
                    target: try Accounts.uri("sip:100@example.com"),
                    from: try NameAddress(parsing: "<sip:alice@example.com>"), body: .offer, account: account)))
        link.run(.seconds(5))
        #expect(link.names(.alice).contains("answered"))
        #expect(link.messages(from: .bob, "401 INVITE").count == 1)
    }

    @Test("a registrar says in Allow that it takes REGISTER, and others refuse it with 405")
    func allow() throws {
        for registrar in [nil, Accounts.registrar(users: nil)] {
            var stage = Stage(UserAgentConfiguration(registrar: registrar))
            stage.request("OPTIONS", toTag: .some(nil))
            #expect(stage.responses.last?.allow.contains(.register) == (registrar != nil))
            stage.request(
                "REGISTER", toTag: .some(nil), uri: "sip:example.com", headers: ["Contact: <sip:a@192.0.2.9>"])
            #expect(stage.responses.last?.status == (registrar == nil ? 405 : 200))
        }
    }

    @Test("a copy of a REGISTER gets the same answer and changes nothing")
    func duplicate() throws {
        var stage = Stage(UserAgentConfiguration(registrar: Accounts.registrar(users: nil)))
        for _ in 0..<3 {
            stage.request(
                "REGISTER", sequence: 4, branch: "z9hG4bKsame", toTag: .some(nil), uri: "sip:example.com",
                headers: ["Contact: <sip:a@192.0.2.9>"])
        }
        #expect(stage.responses.map(\.status) == [200, 200, 200])
        #expect(Set(stage.sent.map(\.octets)).count == 1)
        #expect(stage.core.counters.bindings == 1)
    }
}
