import Foundation
import RTPMedia
import Testing

/// `trunkline sandbox --texml` and `trunkline serve` against each other: the number is a TeXML application's.
@Suite(.serialized)
struct TeXMLInteropTests {
    @Test(
        "A TeXML application's call is heard, echoed, recorded and over; a stream that breaks is opened again",
        arguments: [(nil, 3.0), ("stream-cut", 9), ("webhook-twice", 3)] as [(String?, Double)])
    func call(fault: String?, seconds: Double) async throws {
        let workspace = try Workspace("texml-\(fault ?? "no-fault")")
        let (api, port) = (try Workspace.freePort(), try Workspace.freePort())
        let place = "http://127.0.0.1:\(port)/telnyx"
        let sandbox = try await SandboxProgram(
            [
                "--call-control", "--http", "127.0.0.1:\(api)", "--webhook", "\(place)/webhooks", "--texml",
                "\(place)/texml", "--texml-status", "\(place)/texml/status",
            ] + (fault.map { ["--fault", $0] } ?? []))
        let settings = try sandbox.settings()
        #expect(settings.contains("texml: true"))
        let server = try await Server(
            in: workspace, agent: "echo", settings: settings, isTraced: false,
            environment: ["TELNYX_API_KEY": "sandbox-key"])
        #expect(server.program.output.contains("TeXML at http://127.0.0.1:\(port)/telnyx/texml"))
        let health = try await Curl(base: "http://127.0.0.1:\(port)", token: "").ask("GET", "/healthz")
        #expect(health.status == 200 && health.body == "ok\n")

        let spoken = workspace.path("spoken.wav")
        try Sound.write([.prompt("vm-leavemsg"), .prompt("vm-leavemsg"), .prompt("vm-leavemsg")], to: spoken)
        let (status, output) = try await sandbox.dial(
            seconds: seconds, playing: spoken, recording: workspace.path("heard.wav"))
        #expect(status == 0, "\(output)")
        _ = try await server.program.line(containing: "ended: The other side hung up.")
        let records = try await server.calls()
        #expect(records.count == 1)
        let record = try #require(records.first)
        let text = String(
            decoding: try JSONSerialization.data(withJSONObject: record, options: .withoutEscapingSlashes),
            as: UTF8.self)
        #expect(record["state"] as? String == "ended" && record["endCause"] as? String == "remoteHangUp", "\(text)")
        let more = fault == "stream-cut" ? ["broke off", "is there again"] : []
        for sentence in ["Telnyx TeXML", "carrier session", "+12025550133", "+12025550131"] + more {
            #expect(text.contains(sentence), "\(sentence) is not in \(text)")
        }
        let octets = try Data(contentsOf: URL(filePath: workspace.path("heard.wav")))
        let heard = try #require(try WAVFile(parsing: [UInt8](octets)).channels.first)
        #expect(heard.lazy.map { abs(Int($0)) }.max() ?? 0 > 3_000, "the caller heard nothing of the echo")
        #expect(!server.program.output.contains("token="))
        #expect(try await server.stop() == 0)
        try await sandbox.stop()
        workspace.remove()
    }

    @Test("The agent's own hang-up ends the call of a TeXML application")
    func hangUp() async throws {
        let workspace = try Workspace("texml-hang-up")
        let (api, port) = (try Workspace.freePort(), try Workspace.freePort())
        let place = "http://127.0.0.1:\(port)/telnyx"
        let sandbox = try await SandboxProgram([
            "--call-control", "--http", "127.0.0.1:\(api)", "--webhook", "\(place)/webhooks", "--texml",
            "\(place)/texml", "--texml-status", "\(place)/texml/status",
        ])
        let said = workspace.path("said.wav")
        try Sound.write([.prompt("vm-leavemsg")], to: said)
        let server = try await Server(
            in: workspace, agent: "playback:\(said)", settings: try sandbox.settings(), isTraced: false,
            environment: ["TELNYX_API_KEY": "sandbox-key"])
        let (status, output) = try await sandbox.dial(seconds: 20)
        #expect(status == 0 && output.contains("hung up"), "\(output)")
        _ = try await server.program.line(containing: "why=We hung up")
        #expect(try await server.calls().first?["endCause"] as? String == "localHangUp")
        #expect(try await server.stop() == 0)
        try await sandbox.stop()
        workspace.remove()
    }
}
