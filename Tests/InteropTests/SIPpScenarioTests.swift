import Foundation
import TelephonyTesting
import Testing

/// SIPp plays callers that do what carriers and phones do in calls; its scenarios check our answers.
@Suite(.serialized)
struct SIPpScenarioTests {
    @Test(
        "SIPp as a caller: what it does in the call is answered as the RFCs say",
        arguments: [
            "uac-no-offer", "uac-hold", "uac-update", "uac-session-timer", "uac-small-interval", "uac-auth",
            "uac-info",
        ])
    func caller(scenario: String) async throws {
        let workspace = try Workspace(scenario)
        // SIPp knows MD5 alone.
        let server = try await Server(
            in: workspace, agent: "echo",
            settings: scenario == "uac-auth"
                ? "authentication: {users: {alice: secret}, algorithms: [MD5]}" : "")
        let port = try #require(server.ports["udp"])
        let local = try Workspace.freePort()
        let capture = try await Capture(in: workspace, filter: "udp port \(port)")
        let sipp = try Program(
            "sipp",
            [
                "127.0.0.1:\(port)", "-sf", Workspace.root.appending(path: "Fixtures/sipp/\(scenario).xml").path, "-s",
                "echo", "-m", "5", "-r", "5", "-i", "127.0.0.1", "-p", "\(local)", "-nostdin", "-trace_err",
                "-error_file", workspace.path("errors.log"),
                // Else it leaves the user out of the digest's URI.
                "-auth_uri", "echo@127.0.0.1:\(port)",
            ], directory: workspace.folder)
        let status = try await sipp.end(within: .seconds(60))
        let errors = (try? String(contentsOfFile: workspace.path("errors.log"), encoding: .utf8)) ?? ""
        #expect(status == 0, "\(errors.prefix(2_000))\n\(sipp.output.suffix(1_500))")
        #expect(try await server.counters()["malformed"] == 0)
        #expect(try await server.stop() == 0)
        let waiver = Waiver(
            .ackToSuccess, for: "127.0.0.1:\(local)", because: "SIPp does not repeat its credentials in the ACK")
        try await capture.audit(waivers: scenario == "uac-auth" ? [waiver] : [])
        workspace.remove()
    }
}
