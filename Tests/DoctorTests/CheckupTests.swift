import Foundation
import NIOCore
import NIOPosix
import TelephonyPrimitives
import Testing
import TrunklineConfiguration

@testable import Doctor

/// The doctor on this machine, with sockets and files.
@Suite("A checkup", .serialized)
struct CheckupTests {
    @Test("A port that this process has is free before, taken then, by name and process, and free again")
    func port() async throws {
        for isUDP in [true, false] {
            let group = MultiThreadedEventLoopGroup.singleton
            let channel: any Channel
            if isUDP {
                channel = try await DatagramBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
            } else {
                channel = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
            }
            let number = try #require(channel.localAddress?.port.flatMap(UInt16.init(exactly:)))
            let address = TransportAddress(ip: .loopbackV4, port: number)
            guard case .taken(let owner) = await PortTrial.bind(address, isUDP: isUDP) else {
                Issue.record("It was not taken.")
                return
            }
            #if os(Linux)
                #expect(owner?.process == Int(ProcessInfo.processInfo.processIdentifier))
            #endif
            try await channel.close()
            #expect(await PortTrial.bind(address, isUDP: isUDP) == .free)
        }
    }

    @Test("An address of somebody else's is told apart from a taken port")
    func otherAddress() async throws {
        let address = TransportAddress(ip: try #require(IPAddress("192.0.2.1")), port: 5_060)
        #expect(await PortTrial.bind(address, isUDP: true) == .notOurs)
    }

    @Test("Offline nobody is asked; what fails makes the report unhealthy, and is told as it is found")
    func whole() async throws {
        var settings = Configuration()
        settings.listen = [try ListenSpec("udp:127.0.0.1:0")]
        let folder = FileManager.default.temporaryDirectory.appending(path: "doctor-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        settings.calls.database = folder.appending(path: "calls.sqlite").path
        settings.tls.certificate = folder.appending(path: "none.pem").path
        settings.tls.key = folder.appending(path: "none.key").path
        struct NoModels: Error, CustomStringConvertible { var description: String { "The models are missing." } }
        var told: [CheckResult] = []
        let report = await Checkup(
            settings, servers: [],
            services: [ServiceQuestion(subject: "model", name: "x", url: "http://127.0.0.1:1/")], isOffline: true,
            makeAgent: { throw NoModels() }
        ).run { told.append($0) }
        #expect(told == report.results && !report.isHealthy)
        #expect(!report.results.contains { $0.subject == "model" })
        #expect(report.results.filter { $0.verdict == .failure }.map(\.subject) == ["certificate", "agent"])
        #expect(report.summary.hasPrefix("2 failures"))
        #expect(report.results.last?.finding == "The models are missing.")
        #expect(!FileManager.default.fileExists(atPath: settings.calls.database), "It has made the database.")
    }

    @Test("Who refuses the connection is told apart from a name that is none")
    func services() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let channel = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(channel.localAddress?.port)
        try await channel.close()
        let gone = ServiceQuestion(subject: "model", name: "x", url: "http://127.0.0.1:\(port)/v1/models")
        let result = try #require(await ServicesCheck([gone]).look().results.first)
        #expect(result.verdict == .failure)
        #expect(result.finding == "x can't be reached at http://127.0.0.1:\(port): Connection refused.")
    }
}
