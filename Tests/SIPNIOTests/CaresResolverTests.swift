import NIOCore
import SIPCore
import SIPNIO
import Synchronization
import TelephonyPrimitives
import Testing

@Suite("The resolver", .timeLimit(.minutes(2)))
struct CaresResolverTests {
    private static let zone = """
        example.test NAPTR 10 20 s SIP+D2U _sip._udp.example.test
        _sip._udp.example.test SRV 1 2 5070 host.example.test
        host.example.test A 192.0.2.1
        host.example.test A 192.0.2.2
        host.example.test AAAA 2001:db8::1
        other.example.test CNAME host.example.test
        long.example.test A 192.0.2.3
        long.example.test TRUNCATED
        silent.example.test SILENT
        broken.example.test BROKEN
        """

    private func question(_ name: String, _ type: DNSQuestion.RecordType) throws -> DNSQuestion {
        DNSQuestion(try #require(DNSName(name)), type)
    }

    private func withResolver<Result>(
        _ zone: String = zone, patience: Duration = .seconds(5), attempts: Int = 1,
        limit: Duration = .seconds(20),
        _ body: (CaresResolver, NameServer) async throws -> Result
    ) async throws -> Result {
        try await NameServer.with(zone) { server in
            let resolver = CaresResolver(
                servers: [server.address], patience: patience, attempts: attempts, limit: limit)
            do {
                let result = try await body(resolver, server)
                await resolver.shutdown()
                return result
            } catch {
                await resolver.shutdown()
                throw error
            }
        }
    }

    @Test("gets the records of each type, with their times to live")
    func types() async throws {
        try await withResolver { resolver, server in
            let name = try #require(DNSName("host.example.test"))
            let rule = NAPTRRecord(
                order: 10, preference: 20, flags: "s", service: "SIP+D2U",
                replacement: try #require(DNSName("_sip._udp.example.test")))
            let service = SRVRecord(priority: 1, weight: 2, port: 5070, target: name)
            let expected: [(String, DNSQuestion.RecordType, [DNSRecord.Content])] = [
                ("example.test", .naptr, [.rule(rule)]),
                ("_sip._udp.example.test", .srv, [.service(service)]),
                ("host.example.test", .a, [.address(.v4(0xC000_0201)), .address(.v4(0xC000_0202))]),
                ("host.example.test", .aaaa, [.address(.v6(0x2001_0DB8_0000_0000, 1))]),
                ("other.example.test", .aaaa, [.alias(name), .address(.v6(0x2001_0DB8_0000_0000, 1))]),
            ]
            for (asked, type, contents) in expected {
                guard case .found(let records) = await resolver.answer(to: try question(asked, type)) else {
                    Issue.record("nothing was found for \(type.name) \(asked)")
                    continue
                }
                #expect(records.map(\.content) == contents)
                #expect(records.allSatisfy { $0.timeToLive == NameServer.timeToLive })
                #expect(records.first?.name.text == asked)
            }
            #expect(server.asked.count == expected.count)
        }
    }

    @Test("knows from the zone's SOA for how long a name or record is missing")
    func missing() async throws {
        try await withResolver { resolver, _ in
            let seconds = NameServer.negativeTimeToLive
            let name = await resolver.answer(to: try question("nowhere.example.test", .a))
            #expect(name == .noSuchName(timeToLive: seconds))
            let record = await resolver.answer(to: try question("example.test", .srv))
            #expect(record == .noRecord(timeToLive: seconds))
        }
    }

    @Test("asks over TCP again when an answer is cut off")
    func truncated() async throws {
        try await withResolver { resolver, server in
            let answer = await resolver.answer(to: try question("long.example.test", .a))
            guard case .found(let records) = answer else {
                Issue.record("not found: \(answer)")
                return
            }
            #expect(records.map(\.content) == [.address(.v4(0xC000_0203))])
            #expect(server.asked == ["A long.example.test", "A long.example.test over TCP"])
        }
    }

    @Test("gives up on a silent server in its time, and answers others meanwhile")
    func silence() async throws {
        try await withResolver(limit: .milliseconds(300)) { resolver, _ in
            let name = try question("silent.example.test", .a)
            async let silent = resolver.answer(to: name)
            for _ in 0..<20 {
                guard case .found = await resolver.answer(to: try question("host.example.test", .a)) else {
                    Issue.record("a silent name holds up others")
                    return
                }
            }
            #expect(await silent == .timedOut)
        }
        try await withResolver(patience: .milliseconds(100)) { resolver, _ in
            let answer = await resolver.answer(to: try question("silent.example.test", .a))
            #expect(answer == .timedOut)
        }
    }

    @Test("says what the server said when it fails")
    func broken() async throws {
        try await withResolver { resolver, _ in
            guard case .failed(let reason) = await resolver.answer(to: try question("broken.example.test", .a)) else {
                Issue.record("a failure is no answer")
                return
            }
            #expect(!reason.isEmpty)
        }
    }

    @Test("asks the next server when the first is not there or is silent")
    func nextServer() async throws {
        try await NameServer.with("host.example.test SILENT") { silent in
            try await NameServer.with(Self.zone) { server in
                let resolver = CaresResolver(
                    servers: [silent.address, server.address], patience: .milliseconds(100), attempts: 2,
                    limit: .seconds(20))
                guard case .found = await resolver.answer(to: try question("host.example.test", .a)) else {
                    Issue.record("the second server was not asked")
                    return
                }
                #expect(silent.asked == ["A host.example.test"])
                await resolver.shutdown()
            }
        }
    }

    @Test("knows localhost by itself (RFC 6761)")
    func localhost() async throws {
        try await withResolver("example.test A 192.0.2.1") { resolver, server in
            guard case .found(let records) = await resolver.answer(to: try question("localhost", .a)) else {
                Issue.record("localhost has no address")
                return
            }
            #expect(records.map(\.content).contains(.address(.loopbackV4)))
            let rules = await resolver.answer(to: try question("localhost", .naptr))
            #expect(rules == .noRecord(timeToLive: nil))
            let services = await resolver.answer(to: try question("_sip._udp.localhost", .srv))
            #expect(services == .noSuchName(timeToLive: nil))
            #expect(server.asked.isEmpty)
        }
    }

    @Test("answers hundreds of questions at once, also those whose packets a full socket has lost")
    func many() async throws {
        try await withResolver(patience: .milliseconds(200), attempts: 5) { resolver, _ in
            let host = try question("host.example.test", .a)
            let found = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<300 {
                    group.addTask { if case .found = await resolver.answer(to: host) { true } else { false } }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(found == 300)
        }
    }

    @Test("answers what is open with a failure when it is shut down, and all that comes later")
    func shutdown() async throws {
        try await NameServer.with(Self.zone) { server in
            let resolver = CaresResolver(servers: [server.address], patience: .seconds(60), limit: .seconds(60))
            let name = try question("silent.example.test", .a)
            async let open = resolver.answer(to: name)
            while server.asked.isEmpty { await Task.yield() }
            await resolver.shutdown()
            let closed = DNSAnswer.failed("the resolver was shut down")
            #expect(await open == closed)
            #expect(await resolver.answer(to: name) == closed)
            await resolver.shutdown()
        }
    }
}
