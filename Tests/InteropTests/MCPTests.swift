import Agent
import Foundation
import Logging
import Providers
import Testing

/// Servers made with the official Python package of the Model Context Protocol.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct MCPTests {
    private static let python = Workspace.root.appending(path: ".build-artifacts/mcp/bin/python").path
    private static let script = Workspace.root.appending(path: "Tests/InteropTests/Support/mcp_server.py").path
    private static let isInstalled = FileManager.default.isExecutableFile(atPath: python)
    private static let context = DialogueContext(callID: "c", caller: "sip:a@x", called: "sip:b@y")
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "mcp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private static func tool(_ name: String, of server: MCPServer) throws -> any Tool {
        try #require(server.tools.first { $0.declaration.name == name })
    }

    private static func ask(_ name: String, _ arguments: JSONValue = [:], of server: MCPServer) async throws -> String {
        try await tool(name, of: server).run(arguments, context: context).text
    }

    /// What both ways have in common.
    private static func works(_ server: MCPServer, _ folder: URL) async throws {
        #expect(
            server.tools.map(\.declaration.name).sorted() == [
                "shop_add", "shop_crash", "shop_environment", "shop_fail", "shop_grow", "shop_picture", "shop_slow",
            ])
        #expect(try Self.tool("shop_add", of: server).declaration.text == "Adds two numbers.")
        #expect(try await ask("shop_add", ["a": 2, "b": 40], of: server) == "42")
        #expect(try await ask("shop_picture", of: server) == "Here it is.\n[image]")
        // Arguments that do not fit never reach it.
        await #expect(throws: ToolRefusal("Nothing was sent: \"b\" is missing in the arguments.")) {
            try await ask("shop_add", ["a": 2], of: server)
        }
        let failure = await #expect(throws: ToolRefusal.self) {
            try await ask("shop_fail", ["why": "no stock"], of: server)
        }
        #expect(failure?.description.contains("no stock") ?? false)
        // One that takes for ever is cancelled there, too, and the session goes on.
        let slow = Task { try await ask("shop_slow", of: server) }
        _ = try await eventually("the slow tool") { exists("slow-begun", folder) }
        slow.cancel()
        await #expect(throws: (any Error).self) { try await slow.value }
        _ = try await eventually("its end") { exists("slow-cancelled", folder) }
        #expect(try await ask("shop_add", ["a": 1, "b": 1], of: server) == "2")
    }

    private static func exists(_ name: String, _ folder: URL) -> Bool? {
        FileManager.default.fileExists(atPath: folder.appending(path: name).path) ? true : nil
    }

    @Test(
        "A server over its input and output lists, calls, fails, is cancelled, grows, crashes and is back",
        .enabled(if: isInstalled, "mcp is not installed: scripts/install-mcp.sh"))
    func program() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try MCPServer(
            MCPServerConfiguration(
                name: "shop",
                place: .program(
                    command: [Self.python, Self.script, "stdio", folder.path], environment: ["PLACE": "here"])),
            logger: Self.logger)
        #expect(await server.start() == nil)
        try await Self.works(server, folder)
        // Nothing of our environment but what programs need.
        let variables = try await Self.ask("shop_environment", of: server).split(separator: " ")
        #expect(variables.contains("PLACE") && variables.contains("PATH") && !variables.contains("LLVM_PROFILE_FILE"))
        #expect(try await Self.ask("shop_grow", of: server) == "grown")
        _ = try await eventually("the new tool") {
            server.tools.contains { $0.declaration.name == "shop_shrink" } ? true : nil
        }
        #expect(try await Self.ask("shop_shrink", of: server) == "small")
        // It dies in the midst of a call: the call is told so, and the next server works.
        await #expect(throws: ToolRefusal("The service has just gone.")) {
            try await Self.ask("shop_crash", of: server)
        }
        await #expect(throws: ToolRefusal.self) { try await Self.ask("shop_add", ["a": 1, "b": 1], of: server) }
        #expect(await server.start() == nil)
        #expect(try await Self.ask("shop_add", ["a": 3, "b": 4], of: server) == "7")
        await server.stop()
        await #expect(throws: ToolRefusal("The service is not there just now.")) {
            try await Self.ask("shop_add", ["a": 1, "b": 1], of: server)
        }
    }

    @Test(
        "A server over HTTP lists, calls, fails, is cancelled, dies, and knows us again when it is back",
        .enabled(if: isInstalled, "mcp is not installed: scripts/install-mcp.sh"))
    func http() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let port = try Workspace.freePort()
        func serve() async throws -> Program {
            let program = try Program(Self.python, [Self.script, "\(port)", folder.path])
            _ = try await program.line(containing: "ready")
            return program
        }
        let first = try await serve()
        let server = try MCPServer(
            MCPServerConfiguration(
                name: "shop", place: .http(url: "http://127.0.0.1:\(port)/mcp", token: nil),
                allowsPrivateAddresses: true),
            logger: Self.logger)
        // The port opens a moment after the last word.
        while await server.start() != nil {}
        try await Self.works(server, folder)
        await #expect(throws: ToolRefusal.self) { try await Self.ask("shop_crash", of: server) }
        try await first.end()
        await #expect(throws: ToolRefusal("The service can't be reached.")) {
            try await Self.ask("shop_add", ["a": 1, "b": 1], of: server)
        }
        let second = try await serve()
        let sum = try await eventually("the server") { try? await Self.ask("shop_add", ["a": 5, "b": 6], of: server) }
        #expect(sum == "11")
        await server.stop()
        second.signal(SIGTERM)
    }

    @Test("T-51 A server in a private network is not asked unless that is allowed")
    func privateAddress() async throws {
        let server = try MCPServer(
            MCPServerConfiguration(name: "shop", place: .http(url: "http://127.0.0.1:9/mcp", token: nil)),
            logger: Self.logger)
        #expect(
            await server.start() == "The service's address is private, and the configuration does not allow that.")
        await server.stop()
    }
}
