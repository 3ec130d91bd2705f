import Foundation
import Testing

/// Floods over real sockets: the program stays within its bounds, names who does it, and goes on with its calls.
@Suite(.serialized)
struct FloodTests {
    struct Case: Sendable, CustomTestStringConvertible {
        /// Datagrams a second; `nil` is as fast as the machine can.
        var rate: Int?
        /// What the real calls come by. Where the flood fills the socket's buffer, UDP loses calls to the kernel.
        var transport: String
        var seconds: Int

        var testDescription: String { "\(rate.map { "\($0)" } ?? "all that the machine can send") beside \(transport)" }
    }

    /// How much the process may grow by, in kB, however long a flood lasts: tables, transactions that await copies of
    /// their request for 32 s, half of all calls with their media, and what the allocator keeps.
    static let bound = 48_000

    @Test(
        "T-06: memory stays under its bound, every real call completes, and the counters name who floods",
        arguments: [
            Case(rate: nil, transport: "tcp", seconds: 60), Case(rate: 1_000, transport: "udp", seconds: 20),
        ])
    func flood(_ item: Case) async throws {
        let workspace = try Workspace("flood-\(item.transport)")
        let server = try await Server(
            in: workspace, agent: "echo", transports: ["udp", "tcp"], settings: "log:\n  level: warning\n",
            isTraced: false)
        // Who has called before is no stranger, and what the first call opens is no growth.
        let first = try Program(
            Workspace.product("trunkline"),
            ["call", server.uri(item.transport), "--bind", "127.0.0.1", "--duration", "1"])
        #expect(try await first.end() == 0, "\(first.output)")
        let before = try server.residentKilobytes()

        let flood = try Flood(
            to: try #require(server.ports["udp"]), from: (66...97).map { "127.0.0.\($0)" }, rate: item.rate)
        let calls = item.seconds / 2
        let sipp = try await SIPp(
            in: workspace, "uac", isBuiltIn: true, calls: calls, to: server.ports[item.transport],
            transport: item.transport == "tcp" ? "t1" : "u1", ["-r", "1", "-rp", "2000", "-d", "1000"])
        // How it ended is asked when the flood is over, which has to end in any case.
        _ = try? await sipp.program.end(within: .seconds(2 * item.seconds))
        let sent = try await flood.stop()
        let most = try server.peakKilobytes()
        try await sipp.succeeds(within: .seconds(5))
        print("flood beside \(item.transport): \(sent) datagrams, \(before) kB before, \(most) kB at most")
        #expect(sent > calls * 1_000)
        #expect(most - before < Self.bound, "\(before) kB became \(most) kB")

        let report = try await server.report()
        let refused = try #require(report["refusedBySource"] as? [String: Int])
        // The first address sends half of all; it is named first.
        #expect(refused.max { $0.value < $1.value }?.key == "127.0.0.66", "\(refused)")
        #expect(refused["127.0.0.1"] == nil)
        #expect((report["malformed"] as? Int ?? 0) > 0)
        #expect(try await server.stop() == 0)
        workspace.remove()
    }
}
