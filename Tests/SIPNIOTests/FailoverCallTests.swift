import Logging
import NIOCore
import NIOPosix
import SIPCore
import SIPNIO
import Synchronization
import TelephonyPrimitives
import Testing

@Suite("A call to a domain", .timeLimit(.minutes(2)))
struct FailoverCallTests {
    /// A user agent whose events can be waited for. It answers every call.
    private final class Agent: Sendable {
        let agent: SIPUserAgent
        let listening: [ListenAddress]
        private let events: AsyncStream<UserAgentCore.Event>

        init(_ listen: [ListenAddress], refusing status: Int? = nil, dns: NameServer? = nil) async throws {
            let (stream, continuation) = AsyncStream.makeStream(of: UserAgentCore.Event.self)
            events = stream
            // 64·T1 is 1.3 seconds here.
            let timers = TransactionTimers(t1: .milliseconds(20), t2: .milliseconds(160), t4: .milliseconds(200))
            var configuration = SIPUserAgentConfiguration(core: UserAgentConfiguration(timers: timers), listen: listen)
            if let dns { configuration.resolver = CaresResolver(servers: [dns.address]) }
            let reply = Reply(status: status)
            let made = SIPUserAgent(
                configuration: configuration, loop: MultiThreadedEventLoopGroup.singleton.next(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                onEvent: { event in
                    continuation.yield(event)
                    reply.react(to: event)
                })
            reply.agent.withLock { $0 = made }
            agent = made
            listening = try await made.start()
        }

        var port: UInt16 { listening.first?.address.port ?? 0 }

        /// Calls `target` and returns how that went: `answered`, or why the call ended.
        func call(_ target: String) async throws -> String {
            let session = await agent.makeSessionID()
            let body = Body(contentType: "application/sdp", octets: Array("v=0".utf8))
            await agent.perform(
                .invite(
                    session,
                    OutgoingInvite(
                        target: try SIPURI(parsing: target), from: try NameAddress(parsing: "<sip:alice@example.test>"),
                        body: body)))
            for await event in events {
                switch event {
                case .answered(session, _, _):
                    await agent.perform(.end(session))
                    return "answered"
                case .ended(session, let end): return end.reason
                default: continue
                }
            }
            return "nothing"
        }

        func close() async { await agent.close() }
    }

    private final class Reply: Sendable {
        let agent = Mutex<SIPUserAgent?>(nil)
        let status: Int?

        init(status: Int?) { self.status = status }

        func react(to event: UserAgentCore.Event) {
            guard case .incoming(let session, _, _) = event else { return }
            let agent = agent.withLock { $0 }
            let status = status
            Task {
                if let status {
                    await agent?.perform(
                        .reject(session, status: status, headers: [(.retryAfter, "60")]))
                } else {
                    let body = Body(contentType: "application/sdp", octets: Array("v=0".utf8))
                    await agent?.perform(.answer(session, body: body))
                }
            }
        }
    }

    /// A port on which nobody listens: it was free a moment ago.
    private func deadPort() async throws -> UInt16 {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        defer { channel.close(promise: nil) }
        return UInt16(channel.localAddress?.port ?? 0)
    }

    private func withAgents(_ agents: [Agent], _ body: () async throws -> Void) async throws {
        do { try await body() } catch {
            for agent in agents { await agent.close() }
            throw error
        }
        for agent in agents { await agent.close() }
    }

    @Test("whose first server takes no connection reaches the second")
    func connectionRefused() async throws {
        let bob = try await Agent([.tcp("127.0.0.1", 0)])
        let dead = try await deadPort()
        let zone = """
            example.test NAPTR 10 10 s SIP+D2T _sip._tcp.example.test
            _sip._tcp.example.test SRV 1 0 \(dead) first.example.test
            _sip._tcp.example.test SRV 2 0 \(bob.port) second.example.test
            first.example.test A 127.0.0.1
            second.example.test A 127.0.0.1
            """
        try await NameServer.with(zone) { dns in
            let alice = try await Agent([.tcp("127.0.0.1", 0)], dns: dns)
            try await withAgents([alice, bob]) {
                let outcome = try await alice.call("sip:bob@example.test")
                #expect(outcome == "answered")
                #expect(dns.asked.prefix(2) == ["NAPTR example.test", "SRV _sip._tcp.example.test"])
                #expect(Set(dns.asked).isSuperset(of: ["A first.example.test", "A second.example.test"]))
                #expect(await bob.agent.counters.sessionsBegun == 1)
            }
        }
    }

