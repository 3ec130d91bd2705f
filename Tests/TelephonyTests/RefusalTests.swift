import SIPCore
import SIPNIO
import Telephony
import TelephonyPrimitives
import Testing

/// Calls that never come up, and what the caller is told.
@Suite(.serialized) struct RefusalTests {
    private struct Fault: Error {}

    @Test(.bounded, arguments: [486, 603, 404])
    func `a refusal reaches the caller with its status`(_ status: Int) async throws {
        try await withEndpoint { invitation in
            await invitation.reject(status: status)
        } body: { callee in
            try await withEndpoint { caller in
                let end = try await refusal {
                    try await caller.call(.init(to: callee.uri())) { _ -> Void in
                        Issue.record("the call was not refused")
                    }
                }
                #expect(end.cause == .rejected)
                #expect(end.status == status)
                try await caller.becomesIdle()
            }
            try await callee.becomesIdle()
        }
    }

    @Test(.bounded, arguments: [(false, 480), (true, 500)])
    func `a handler that leaves the call alone refuses it`(_ throwing: Bool, _ status: Int) async throws {
        try await withEndpoint { _ in
            if throwing { throw Fault() }
        } body: { callee in
            try await withEndpoint { caller in
                let end = try await refusal { try await caller.call(.init(to: callee.uri())) { _ in } }
                #expect(end.status == status)
            }
            try await callee.becomesIdle()
        }
    }

    @Test(.bounded) func `while nobody serves, calls get 480`() async throws {
        try await withEndpoint { callee in
            try await withEndpoint { caller in
                let end = try await refusal { try await caller.call(.init(to: callee.uri())) { _ in } }
                #expect(end.status == 480)
            }
            let counters = await callee.counters()
            #expect(counters.callsTotal == 0)
            #expect(counters.callsEnded == 0)
        }
    }

    struct BadOffer: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var body: String
        var status: Int
    }

    private static let badOffers = [
        BadOffer(
            testDescription: "no codec in common",
            body: "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                + "m=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n", status: 488),
        BadOffer(
            testDescription: "no audio",
            body: "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                + "m=video 4000 RTP/AVP 31\r\n", status: 488),
        BadOffer(testDescription: "no session description", body: "good morning\r\n", status: 400),
    ]

    @Test(.bounded, arguments: badOffers)
    func `an offer that can't be taken is refused with a warning`(_ offer: BadOffer) async throws {
        let handled = Flag()
        let refused = Told<RefusedCall>()
        try await withEndpoint {
            $0.onRefusal = { refused.tell($0) }
        } handler: { _ in
            handled.raise()
        } body: { callee in
            try await UDPPeer.with { peer in
                var caller = RawCaller(peer, to: callee.port)
                try await caller.invite(offer.body)
                let refusal = try await peer.receive("a final response") { ($0.status ?? 0) >= 200 }
                #expect(refusal.status == offer.status)
                let warning = try #require(refusal.header("Warning"))
                #expect(warning.wholeMatch(of: /3\d\d \S+ ".+"/) != nil)
                try await caller.acknowledge(refusal)
            }
            // Whoever keeps the record hears of it, since the application does not.
            let told = try await refused.next()
            #expect(told.status == offer.status && told.reason.count > 10 && told.began > .zero)
            try await callee.becomesIdle()
        }
        #expect(!handled.isRaised)
    }

    @Test(.bounded) func `one call too many gets 503 and when to try again, and the others go on`() async throws {
        try await withEndpoint {
            $0.maximumCalls = 1
        } handler: { invitation in
            try await invitation.answer { call in try await call.echo() }
        } body: { callee in
            try await withEndpoint { caller in
                try await caller.call(.init(to: callee.uri())) { call in
                    try await call.hearsEcho(of: Tone())
                    try await UDPPeer.with { peer in
                        var second = RawCaller(peer, to: callee.port)
                        try await second.invite(audioDescription(port: 4_000))
                        let refusal = try await peer.response(503)
                        #expect(refusal.header("Retry-After") != nil)
                        try await second.acknowledge(refusal)
                    }
                    try await call.hearsEcho(of: Tone(frequency: 700))
                }
            }
            try await callee.becomesIdle()
            let counters = await callee.counters()
            #expect(counters.callsTotal == 1)
            #expect(counters.callsEnded == 1)
        }
    }

    @Test(
        .bounded,
        arguments: [
            (Credentials(username: "alice", password: "wonderland"), true),
            (Credentials(username: "alice", password: "looking-glass"), false),
            (Credentials(username: "mallory", password: "wonderland"), false),
            (nil, false),
        ] as [(Credentials?, Bool)])
    func `only who knows a password is let in`(_ credentials: Credentials?, _ admitted: Bool) async throws {
        try await withEndpoint {
            $0.authentication = EndpointAuthentication(realm: "example.com", users: ["alice": "wonderland"])
        } handler: { invitation in
            try await invitation.answer { call in try await call.echo() }
        } body: { callee in
            try await withEndpoint { caller in
                var outgoing = OutgoingCall(to: try callee.uri())
                outgoing.credentials = credentials
                if admitted {
                    try await caller.call(outgoing) { call in try await call.hearsEcho(of: Tone()) }
                } else {
                    let end = try await refusal {
                        try await caller.call(outgoing) { _ -> Void in Issue.record("the call was let in") }
                    }
                    #expect(end.cause == .rejected)
                    #expect(end.status == 401 || end.status == 403)
                }
            }
            #expect(await callee.counters().callsTotal == (admitted ? 1 : 0))
        }
    }

    @Test(.bounded, arguments: ["", "bob", "http://example.com", "sip:"])
    func `a target that is no SIP address is named as the fault`(_ target: String) async throws {
        try await withEndpoint { caller in
            await #expect(throws: CallError.badTarget(target)) { try await caller.call(.init(to: target)) { _ in } }
            #expect(await caller.counters().calls == 0)
        }
    }

    @Test(.bounded) func `nobody at the other end of a connection is an unreachable target`() async throws {
        // A port that was free a moment ago.
        let port = try await withEndpoint([.tcp]) { $0.port }
        try await withEndpoint { caller in
            let end = try await refusal {
                try await caller.call(.init(to: "sip:bob@127.0.0.1:\(port);transport=tcp")) { _ in }
            }
            #expect(end.cause == .unreachable)
            try await caller.becomesIdle()
        }
    }

    @Test(.bounded) func `with every port for sound taken, calls in and out are refused`() async throws {
        try await withEndpoint {
            // One port is no pair.
            $0.rtpPorts = 40_001...40_001
        } handler: { invitation in
            try await invitation.answer { _ in }
        } body: { callee in
            try await withEndpoint { caller in
                let end = try await refusal { try await caller.call(.init(to: callee.uri())) { _ in } }
                #expect(end.status == 503)
                await #expect(throws: (any Error).self) {
                    try await callee.call(.init(to: "sip:bob@127.0.0.1:\(caller.port)")) { _ in }
                }
            }
            try await callee.becomesIdle()
        }
    }

    @Test(.bounded) func `a certificate that can't be read is said at the start`() async throws {
        var configuration = EndpointConfiguration(listen: [try .tls("127.0.0.1", 0)])
        configuration.certificate = TLSFiles(certificateChain: "missing.pem", privateKey: "missing.pem")
        await #expect(throws: (any Error).self) {
            _ = try await Endpoint(configuration: configuration, logger: silentLog)
        }
    }
}
