import Foundation
import Testing

/// Programs with which people look at a SIP server from outside.
@Suite(.serialized)
struct ProbeTests {
    @Test("sipsak, sofia's sip-options and sipvicious' svmap ask and are told who we are and what we can do")
    func options() async throws {
        let workspace = try Workspace("probes")
        let server = try await Server(in: workspace, agent: "echo")
        let port = try #require(server.ports["udp"])
        let capture = try await Capture(in: workspace, filter: "udp port \(port)")

        let sipsak = try Program("sipsak", ["-v", "-s", server.uri()])
        #expect(try await sipsak.end() == 0, "\(sipsak.output)")

        let sofia = try Program("sip-options", [server.uri()])
        #expect(try await sofia.end() == 0, "\(sofia.output)")
        #expect(sofia.output.hasPrefix("SIP/2.0 200"), "\(sofia.output)")
        for method in ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"] {
            let allow = sofia.output.split(whereSeparator: \.isNewline).first { $0.hasPrefix("Allow:") }
            #expect(allow?.contains(method) == true, "\(sofia.output)")
        }

        let svmap = try Program("svmap", ["127.0.0.1", "-p", "\(port)"])
        _ = try await svmap.end()
        #expect(svmap.output.contains("127.0.0.1:\(port)"), "\(svmap.output)")

        let counters = try await server.counters()
        #expect(counters["malformed"] == 0)
        #expect(try await server.stop() == 0)
        try await capture.audit()
        workspace.remove()
    }
}