    @Test("whose first server answers 503 reaches the second")
    func overloaded() async throws {
        let busy = try await Agent([.udp("127.0.0.1", 0)], refusing: 503)
        let bob = try await Agent([.udp("127.0.0.1", 0)])
        let zone = """
            _sip._udp.example.test SRV 1 0 \(busy.port) host.example.test
            _sip._udp.example.test SRV 2 0 \(bob.port) host.example.test
            host.example.test A 127.0.0.1
            """
        try await NameServer.with(zone) { dns in
            let alice = try await Agent([.udp("127.0.0.1", 0)], dns: dns)
            try await withAgents([alice, bob, busy]) {
                let outcome = try await alice.call("sip:bob@example.test")
                #expect(outcome == "answered")
                #expect(await busy.agent.counters.sessionsBegun == 1)
                #expect(await bob.agent.counters.sessionsBegun == 1)
            }
        }
    }

    @Test("whose only server wants to be left alone for a while is not called until then (RFC 3261 §21.5.4)")
    func leftAlone() async throws {
        let busy = try await Agent([.udp("127.0.0.1", 0)], refusing: 503)
        let zone = """
            _sip._udp.example.test SRV 1 0 \(busy.port) host.example.test
            host.example.test A 127.0.0.1
            """
        try await NameServer.with(zone) { dns in
            let alice = try await Agent([.udp("127.0.0.1", 0)], dns: dns)
            try await withAgents([alice, busy]) {
                let first = try await alice.call("sip:bob@example.test")
                #expect(first.contains("503"))
                let second = try await alice.call("sip:bob@example.test")
                #expect(second.contains("overloaded"))
                #expect(await busy.agent.counters.sessionsBegun == 1)
            }
        }
    }

    @Test("whose first server is silent reaches the second, and the next call goes there at once")
    func silent() async throws {
        let silent = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let bob = try await Agent([.udp("127.0.0.1", 0)])
        let zone = """
            _sip._udp.example.test SRV 1 0 \(silent.localAddress?.port ?? 0) host.example.test
            _sip._udp.example.test SRV 2 0 \(bob.port) host.example.test
            host.example.test A 127.0.0.1
            """
        try await NameServer.with(zone) { dns in
            let alice = try await Agent([.udp("127.0.0.1", 0)], dns: dns)
            try await withAgents([alice, bob]) {
                let first = try await alice.call("sip:bob@example.test")
                #expect(first == "answered")
                let timeouts = await alice.agent.counters.retransmitted
                let asked = dns.asked.count
                let second = try await alice.call("sip:bob@example.test")
                #expect(second == "answered")
                #expect(dns.asked.count == asked, "the answers are kept")
                #expect(await alice.agent.counters.retransmitted - timeouts < 6, "nothing goes to the silent server")
            }
        }
        try await silent.close()
    }

    @Test("that nobody knows ends with what was looked for")
    func unknown() async throws {
        try await NameServer.with("other.test A 127.0.0.1") { dns in
            let alice = try await Agent([.udp("127.0.0.1", 0)], dns: dns)
            try await withAgents([alice]) {
                let reason = try await alice.call("sip:bob@example.test")
                #expect(reason.contains("NAPTR example.test") && reason.contains("A example.test"), "\(reason)")
            }
        }
    }

    @Test("that offers no TLS is not reached by sips over anything else")
    func secureOnly() async throws {
        let bob = try await Agent([.tcp("127.0.0.1", 0)])
        let zone = """
            example.test NAPTR 10 10 s SIP+D2T _sip._tcp.example.test
            _sip._tcp.example.test SRV 1 0 \(bob.port) host.example.test
            host.example.test A 127.0.0.1
            """
        try await NameServer.with(zone) { dns in
            let alice = try await Agent([.tcp("127.0.0.1", 0)], dns: dns)
            try await withAgents([alice, bob]) {
                let outcome = try await alice.call("sips:bob@example.test")
                #expect(outcome != "answered")
                #expect(await bob.agent.counters.received == 0)
            }
        }
    }
}
