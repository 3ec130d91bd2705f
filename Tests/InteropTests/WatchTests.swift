import Foundation
import Testing

/// `trunkline watch` beside a phone that others wrote.
@Suite(.serialized)
struct WatchTests {
    @Test(
        "The watch shows baresip's call: who it is, how loud, and nobody once it is over; without a server it says so")
    func watched() async throws {
        let workspace = try Workspace("watch")
        let http = try Workspace.freePort()
        let server = try await Server(
            in: workspace, agent: "echo", settings: "http: {listen: \"127.0.0.1:\(http)\"}", isTraced: false)
        let url = "http://127.0.0.1:\(http)"
        let watch = try Program(Workspace.product("trunkline"), ["watch", "--url", url, "--json"])
        _ = try await watch.line(containing: "\"calls\":[]")
        try Sound.write([.prompt("vm-leavemsg"), .silence(seconds: 20)], to: workspace.path("spoken.wav"))
        let phone = try Baresip(in: workspace, speaking: workspace.path("spoken.wav"), dial: server.uri())
        // Loud both ways: the echo says what it hears.
        _ = try await watch.line("a line with both levels above -40") { line in
            line.contains(/"heardLevel":-[1-3]\d(\.\d)?,/) && line.contains(/"sentLevel":-[1-3]\d(\.\d)?,/)
        }
        let once = try Program(Workspace.product("trunkline"), ["watch", "--url", url, "--once"])
        #expect(try await once.end() == 0)
        #expect(once.output.contains("1 call at \(url)") && once.output.contains("up  <- "), "\(once.output)")
        #expect(once.output.contains("sip:phone@127.0.0.1") && once.output.contains("PCMU"), "\(once.output)")
        try await phone.stop()
        #expect(try await server.stop() == 0)
        watch.signal(SIGTERM)
        #expect(try await watch.end() == 0)
        let gone = try Program(Workspace.product("trunkline"), ["watch", "--url", url])
        #expect(try await gone.end() == 1)
        #expect(gone.output.contains("No server answers at \(url)"), "\(gone.output)")
        workspace.remove()
    }
}
