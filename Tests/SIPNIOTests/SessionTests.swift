import Logging
import SIPCore
import SIPNIO
import TelephonyPrimitives
import Testing

/// Calls between two user agents of applications, over loopback.
@Suite("Sessions") struct SessionTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let offer = Body(contentType: "application/sdp", octets: Array("v=0 offer".utf8))
    private static let answer = Body(contentType: "application/sdp", octets: Array("v=0 answer".utf8))

    /// Runs `caller` with a user agent and the address of another one, which hands so many calls to `callee`.
    private func between(
        _ transport: TransportProtocol = .udp, calls: Int = 1,
        change: (inout SIPUserAgentConfiguration) -> Void = { _ in },
        callee: @escaping @Sendable (SIPSession) async throws -> Void,
        caller: (SIPUserAgent, _ target: String) async throws -> Void
    ) async throws {
        let listen = ListenAddress(transport, TransportAddress(ip: .loopbackV4, port: 0))
        let called = try await SIPUserAgent.listen(on: [listen], name: "Callee", logger: Self.quiet, change: change)
        let calling = try await SIPUserAgent.listen(on: [listen], name: "Caller", logger: Self.quiet)
        let address = try #require(await called.addresses.first?.address)
        let target = "sip:bob@\(address);transport=\(transport.rawValue)"
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await withThrowingTaskGroup(of: Void.self) { handlers in
                        for await call in called.calls.prefix(calls) { handlers.addTask { try await callee(call) } }
                        try await handlers.waitForAll()
                    }
                }
                try await caller(calling, target)
                try await group.waitForAll()
            }
        } catch {
            await called.close()
            await calling.close()
            throw error
        }
        await called.close()
        await calling.close()
    }

    @Test(.bounded, arguments: [TransportProtocol.udp, .tcp])
    func `a call rings, is answered, changed, and hung up`(_ transport: TransportProtocol) async throws {
        try await between(transport) { call in
            #expect(call.direction == .incoming)
            #expect(call.invite?.body == Self.offer.octets)
            await call.ring()
            await call.answer(Self.answer)
            for await event in call.events {
                if case .reinvite(_, let request) = event {
                    #expect(request.body == Self.offer.octets)
                    await call.acceptChange(Self.answer)
                }
                if case .info(_, let request) = event { #expect(request.body == Array("Signal=1".utf8)) }
            }
            #expect(await call.ended().cause == .hungUpByPeer)
        } caller: { agent, target in
            let call = try await agent.invite(target, from: "Alice <sip:alice@example.com>", offer: Self.offer)
            #expect(call.direction == .outgoing)
            let response = try await call.answered()
            #expect(response.status == 200)
            #expect(response.body == Self.answer.octets)
            var rang = false
            await call.info(Body(contentType: "application/dtmf-relay", octets: Array("Signal=1".utf8)))
            await call.change(to: Self.offer)
            for await event in call.events {
                if case .provisional(_, let ringing) = event { rang = ringing.status == 180 }
                if case .reinviteAnswered(_, let change) = event {
                    #expect(change.body == Self.answer.octets)
                    await call.hangUp()
                }
            }
            #expect(rang)
            #expect(await call.ended().cause == .hungUpLocally)
        }
    }

    @Test(.bounded) func `a refusal is thrown where the answer is awaited`() async throws {
        try await between { call in
            await call.reject(status: 486, reason: "At lunch")
            #expect(await call.ended().cause == .rejectedLocally)
        } caller: { agent, target in
            let call = try await agent.invite(target, offer: Self.offer)
            let error = await #expect(throws: SIPSessionError.self) { try await call.answered() }
            #expect("\(try #require(error))".contains("486"))
            let end = await call.ended()
            #expect(end.cause == .rejectedByPeer)
            #expect(end.status == 486)
        }
    }

    @Test(.bounded) func `a call that is given up while it rings ends on both sides`() async throws {
        try await between { call in
            await call.ring()
            #expect(await call.ended().cause == .cancelledByPeer)
        } caller: { agent, target in
            let call = try await agent.invite(target, offer: Self.offer)
            for await event in call.events {
                if case .provisional(_, let response) = event, response.status == 180 { await call.hangUp() }
            }
            #expect(await call.ended().cause == .cancelledLocally)
        }
    }

    @Test(.bounded) func `closing ends what is up, for those who wait for it`() async throws {
        let listen = ListenAddress(.udp, TransportAddress(ip: .loopbackV4, port: 0))
        let agent = try await SIPUserAgent.listen(on: [listen], logger: Self.quiet)
        let silent = try await SIPUserAgent.listen(on: [listen], logger: Self.quiet)
        let address = try #require(await silent.addresses.first?.address)
        let call = try await agent.invite("sip:bob@\(address)", offer: Self.offer)
        var calls = silent.calls.makeAsyncIterator()
        _ = await calls.next()
        let answer = Task { try await call.answered() }
        await agent.close()
        await #expect(throws: SIPSessionError.self) { try await answer.value }
        #expect(await call.ended().cause == .transportFailed)
        for await _ in call.events {}
        // Nothing goes out from here any more.
        let late = try await agent.invite("sip:bob@\(address)", offer: Self.offer)
        #expect(await late.ended().cause == .transportFailed)
        await silent.close()
    }

    @Test(.bounded) func `what is no SIP URI is said to be none`() async throws {
        try await between(calls: 0) { _ in
        } caller: { agent, _ in
            for target in ["", "bob", "tel:+15551234", "sip:"] {
                await #expect(throws: SIPSessionError.self, "\(target)") {
                    _ = try await agent.invite(target, offer: nil)
                }
            }
        }
    }

    @Test(.bounded) func `an account is registered, reached by the registrar, and removed`() async throws {
        let listen = ListenAddress(.udp, TransportAddress(ip: .loopbackV4, port: 0))
        let registrar = try await SIPUserAgent.listen(on: [listen], logger: Self.quiet) {
            $0.core.registrar = Registrar(
                authentication: DigestServer(
                    realm: "home", users: ["alice": "secret"], secret: Array("0123456789abcdef".utf8)))
        }
        let phone = try await SIPUserAgent.listen(on: [listen], logger: Self.quiet)
        let address = try #require(await registrar.addresses.first?.address)
        let account = await phone.register(
            Registration(
                addressOfRecord: try SIPURI(parsing: "sip:alice@\(address)"),
                registrar: try SIPURI(parsing: "sip:\(address)"),
                credentials: Credentials(username: "alice", password: "secret")))
        #expect(try await account.registered().expires == .seconds(3_600))
        let binding = try #require(await registrar.bindings(of: account.registration.addressOfRecord).first)
        let ringing = try await registrar.invite("\(binding.uri)", offer: Self.offer)
        var calls = phone.calls.makeAsyncIterator()
        let call = try #require(await calls.next())
        await call.answer(Self.answer)
        #expect(try await ringing.answered().body == Self.answer.octets)
        await ringing.hangUp()
        _ = await call.ended()
        await account.unregister()
        #expect(await registrar.bindings(of: account.registration.addressOfRecord).isEmpty)
        await phone.close()
        await registrar.close()
    }

    @Test(.bounded) func `a wrong password is told, and closing ends the watchers`() async throws {
        let listen = ListenAddress(.udp, TransportAddress(ip: .loopbackV4, port: 0))
        let registrar = try await SIPUserAgent.listen(on: [listen], logger: Self.quiet) {
            $0.core.registrar = Registrar(
                authentication: DigestServer(
                    realm: "home", users: ["alice": "secret"], secret: Array("0123456789abcdef".utf8)))
        }
        let phone = try await SIPUserAgent.listen(on: [listen], logger: Self.quiet)
        let address = try #require(await registrar.addresses.first?.address)
        let account = await phone.register(
            Registration(
                addressOfRecord: try SIPURI(parsing: "sip:alice@\(address)"),
                registrar: try SIPURI(parsing: "sip:\(address)"),
                credentials: Credentials(username: "alice", password: "wrong")))
        await #expect(throws: RegistrationFailure.self) { try await account.registered() }
        await phone.close()
        for await state in account.states() {
            guard case .failed = state else {
                Issue.record("\(state)")
                continue
            }
        }
        await registrar.close()
    }

    @Test(.bounded) func `beyond its memory a process refuses calls with 503 and Retry-After`() async throws {
        try await between(calls: 0) {
            $0.overload = OverloadLimits(memory: 1, retryAfter: .seconds(7))
        } callee: { _ in
        } caller: { agent, target in
            // The first measurement is made at once, on the same loop as the sockets.
            let call = try await agent.invite(target, offer: Self.offer)
            await #expect(throws: SIPSessionError.self) { try await call.answered() }
            #expect(await call.ended().status == 503)
        }
    }

    private static func description(_ text: String) -> Body {
        Body(
            contentType: "application/sdp",
            octets: Array(
                """
                v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\(text)
                """.utf8))
    }

    @Test(.bounded) func `hold and resume offer what was agreed on with another direction, and wait for the answer`()
        async throws
    {
        let audio = Self.description("m=audio 40000 RTP/AVP 0\r\n")
        try await between { call in
            await call.answer(audio)
            var offers: [String] = []
            for await event in call.events {
                guard case .reinvite(_, let request) = event else { continue }
                offers.append(String(decoding: request.body, as: UTF8.self))
                if offers.count == 4 { await call.refuseChange() } else { await call.acceptChange(audio) }
            }
            let directions = ["sendonly", "sendrecv", "inactive", "sendrecv"]
            for (offer, direction) in zip(offers, directions) { #expect(offer.contains("a=\(direction)\r\n")) }
            #expect(offers.map { $0.contains("o=- 1 1 ") } == [false, false, false, false])
        } caller: { agent, target in
            let call = try await agent.invite(target, offer: audio)
            await #expect(throws: Never.self) { try await call.answered() }
            #expect(try await call.hold().body == audio.octets)
            // Two at once: one after the other, each with its own outcome.
            async let resumed = call.resume()
            #expect(try await resumed.status == 200)
            #expect(try await call.hold(.inactive).status == 200)
            await #expect(throws: SIPSessionError.self) { try await call.resume() }
            await call.hangUp()
            _ = await call.ended()
            await #expect(throws: SIPSessionError.self) { try await call.hold() }
        }
    }

    @Test(.bounded) func `a hold without a session description is refused, and a hold of a call that ends is told`()
        async throws
    {
        try await between(calls: 2) { call in
            await call.answer(Self.answer)
            for await event in call.events {
                if case .reinvite = event { await call.hangUp() }
            }
        } caller: { agent, target in
            let unread = try await agent.invite(target, offer: Self.offer)
            _ = try await unread.answered()
            await #expect(throws: SIPSessionError.self) { try await unread.hold() }
            await unread.hangUp()
            let call = try await agent.invite(target, offer: Self.description("m=audio 40000 RTP/AVP 0\r\n"))
            _ = try await call.answered()
            await #expect(throws: SIPSessionError.self) { try await call.hold() }
            #expect(await call.ended().cause == .hungUpByPeer)
        }
    }

    @Test(.bounded) func `an attended transfer gives our two peers to each other`() async throws {
        try await between(calls: 3) {
            $0.core.servesRefer = true
            $0.core.servesReplaces = true
        } callee: { call in
            await call.answer(Self.answer)
            var placed: SIPSession?
            for await event in call.events {
                if case .refer(let id, _, let referral) = event {
                    var invite = OutgoingInvite(
                        target: try #require(referral.target.sip),
                        from: NameAddress(uri: .sip(try SIPURI(parsing: "sip:bob@example.com"))), body: Self.offer,
                        headers: referral.inviteHeaders)
                    invite.onBehalfOf = id
                    placed = await call.userAgent.invite(invite)
                }
            }
            await placed?.hangUp()
        } caller: { agent, target in
            let first = try await agent.invite(target, offer: Self.offer)
            let second = try await agent.invite(target, offer: Self.offer)
            _ = try await (first.answered(), second.answered())
            await first.transfer(to: second)
            var progress: [ReferProgress] = []
            for await event in first.events {
                guard case .transfer(_, let news) = event else { continue }
                progress.append(news)
                if case .succeeded = news { await first.hangUp() }
            }
            #expect(progress.contains(.succeeded(status: 200)))
            #expect(await second.ended().cause == .hungUpByPeer)
        }
    }

    @Test(.bounded) func `requests outside calls are answered, and who is not there is told`() async throws {
        try await between(calls: 0) {
            $0.core.handedUpMethods = [.message]
        } callee: { _ in
        } caller: { agent, target in
            let options = try await agent.options(target)
            #expect(options.status == 200)
            #expect(options.allow.contains(.invite))
            await #expect(throws: SIPRequestError.badAddress("bob")) { try await agent.options("bob") }
        }
        let alone = try await SIPUserAgent.listen(
            on: [ListenAddress(.udp, TransportAddress(ip: .loopbackV4, port: 0))], logger: Self.quiet)
        let waiting = Task { try await alone.message("hello", to: "sip:nobody@127.0.0.1:9") }
        while await alone.counters.clientTransactions == 0 { await Task.yield() }
        await alone.close()
        await #expect(throws: SIPRequestError.self) { try await waiting.value }
    }
}
