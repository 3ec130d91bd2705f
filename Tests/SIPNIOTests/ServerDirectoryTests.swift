import Logging
import SIPCore
import Synchronization
import TelephonyPrimitives
import Testing

@testable import SIPNIO

@Suite("The directory of servers")
struct ServerDirectoryTests {
    /// Has one address for every name, and counts.
    private final class CountingResolver: DNSResolver {
        let asked = Mutex<[DNSQuestion]>([])
        let isShutDown = Mutex(false)
        /// The answers are good for no time, and then there are none.
        let isSilent = Mutex<Bool?>(nil)

        func answer(to question: DNSQuestion) async -> DNSAnswer {
            asked.withLock { $0.append(question) }
            await Task.yield()
            guard question.type == .a else { return .noRecord(timeToLive: 60) }
            let isSilent = isSilent.withLock { $0 }
            if isSilent == true { return .timedOut }
            let seconds: UInt32 = isSilent == nil ? 60 : 0
            return .found([
                DNSRecord(question.name, timeToLive: seconds, .address(.v4(0xC000_0201))),
                DNSRecord(question.name, timeToLive: seconds, .address(.v4(0xC000_0202))),
            ])
        }

        func shutdown() async { isShutDown.withLock { $0 = true } }
    }

    private let resolver = CountingResolver()

    private func servers(
        _ directory: ServerDirectory, _ target: FlowTarget = FlowTarget(host: "example.test", port: 5060)
    ) async throws -> [String] {
        var set = try await directory.servers(of: target, preferences: LocatingPreferences())
        var servers: [String] = []
        while let server = set.next() { servers.append(server.description) }
        return servers
    }

    @Test("asks once for many requests, at once and one after the other")
    func cached() async throws {
        let directory = ServerDirectory(resolver: resolver, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<50 { group.addTask { try await self.servers(directory) } }
            for try await servers in group { #expect(servers == ["udp:192.0.2.1:5060", "udp:192.0.2.2:5060"]) }
        }
        _ = try await servers(directory)
        #expect(resolver.asked.withLock { $0.count } == 1)
    }

    @Test("goes by what a name led to when no server answers any more, and asks for it once (RFC 8767)")
    func silent() async throws {
        let directory = ServerDirectory(resolver: resolver, logger: Logger(label: "test"))
        resolver.isSilent.withLock { $0 = false }
        let found = try await servers(directory)
        resolver.isSilent.withLock { $0 = true }
        for _ in 0..<3 { #expect(try await servers(directory) == found) }
        #expect(resolver.asked.withLock { $0.count } == 2)
        await #expect(throws: LocatingError.self) {
            try await servers(directory, FlowTarget(host: "other.test", port: 5060))
        }
    }

    @Test("asks nobody for an address")
    func literal() async throws {
        let directory = ServerDirectory(resolver: resolver, logger: Logger(label: "test"))
        #expect(try await servers(directory, FlowTarget(host: "192.0.2.7")) == ["udp:192.0.2.7:5060"])
        #expect(resolver.asked.withLock { $0.isEmpty })
    }

    @Test("leaves out what was tried, and puts what failed last for other requests")
    func tried() async throws {
        let directory = ServerDirectory(resolver: resolver, logger: Logger(label: "test"))
        var target = FlowTarget(host: "example.test", port: 5060)
        target.tried = [
            TriedServer(
                transport: .udp, address: TransportAddress(ip: .v4(0xC000_0201), port: 5060), fault: .silent,
                until: .now + .seconds(60))
        ]
        #expect(try await servers(directory, target) == ["udp:192.0.2.2:5060"])
        #expect(try await servers(directory) == ["udp:192.0.2.2:5060", "udp:192.0.2.1:5060"])
    }

    @Test("gives its resolver back and knows no more names then")
    func closed() async throws {
        let directory = ServerDirectory(resolver: resolver, logger: Logger(label: "test"))
        await directory.shutdown()
        #expect(resolver.isShutDown.withLock { $0 })
        await #expect(throws: LocatingError.self) { try await servers(directory) }
    }
}
