import Foundation
import Testing

/// `trunkline calls trace` of a call with a foreign telephone, and what others read of it.
@Suite(.serialized)
struct TraceTests {
    private static func trunkline(_ arguments: [String]) async throws -> String {
        let program = try Program(Workspace.product("trunkline"), ["calls"] + arguments)
        #expect(try await program.end() == 0)
        return program.output
    }

    @Test("F-34: a call of baresip is on one page without its keys, and tshark reads its messages")
    func baresip() async throws {
        let workspace = try Workspace("trace")
        let server = try await Server(in: workspace, agent: "echo", settings: "rtp:\n  srtp: required\n")
        let spoken = workspace.path("spoken.wav")
        try Sound.write(
            [.silence(seconds: 1), .prompt("vm-leavemsg"), .silence(seconds: 1)], to: spoken, sampleRate: 8_000)
        let phone = try Baresip(
            in: workspace, speaking: spoken, dial: server.uri(), codecs: "pcmu", rate: 8_000,
            account: ";mediaenc=srtp-mand")
        try await phone.callEstablished()
        _ = try await phone.program.line(containing: "terminated (duration")
        try await phone.stop()
        let call = try #require(try await server.calls().first)
        let id = try #require(call["id"] as? String)
        #expect(try await server.stop() == 0)

        let place = ["--database", workspace.path("calls.db")]
        let ladder = try await Self.trunkline(["trace", id] + place)
        for part in ["─ INVITE ─", "─ 200 OK ─", "─ ACK ─", "─ BYE ─", "PCMU encrypted", "● answered", "■ ended"] {
            #expect(ladder.contains(part), "\(ladder)")
        }
        let (page, capture) = (workspace.path("call.html"), workspace.path("call.pcap"))
        let said = try await Self.trunkline(["trace", id, "--html", page, "--pcap", capture] + place)
        #expect(said.contains("the sound is not in the capture"))
        let html = try String(contentsOfFile: page, encoding: .utf8)
        #expect(html.contains("class=\"wave caller\"") && html.contains("inline:xxxx"))
        let json = try await Self.trunkline(["trace", id, "--json"] + place)
        let parsed = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        #expect(parsed?["version"] as? Int == 1)
        // Of what opens the sound nothing was kept, in whatever form.
        for text in [html, json, ladder] {
            #expect(text.components(separatedBy: "inline:").dropFirst().allSatisfy { $0.hasPrefix("xxxx") })
        }
        let database = try Data(contentsOf: URL(filePath: workspace.path("calls.db")))
        #expect(
            String(decoding: database, as: UTF8.self).components(separatedBy: "inline:").dropFirst()
                .allSatisfy { $0.hasPrefix("xxxx") })

        let reader = try Program(
            "tshark",
            [
                "-r", capture, "-d", "udp.port==1024-65535,sip", "-T", "fields", "-e", "sip.Method", "-e",
                "sip.Status-Code", "-e", "sip.CSeq.method",
            ])
        #expect(try await reader.end() == 0)
        for method in ["INVITE", "ACK", "BYE"] { #expect(reader.output.contains(method), "\(reader.output)") }
        #expect(reader.output.contains("200"))
        workspace.remove()
    }
}
