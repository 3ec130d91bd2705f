import RTPMedia
import SIPNIO
import Telephony
import Testing

/// The end of an endpoint.
@Suite(.serialized) struct ShutdownTests {
    @Test(.bounded) func `a shutdown lets a call end by itself, and takes no new one meanwhile`() async throws {
        try await withEndpoint { invitation in
            try await invitation.answer { call in try await call.echo() }
        } body: { callee in
            try await withEndpoint { caller in
                let stopping = try await caller.call(.init(to: callee.uri())) { call in
                    try await call.hearsEcho(of: Tone())
                    let stopping = Task.immediate { await callee.shutdown(drain: .seconds(600)) }
                    _ = await callee.counters()
                    // The call goes on; another is not taken.
                    try await call.hearsEcho(of: Tone(frequency: 700))
                    let end = try await refusal { try await caller.call(.init(to: callee.uri())) { _ in } }
                    #expect(end.status == 503)
                    try await call.hearsEcho(of: Tone())
                    return stopping
                }
                await stopping.value
            }
        }
    }

    @Test(.bounded) func `a shutdown hangs up the calls that do not end by themselves`() async throws {
        try await withEndpoint { invitation in
            try await invitation.answer { call in try await call.echo() }
        } body: { callee in
            try await withEndpoint { caller in
                let end = try await caller.call(.init(to: callee.uri())) { call in
                    try await call.hearsEcho(of: Tone())
                    await callee.shutdown(drain: .milliseconds(200))
                    return try await call.end()
                }
                #expect(end.cause == .remoteHangUp)
                try await caller.becomesIdle()
            }
        }
    }

    @Test(.bounded) func `a shutdown tells why in its BYE, and waits for no answer from a peer that is gone`()
        async throws
    {
        let ends = Told<CallEnd>()
        try await UDPPeer.with { peer in
            try await withEndpoint { invitation in
                try await invitation.answer { call in ends.tell(try await call.end()) }
            } body: { endpoint in
                var caller = RawCaller(peer, to: endpoint.port)
                _ = try await caller.connect(soundAt: 4_000)
                // The ACK is there once the endpoint has answered something that came after it.
                try await caller.perform("INFO", type: "text/plain", body: "hello")
                await endpoint.shutdown()
                let bye = try await peer.request("BYE")
                #expect(bye.header("Reason") == "SIP;cause=503;text=\"Shutting down\"")
                #expect(try await ends.next().cause == .localHangUp)
            }
        }
    }

    @Test(.bounded) func `a shutdown ends calls that nobody has answered, in both directions`() async throws {
        let ringsOn = Signal()
        try await UDPPeer.with { peer in
            try await withEndpoint { invitation in
                await invitation.ring()
                await ringsOn.wait()
            } body: { endpoint in
                let incoming = RawCaller(peer, to: endpoint.port)
                try await incoming.invite(audioDescription(port: 4_000))
                _ = try await peer.response(180)
                async let end = refusal {
                    try await endpoint.call(.init(to: "sip:bob@127.0.0.1:\(peer.port)")) { _ -> Void in
                        Issue.record("nobody answered")
                    }
                }
                let outgoing = try await RawCallee(peer, of: endpoint.port)
                try await outgoing.respond(180, "Ringing")
                let stopping = Task.immediate { await endpoint.shutdown() }
                _ = try await peer.response(480)
                ringsOn.give()
                // Nobody answers the CANCEL either.
                #expect(try await end.cause == .localHangUp)
                await stopping.value
            }
        }
    }

    @Test(.bounded) func `a call can be asked for its figures after its endpoint is gone`() async throws {
        let kept = Told<any Call>()
        try await withEndpoint { invitation in
            try await invitation.answer { call in kept.tell(call) }
        } body: { callee in
            try await withEndpoint { caller in
                try await caller.call(.init(to: callee.uri())) { call in _ = try await call.end() }
            }
        }
        let call = try await kept.next()
        #expect(await call.statistics().codec == "PCMU")
        await #expect(throws: CallError.self) { try await call.play(.silence(sampleRate: 8_000)) }
    }

    @Test(.bounded) func `an endpoint that was shut down frees its port, and a second shutdown does nothing`()
        async throws
    {
        let port = try await withEndpoint { endpoint in
            await endpoint.shutdown()
            return endpoint.port
        }
        let again = try await Endpoint(
            configuration: .init(listen: [.udp("127.0.0.1", port)]), logger: silentLog)
        await #expect(throws: (any Error).self) {
            _ = try await Endpoint(configuration: .init(listen: [.udp("127.0.0.1", port)]), logger: silentLog)
        }
        await again.shutdown()
        await again.shutdown()
    }
}
