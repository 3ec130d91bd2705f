import Foundation
import Testing

/// `trunkline campaign` and `do-not-call`, carried out by `trunkline serve`, with a phone that others wrote.
@Suite(.serialized)
struct CampaignInteropTests {
    private func trunkline(_ arguments: [String], _ database: String) async throws -> String {
        let program = try Program(Workspace.product("trunkline"), arguments + ["--database", database])
        #expect(try await program.end() == 0, "\(program.output)")
        return program.output
    }

    private func progress(_ id: String, _ database: String) async throws -> [String: Any] {
        let text = try await trunkline(["campaign", "show", id, "--json"], database)
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
    }

    @Test(
        "T-17: a campaign calls baresip once, and neither who is on the do-not-call list nor whom nothing allows; killed in mid-call, the server calls nobody again"
    )
    func campaign() async throws {
        let workspace = try Workspace("campaign")
        let database = workspace.path("calls.db")
        let silence = workspace.path("silence.wav")
        try Sound.write([.silence(seconds: 30)], to: silence)
        let phone = try Baresip(in: workspace, speaking: silence)
        try await phone.ready()
        let here = "127.0.0.1:\(phone.port)"
        try workspace.write(
            "to,name\nsip:phone@\(here),Ada\nsip:never@\(here),Bob\nsip:phone@\(here),Ada\nsip:stranger@127.0.0.1:9,Eve\n",
            to: "people.csv")
        let said = workspace.path("said.wav")
        try Sound.write([.prompt("transfer")], to: said)

        // First a whole call.
        let settings = """
            outbound: {allow: ["sip:*@\(here)"], quiet_hours: false}
            """
        let server = try await Server(in: workspace, agent: "playback:\(said)", settings: settings)
        #expect(try await trunkline(["do-not-call", "add", "sip:never@\(here)"], database).contains("1 added"))
        try workspace.write("trunk: {provider: generic, auth: ip, host: 127.0.0.1, country: US}\n", to: "american.yaml")
        let american = ["--config", workspace.path("american.yaml")]
        // As it is dialled there, and as it is called.
        #expect(try await trunkline(["do-not-call", "add", "2025550123"] + american, database).contains("1 added"))
        #expect(try await trunkline(["do-not-call", "list"], database).contains("+12025550123"))
        let made = try await trunkline(
            [
                "campaign", "create", workspace.path("people.csv"), "--name", "Recall", "--config",
                workspace.path("trunkline.yaml"), "--per-minute", "600",
            ],
            database)
        #expect(made.contains("3 numbers, 1 of them twice"), "\(made)")
        let id = try #require(made.firstMatch(of: /Campaign (\S+):/)?.1).description
        try await phone.callOver()
        _ = try await eventually("the end of the campaign", every: .milliseconds(500)) {
            try await trunkline(["campaign", "show", id], database).contains("state      done") ? true : nil
        }
        let outcomes = try await progress(id, database)["outcomes"] as? [String: Int]
        #expect(outcomes == ["answered": 1, "doNotCall": 1, "notAllowed": 1], "\(String(describing: outcomes))")
        #expect(try await server.stop() == 0)

        // Then one in whose midst the server is killed.
        let second = try await Server(in: workspace, agent: "echo", settings: settings)
        try workspace.write("to\nsip:phone@\(here)\n", to: "one.csv")
        let next = try await trunkline(
            [
                "campaign", "create", workspace.path("one.csv"), "--name", "Again", "--config",
                workspace.path("trunkline.yaml"),
            ],
            database)
        let again = try #require(next.firstMatch(of: /Campaign (\S+):/)?.1).description
        try await phone.callEstablished(2)
        second.program.signal(SIGKILL)
        try await second.program.end(within: .seconds(5))
        let third = try await Server(in: workspace, agent: "echo", settings: settings)
        _ = try await eventually("the end of the campaign", every: .milliseconds(500)) {
            try await progress(again, database)["done"] as? Int == 1 ? true : nil
        }
        let left = try await progress(again, database)
        #expect(left["outcomes"] as? [String: Int] == ["interrupted": 1] && left["attempts"] as? Int == 1, "\(left)")
        #expect(try await third.stop() == 0)
        // It would wait for the end of the call that nobody ends any more.
        phone.program.signal(SIGKILL)
        try await phone.program.end(within: .seconds(5))
        #expect(phone.program.output.components(separatedBy: "Call established").count - 1 == 2)
        workspace.remove()
    }
}
