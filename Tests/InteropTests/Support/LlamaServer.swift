import Agent
import Foundation
import Providers

/// llama.cpp's server, which others wrote, with a small language model.
struct LlamaServer {
    static let key = "planted-4711"
    private static let folder = Workspace.root.appending(path: ".build-artifacts/llama").path
    static let isInstalled = FileManager.default.fileExists(atPath: folder + "/VERSION")

    let program: Program
    private let port: UInt16

    /// - Parameter hasTools: whether its chat template tells the model of tools.
    init(hasTools: Bool = false) async throws {
        port = try Workspace.freePort()
        let script = Workspace.root.appending(path: "Tests/InteropTests/Support/llama_server.py").path
        program = try Program(
            "python3", [script, Self.folder, "\(port)", Self.key] + (hasTools ? ["--tools"] : []))
        _ = try await program.line(containing: "ready http")
    }

    var url: String { "http://127.0.0.1:\(port)/v1" }

    /// Our client of it.
    ///
    /// - Parameter fields: members of the request that this server knows besides the usual ones.
    func model(
        key: Secret? = Secret(Self.key), fields: [String: JSONValue] = [:]
    ) -> ChatCompletionsModel {
        var configuration = ChatCompletionsConfiguration.compatible(model: "smollm2", url: url, key: key)
        configuration.temperature = 0
        configuration.extraFields = fields
        // A request that is given up has to end for that reason, and not because nobody waits any longer.
        configuration.nextTokenTimeout = .seconds(600)
        return ChatCompletionsModel(configuration)
    }

    /// Ends it at once, in the midst of whatever it does.
    func kill() async throws {
        program.signal(SIGKILL)
        try await program.end()
    }
}
