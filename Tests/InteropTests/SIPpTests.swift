import Foundation
import Testing

/// SIPp, a traffic generator that others wrote, calls the echo agent many times with sound.
@Suite(.serialized)
struct SIPpTests {
    @Test("F-37: 200 calls with sound come and go, none fails, and nothing of them is left", arguments: ["udp", "tcp"])
    func load(transport: String) async throws {
        let workspace = try Workspace("sipp-\(transport)")
        let server = try await Server(in: workspace, agent: "echo", transports: [transport])
        let port = try #require(server.ports[transport])
        try Sound.writeMuLaw(to: workspace.path("sound.ul"))
        // What the first call opens for good, e.g. the database's second file, is no leak.
        let first = try Program(
            Workspace.product("trunkline"), ["call", server.uri(transport), "--bind", "127.0.0.1", "--duration", "1"])
        #expect(try await first.end() == 0, "\(first.output)")
        let idle = try await settled(server)
        let descriptors = try server.descriptors()

        let local = try Workspace.freePort()
        let capture = try await Capture(
            in: workspace, filter: transport == "udp" ? "udp port \(local)" : "tcp port \(port)")
        let scenario = Workspace.root.appending(path: "Fixtures/sipp/call-with-sound.xml").path
        let sipp = try Program(
            "sipp",
            [
                "127.0.0.1:\(port)", "-sf", scenario, "-s", "echo", "-m", "200", "-r", "20", "-l", "40", "-i",
                "127.0.0.1", "-p", "\(local)", "-nostdin", "-t", transport == "udp" ? "u1" : "t1",
            ], directory: workspace.folder)
        let status = try await sipp.end(within: .seconds(180))
        #expect(status == 0, "\(sipp.output.suffix(3_000))")
        #expect(Self.figure("Successful call", in: sipp.output) == 200)
        #expect(Self.figure("Failed call", in: sipp.output) == 0)

        // Transactions live for up to 32 s after their call (RFC 3261 §17); then nothing may be left.
        let after = try await settled(server)
        for name in [
            "calls", "mediaPlaces", "portPairs", "connections", "clientTransactions", "serverTransactions", "dialogs",
            "sessions", "timers",
        ] {
            #expect(after[name] == 0, "\(name)")
        }
        #expect((after["callsTotal"] ?? 0) - (idle["callsTotal"] ?? 0) == 200)
        #expect(after["callsEnded"] == after["callsTotal"])
        #expect(after["malformed"] == 0)
        let left = try server.descriptors()
        let files = try server.openFiles()
        #expect(left <= descriptors, "\(files)")
        let calls = try await server.calls()
        #expect(calls.count == 201)
        let heard = calls.map { ($0["quality"] as? [String: Any])?["packetsReceived"] as? Int ?? 0 }
        #expect(heard.allSatisfy { $0 > 0 })
        // Three seconds of sound each, less what a busy machine did not get sent in time.
        #expect(heard.reduce(0, +) > 200 * 75)

        #expect(try await server.stop() == 0)
        try await capture.audit()
        workspace.remove()
    }

    /// The counters when they are those of an idle server; the last ones when it does not become idle.
    private func settled(_ server: Server) async throws -> [String: Int] {
        let idle = try? await eventually("an idle server", every: .milliseconds(500)) { () -> [String: Int]? in
            let counters = try await server.counters()
            return counters["timers"] == 0 && counters["connections"] == 0 ? counters : nil
        }
        if let idle { return idle }
        return try await server.counters()
    }

    /// The last number in the line of SIPp's summary that begins with `label`.
    private static func figure(_ label: String, in output: String) -> Int? {
        let line = output.split(whereSeparator: \.isNewline).last { $0.contains(label) }
        return line?.split(whereSeparator: { !$0.isNumber }).last.flatMap { Int($0) }
    }
}
