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
                group.addTask { for await call in called.calls.prefix(calls) { try await callee(call) } }
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
}
