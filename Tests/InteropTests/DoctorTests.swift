import Foundation
import Testing

/// `trunkline doctor` beside a registrar and a phone that others wrote.
@Suite(.serialized)
struct DoctorTests {
    private func doctor(
        _ workspace: Workspace, _ settings: String, json: Bool = false, _ arguments: [String] = [],
        environment: [String: String] = [:]
    ) async throws -> (Int32, String) {
        try workspace.write(settings, to: "doctor.yaml")
        let program = try Program(
            Workspace.product("trunkline"),
            ["doctor", "--config", workspace.path("doctor.yaml")] + (json ? ["--json"] : []) + arguments,
            directory: Workspace.root, environment: environment)
        return (try await program.end(), program.output)
    }

    @Test("The doctor asks Kamailio for an account: the right password is taken, the wrong one named with its fix")
    func registrar() async throws {
        let workspace = try Workspace("doctor-registrar")
        let kamailio = try await Kamailio(in: workspace, agent: "sip:nobody@127.0.0.1:9", authenticates: true)
        func settings(_ password: String) throws -> String {
            """
            listen: ["udp:127.0.0.1:\(try Workspace.freePort())"]
            agent: echo
            calls: {database: \(workspace.path("calls.db"))}
            accounts:
              work: {address: "sip:trunkline@127.0.0.1:\(kamailio.port)", user: trunk, password: \(password)}
            """
        }
        let right = try await doctor(workspace, settings("secret"))
        #expect(right.0 == 0, "\(right.1)")
        #expect(right.1.contains("knows sip:trunkline@127.0.0.1:\(kamailio.port) and takes its password"), "\(right.1)")
        let wrong = try await doctor(workspace, settings("planted-and-wrong"), json: true)
        #expect(wrong.0 == 1)
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(wrong.1.utf8)) as? [String: Any], "\(wrong.1)")
        let results = try #require(report["results"] as? [[String: String]])
        let account = try #require(results.first { $0["subject"] == "account work" })
        #expect(account["verdict"] == "failure" && account["fix"]?.contains("Compare user and password") == true)
        #expect(!wrong.1.contains("planted"))
        // What binds has a time; what only asks has none.
        #expect(kamailio.program.output.contains("registered: trunkline expires <null>"))
        #expect(!kamailio.program.output.contains(/registered: trunkline expires \d/), "It was registered.")
        try await kamailio.stop()
        workspace.remove()
    }

    @Test("A port that baresip has is named with baresip; one that trunkline itself has is in order")
    func ports() async throws {
        let workspace = try Workspace("doctor-ports")
        try Sound.write([.silence(seconds: 5)], to: workspace.path("spoken.wav"))
        let phone = try Baresip(in: workspace, speaking: workspace.path("spoken.wav"))
        try await phone.ready()
        func settings(_ port: UInt16) -> String {
            "listen: [\"udp:127.0.0.1:\(port)\"]\nagent: echo\ncalls: {database: \(workspace.path("doctor.db"))}\n"
        }
        let taken = try await doctor(workspace, settings(phone.port))
        #expect(taken.0 == 1 && taken.1.contains("is taken by baresip, process"), "\(taken.1)")
        try await phone.stop()
        let server = try await Server(in: workspace, agent: "echo", isTraced: false)
        let ours = try await doctor(workspace, settings(try #require(server.ports["udp"])))
        #expect(ours.0 == 0 && ours.1.contains("is taken by trunkline itself"), "\(ours.1)")
        #expect(try await server.stop() == 0)
        workspace.remove()
    }

    /// A file for the doctor with a trunk.
    private func settings(_ workspace: Workspace, trunk: String) throws -> String {
        """
        listen: ["udp:127.0.0.1:\(try Workspace.freePort())"]
        agent: echo
        calls: {database: \(workspace.path("calls.db"))}
        trunk: \(trunk)
        """
    }

    @Test(
        "F-02, F-09: doctor --live registers at the sandbox, asks its servers, and hears its own beeps from both numbers"
    )
    func live() async throws {
        let workspace = try Workspace("doctor-live")
        let sandbox = try await SandboxProgram()
        let own = try settings(workspace, trunk: sandbox.trunk())
        let echo = try await doctor(workspace, own, ["--live", "--call", "+12025550101"])
        #expect(echo.0 == 0, "\(echo.1)")
        for sentence in [
            "tcp:127.0.0.1:\(sandbox.port) answers (200 OK).",
            "127.0.0.1 has registered agent, and let go of it again.",
            "What we send comes to 127.0.0.1 as we wrote it", "call control      Not checked", "a real call",
            "+12025550101 was called by the trunk and answered (PCMU), and our sound came back: both ways work.",
        ] { #expect(echo.1.contains(sentence), "\(sentence) in \(echo.1)") }
        #expect(!echo.1.contains("FAIL") && !echo.1.contains("sandbox-agent"))
        // The registration is gone: who calls now is told that nobody is there.
        let dialled = try await sandbox.dial(seconds: 1)
        #expect(dialled.status != 0 && dialled.output.contains("RG1"), "\(dialled.output)")

        let home = try await doctor(workspace, own, ["--live", "--call", "+12025550131"])
        #expect(home.0 == 0 && home.1.contains("answered (PCMU) here, and our sound came back"), "\(home.1)")
        // Without --live nothing is registered.
        let before = sandbox.program.output.components(separatedBy: "REGISTER").count
        let plain = try await doctor(workspace, own)
        #expect(plain.0 == 0 && plain.1.contains("127.0.0.1:\(sandbox.port) over tcp answers (200 OK)"), "\(plain.1)")
        #expect(sandbox.program.output.components(separatedBy: "REGISTER").count == before)
        try await sandbox.stop()
        workspace.remove()
    }

    @Test("F-09: doctor --live names a wrong password, a refused call, servers in trouble and a carrier that is gone")
    func liveFaults() async throws {
        let workspace = try Workspace("doctor-faults")
        let sandbox = try await SandboxProgram()
        let wrong = try await doctor(
            workspace, settings(workspace, trunk: sandbox.trunk(password: "planted-and-wrong")), ["--live"])
        #expect(wrong.0 == 1 && !wrong.1.contains("planted"), "\(wrong.1)")
        #expect(wrong.1.contains("does not register agent (403 Authentication failed R17)"), "\(wrong.1)")
        #expect(wrong.1.contains("Write `username` and the password exactly"), "\(wrong.1)")
        let busy = try await doctor(
            workspace, settings(workspace, trunk: sandbox.trunk()), ["--live", "--call", "+12025550103"])
        #expect(busy.0 == 1 && busy.1.contains("The call to +12025550103 did not come up: 486"), "\(busy.1)")
        try await sandbox.stop()
        let gone = try await doctor(workspace, settings(workspace, trunk: sandbox.trunk()), ["--live"])
        #expect(gone.0 == 1 && gone.1.contains("tcp:127.0.0.1:\(sandbox.port) can't be reached"), "\(gone.1)")
        #expect(gone.1.contains("agent could not be registered") && gone.1.contains("firewalls"), "\(gone.1)")

        let down = try await SandboxProgram(["--fault", "edge-503"])
        let trouble = try await doctor(workspace, settings(workspace, trunk: down.trunk()), ["--live"])
        #expect(trouble.0 == 1 && trouble.1.contains("has trouble (503"), "\(trouble.1)")
        try await down.stop()
        let dying = try await SandboxProgram(["--fault", "edge-dead"])
        let dead = try await doctor(workspace, settings(workspace, trunk: dying.trunk()), ["--live"])
        #expect(
            dead.0 == 1 && dead.1.contains("agent could not be registered: the registrar does not answer."), "\(dead.1)"
        )
        try await dying.stop()
        workspace.remove()
    }
}
