import Foundation
import Testing

/// Spans of `trunkline serve`, read by OpenTelemetry's own definitions.
@Suite(.serialized)
struct SpanTests {
    private static let python = Workspace.root.appending(path: ".build-artifacts/opentelemetry/bin/python").path
    private static let isInstalled = FileManager.default.isExecutableFile(atPath: python)

    @Test(
        "A call comes to a collector as spans of one trace, also when it was out of order for a while",
        .enabled(if: isInstalled, "opentelemetry-proto is not installed: scripts/install-opentelemetry.sh"))
    func exported() async throws {
        let workspace = try Workspace("spans")
        let port = try Workspace.freePort()
        let script = Workspace.root.appending(path: "Tests/InteropTests/Support/span_receiver.py").path
        let token = "planted-0123456789"
        try workspace.write(token + "\n", to: "token")
        let collector = try Program(Self.python, [script, "\(port)", token, "1"])
        _ = try await collector.line(containing: "ready")
        let server = try await Server(
            in: workspace, agent: "echo",
            settings: """
                tracing: {url: "http://127.0.0.1:\(port)", token_file: "\(workspace.path("token"))", service: desk}
                """)
        let call = try Program(
            Workspace.product("trunkline"), ["call", server.uri(), "--bind", "127.0.0.1", "--duration", "1"])
        #expect(try await call.end() == 0)
        _ = try await collector.line(containing: "call incoming")
        #expect(try await server.stop() == 0)
        let spans = collector.output.split(separator: "\n").filter { $0.hasPrefix("span ") }.map {
            $0.split(separator: " ", maxSplits: 7).map(String.init)
        }
        let whole = try #require(spans.first { $0.last == "call incoming" }, "\(collector.output)")
        let ring = try #require(spans.first { $0.last == "ring" })
        #expect(whole[1] == "desk" && whole[4] == "-" && ring[4] == whole[3] && ring[2] == whole[2])
        #expect((900...5_000).contains(Int(whole[6]) ?? 0), "\(whole)")
        #expect(collector.output.contains("answered 503") && !collector.output.contains("answered 401"))
        #expect(server.program.output.contains("Spans are taken again."))
        #expect(!server.program.output.contains(token))
        collector.signal(SIGTERM)
        workspace.remove()
    }
}
