import RTPMedia
import SIPCore
import Telephony
import Testing

/// Whole calls between two endpoints in one process, over real sockets.
@Suite(.serialized) struct CallTests {
    /// Runs `body` with a callee that serves with `handler` and a caller, both able to use `transport`.
    private func withPair(
        _ transport: TransportProtocol, handler: @escaping @Sendable (IncomingCall) async throws -> Void,
        body: (_ callee: Endpoint, _ caller: Endpoint) async throws -> Void
    ) async throws {
        let certificate = transport.isSecure ? try SelfMadeCertificate() : nil
        defer { certificate?.remove() }
        try await withEndpoint([transport]) {
            $0.certificate = certificate?.files
        } handler: { invitation in
            try await handler(invitation)
        } body: { callee in
            try await withEndpoint {
                $0.trustRoots = certificate?.files.certificateChain
            } body: { caller in
                try await body(callee, caller)
                try await caller.becomesIdle()
                try await callee.becomesIdle()
            }
        }
    }

    @Test(.bounded, arguments: TransportProtocol.allCases)
    func `sound goes there and back, the caller hangs up, and nothing is left`(_ transport: TransportProtocol)
        async throws
    {
        let ends = Told<CallEnd>()
        try await withPair(transport) { invitation in
            try await invitation.answer { call in
                try await call.echo()
                ends.tell(try await call.end())
            }
        } body: { callee, caller in
            let statistics = try await caller.call(.init(to: callee.uri(over: transport))) { call in
                #expect(call.direction == .outgoing)
                try await call.hearsEcho(of: Tone())
                return await call.statistics()
            }
            #expect(statistics.codec == "PCMU")
            #expect(statistics.packetsReceived > 5)
            #expect(statistics.packetsSent > 5)
            #expect(statistics.setupMilliseconds != nil)
            #expect(try await ends.next().cause == .remoteHangUp)
            let counters = await callee.counters()
            #expect(counters.callsTotal == 1)
            #expect(counters.callsEnded == 1)
            #expect(counters.malformed == 0)
        }
    }

    @Test(.bounded, arguments: TransportProtocol.allCases)
    func `the side that was called hangs up`(_ transport: TransportProtocol) async throws {
        try await withPair(transport) { invitation in
            try await invitation.answer { call in try await call.hears(Tone(frequency: 600)) }
        } body: { callee, caller in
            let end = try await caller.call(.init(to: callee.uri(over: transport))) { call in
                async let end = call.end()
                await #expect(throws: CallError.self) { try await call.play(Tone(frequency: 600)) }
                return try await end
            }
            #expect(end.cause == .remoteHangUp)
        }
    }

    @Test(.bounded) func `a call that is over says so to whoever still uses it`() async throws {
        try await withPair(.udp) { invitation in
            try await invitation.answer { _ in }
        } body: { callee, caller in
            try await caller.call(.init(to: callee.uri())) { call in
                let end = try await call.end()
                await #expect(throws: CallError.ended(end)) { try await call.play(.silence(sampleRate: 8_000)) }
                await #expect(throws: CallError.ended(end)) { try await call.sendDTMF("1") }
                await #expect(throws: CallError.ended(end)) { try await call.hold() }
                await #expect(throws: CallError.ended(end)) { try await call.transfer(to: "sip:carol@127.0.0.1") }
                await call.drain()
                await call.hangUp(reason: .normal)
                #expect(await call.statistics().codec == "PCMU")
                for await _ in call.audio {}
            }
        }
    }

    @Test(.bounded) func `the callee is told who calls, whom, and what the INVITE said besides`() async throws {
        struct Seen: Sendable, Equatable {
            var remote: CallParty
            var local: String
            var account: String?
        }
        let seen = Told<Seen>()
        try await withPair(.udp) { invitation in
            seen.tell(
                Seen(
                    remote: invitation.remote, local: invitation.local.address, account: invitation.header("x-account"))
            )
            try await invitation.answer { call in
                #expect(call.id == invitation.id)
                #expect(call.direction == .incoming)
            }
        } body: { callee, caller in
            var outgoing = OutgoingCall(to: try callee.uri("sales"))
            outgoing.from = "sip:alice@example.com"
            outgoing.displayName = "Alice"
            outgoing.headers = [("X-Account", "42")]
            try await caller.call(outgoing) { call in _ = try await call.end() }
            let told = try await seen.next()
            #expect(told.remote == CallParty(address: "sip:alice@example.com", displayName: "Alice"))
            #expect(told.local == (try callee.uri("sales")))
            #expect(told.account == "42")
        }
    }

    @Test(.bounded) func `many calls at once end without a trace`() async throws {
        try await withPair(.udp) { invitation in
            try await invitation.answer { call in try await call.echo() }
        } body: { callee, caller in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        try await caller.call(.init(to: callee.uri())) { call in
                            try await call.hearsEcho(of: Tone(frequency: 400 + Double(number) * 50), frames: 2)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(await callee.counters().callsTotal == 12)
        }
    }

    @Test(.bounded) func `a server whose certificate nobody vouches for is not called`() async throws {
        let certificate = try SelfMadeCertificate()
        defer { certificate.remove() }
        try await withEndpoint([.tls]) {
            $0.certificate = certificate.files
        } handler: { invitation in
            try await invitation.answer { _ in }
        } body: { callee in
            try await withEndpoint { caller in
                let end = try await refusal { try await caller.call(.init(to: callee.uri(over: .tls))) { _ in } }
                #expect(end.cause == .unreachable)
            }
            #expect(await callee.counters().callsTotal == 0)
        }
    }
}
