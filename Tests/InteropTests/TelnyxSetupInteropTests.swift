import Foundation
import Testing

/// `trunkline telnyx setup` and `status` against the API of `trunkline sandbox`.
@Suite(.serialized)
struct TelnyxSetupInteropTests {
    private struct Account {
        let sandbox: SandboxProgram
        let api: String

        init() async throws {
            let port = try Workspace.freePort()
            api = "http://127.0.0.1:\(port)/v2"
            sandbox = try await SandboxProgram(
                ["--call-control", "--http", "127.0.0.1:\(port)", "--webhook", "none"])
        }

        func run(_ arguments: [String]) async throws -> (status: Int32, output: String) {
            let program = try Program(
                Workspace.product("trunkline"), ["telnyx"] + arguments + ["--api-url", api],
                environment: ["TELNYX_API_KEY": "sandbox-key", "TELNYX_PASSWORD": "correcthorse"])
            return (try await program.end(), program.output)
        }

        func status() async throws -> (status: Int32, output: String) { try await run(["status"]) }

        /// Changes a record by hand, as somebody in the portal does.
        func change(_ collection: String, _ body: String) async throws {
            let curl = Curl(base: api, token: "sandbox-key")
            let list = try await curl.ask("GET", "/\(collection)").json["data"] as? [[String: Any]]
            let id = try #require(list?.first?["id"] as? String)
            #expect(try await curl.ask("PATCH", "/\(collection)/\(id)", body).status == 200)
        }
    }

    private static let number = "+12025550131"
    private static let webhook = "https://agent.example.com/telnyx/webhooks"
    private static let trunk = ["setup", "--way", "trunk", "--username", "agent", "--number", number]
    private static let control = ["setup", "--way", "call-control", "--webhook", webhook, "--number", number]
    private static let done = "Nothing to do: the account is as it should be."

    @Test("Both ways are set up in the sandbox's account, twice is nothing to do, and status finds nothing wrong")
    func bothWays() async throws {
        let account = try await Account()
        for (way, says) in [
            (
                Self.trunk,
                ["create outbound voice profile 'trunkline'", "change SIP connection 'sandbox SIP'"]
            ),
            (
                Self.control,
                [
                    "create application 'trunkline' with webhook \(Self.webhook)",
                    "move number \(Self.number) from 'sandbox SIP' to application 'trunkline'",
                ]
            ), (Self.trunk, ["move number \(Self.number) from 'trunkline' to SIP connection 'sandbox SIP'"]),
            (
                ["setup", "--way", "trunk", "--auth", "ip", "--address", "203.0.113.7:5070", "--name", "by address"],
                ["create IP connection 'by address'", "add 203.0.113.7:5070 to IP connection 'by address'"]
            ),
            (
                ["setup", "--way", "trunk", "--auth", "fqdn", "--host", "sip.example.com", "--name", "by name"],
                ["create FQDN connection 'by name'", "add sip.example.com to FQDN connection 'by name'"]
            ),
        ] as [([String], [String])] {
            let planned = try await account.run(way)
            #expect(planned.status == 0 && planned.output.contains("Nothing was changed."), "\(planned.output)")
            let first = try await account.run(way + ["--apply", "--yes"])
            #expect(first.status == 0 && first.output.contains("All of it is done."), "\(first.output)")
            for sentence in says {
                #expect(planned.output.contains("would \(sentence)"), "\(planned.output)")
                #expect(first.output.contains("done: \(sentence)"), "\(first.output)")
            }
            let second = try await account.run(way + ["--apply", "--yes"])
            #expect(second.status == 0 && second.output.contains(Self.done), "\(second.output)")
        }
        let (status, output) = try await account.status()
        #expect(status == 0, "\(output)")
        #expect(output.contains("Its calls come to SIP connection 'sandbox SIP'."), "\(output)")
        #expect(output.contains("webhooks go to \(Self.webhook)"), "\(output)")
        #expect(!output.contains("correcthorse") && !output.contains("sandbox-key"))
        try await account.sandbox.stop()
    }

    @Test(
        "A webhook that is not https, one of API v1, a number that leads nowhere, a connection that is off: named and mended"
    )
    func broken() async throws {
        let account = try await Account()
        #expect(try await account.run(Self.control + ["--apply", "--yes"]).status == 0)
        #expect(try await account.status().status == 0)
        let name = #""application_name": "trunkline""#
        for (collection, body, says) in [
            (
                "call_control_applications",
                #"{\#(name), "webhook_event_url": "http://agent.example.com/telnyx/webhooks"}"#, "which is not https"
            ),
            (
                "call_control_applications",
                #"{\#(name), "webhook_event_url": "\#(Self.webhook)", "webhook_api_version": "1"}"#,
                "Its webhooks are of API v1"
            ), ("phone_numbers", #"{"connection_id": ""}"#, "It has no connection: whoever calls it is refused"),
            (
                "call_control_applications",
                #"{\#(name), "webhook_event_url": "\#(Self.webhook)", "active": false}"#, "It is not active"
            ),
        ] as [(String, String, String)] {
            try await account.change(collection, body)
            let wrong = try await account.status()
            #expect(wrong.status == 1 && wrong.output.contains(says), "\(says): \(wrong.output)")
            let mended = try await account.run(Self.control + ["--apply", "--yes"])
            #expect(mended.status == 0 && mended.output.contains("All of it is done."), "\(says): \(mended.output)")
            let right = try await account.status()
            #expect(right.status == 0 && !right.output.contains(says), "\(says): \(right.output)")
        }
        // A number of somebody else is in the way, and nothing else is done for it.
        let other = try await account.run(
            ["setup", "--way", "call-control", "--webhook", Self.webhook, "--number", "+12025550199"])
        #expect(other.status == 1 && other.output.contains("+12025550199 is none of the account's numbers"))
        try await account.sandbox.stop()
    }
}
