import Foundation
import Testing

/// `trunkline doctor` beside a registrar and a phone that others wrote.
@Suite(.serialized)
struct DoctorTests {
    private func doctor(_ workspace: Workspace, _ settings: String, json: Bool = false) async throws -> (Int32, String)
    {
        try workspace.write(settings, to: "doctor.yaml")
        let program = try Program(
            Workspace.product("trunkline"),
            ["doctor", "--config", workspace.path("doctor.yaml")] + (json ? ["--json"] : []),
            directory: Workspace.root)
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
}
