import Foundation
import Telephony
import Testing

/// Webhooks of `trunkline serve`, taken by a program in Python.
@Suite(.serialized)
struct WebhookInteropTests {
    private static let secret = "0123456789abcdef0123456789abcdef"

    private func receiver(_ port: UInt16, refusals: Int = 0) async throws -> Program {
        let script = Workspace.root.appending(path: "Tests/InteropTests/Support/webhook_receiver.py").path
        let program = try Program("/usr/bin/python3", [script, "\(port)", Self.secret, "\(refusals)"])
        _ = try await program.line(containing: "ready")
        return program
    }

    private func settings(_ workspace: Workspace, _ port: UInt16) throws -> String {
        try workspace.write(Self.secret + "\n", to: "secret")
        return """
            webhooks: {url: "http://127.0.0.1:\(port)/calls", secret_file: "\(workspace.path("secret"))"}
            """
    }

    /// What was taken, without what tells one delivery from another.
    private func taken(_ program: Program) -> [String] {
        program.output.split(separator: "\n").filter { $0.hasPrefix("took") || $0.hasPrefix("forged") }.map {
            $0.split(separator: " ").enumerated().filter { [0, 1, 3].contains($0.offset) }.map(\.element).joined(
                separator: " ")
        }
    }

    @Test("A call is told step by step, signed, and again when the receiver is out of order")
    func told() async throws {
        let workspace = try Workspace("webhooks")
        let port = try Workspace.freePort()
        let receiver = try await receiver(port, refusals: 2)
        let server = try await Server(in: workspace, agent: "echo", settings: try settings(workspace, port))
        let call = try Program(
            Workspace.product("trunkline"),
            ["call", server.uri(), "--bind", "127.0.0.1", "--duration", "1", "--dtmf", "7"])
        #expect(try await call.end() == 0)
        _ = try await receiver.line(containing: "call.ended")
        #expect(
            taken(receiver) == [
                "took call.started ringing", "took call.answered up", "took call.recording_completed up",
                "took call.ended ended",
            ])
        #expect(receiver.output.components(separatedBy: "refused").count == 3)
        #expect(try await server.stop() == 0)
        #expect(
            server.program.output.contains("A webhook is not taken, and is tried again: The receiver answered 503."))
        #expect(server.program.output.contains("Webhooks are taken again."))
        #expect(!server.program.output.contains(Self.secret))
        receiver.signal(SIGTERM)
        workspace.remove()
    }

    @Test("T-60: none is lost when the receiver is not there and the server is killed in mid-call")
    func killed() async throws {
        let workspace = try Workspace("webhooks-killed")
        let port = try Workspace.freePort()
        let hooks = try settings(workspace, port)
        let server = try await Server(in: workspace, agent: "echo", settings: hooks, isTraced: false)
        let call = try Program(
            Workspace.product("trunkline"), ["call", server.uri(), "--bind", "127.0.0.1", "--duration", "30"])
        // It is in the database that the call was answered, and so is the news.
        _ = try await eventually("the call in the database") {
            try await Self.calls(workspace).contains { $0["state"] as? String == "up" } ? true : nil
        }
        server.program.signal(SIGKILL)
        _ = try await server.program.end()
        call.signal(SIGKILL)
        let receiver = try await receiver(port)
        let next = try await Server(in: workspace, agent: "echo", settings: hooks, isTraced: false)
        _ = try await receiver.line(containing: "call.ended")
        #expect(
            taken(receiver) == ["took call.started ringing", "took call.answered up", "took call.ended interrupted"])
        #expect(try await next.stop() == 0)
        receiver.signal(SIGTERM)
        workspace.remove()
    }

    private static func calls(_ workspace: Workspace) async throws -> [[String: Any]] {
        let program = try Program(
            Workspace.product("trunkline"), ["calls", "list", "--json", "--database", workspace.path("calls.db")])
        guard try await program.end() == 0 else { return [] }
        return try JSONSerialization.jsonObject(with: Data(program.output.utf8)) as? [[String: Any]] ?? []
    }
}
