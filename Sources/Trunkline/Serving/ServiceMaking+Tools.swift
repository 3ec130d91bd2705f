internal import Agent
internal import FoundationEssentials
internal import Logging
internal import Providers
internal import TrunklineConfiguration

extension ServiceMaking {
    /// A tool that a configuration names.
    ///
    /// - Parameter tellsTrace: whether there are traces for it to be told of.
    static func tool(_ tool: Configuration.HTTPTool, tellsTrace: Bool) throws(AgentMaking.Failure) -> any Tool {
        let place = "tools.\(tool.name)"
        guard let parameters = try? JSONValue(parsing: tool.parameters.utf8), parameters["type"]?.string == "object"
        else {
            throw AgentMaking.Failure(
                sentence: "\(place).parameters is no schema of an object; begin it with type: object.")
        }
        var configuration = HTTPToolConfiguration(
            declaration: ToolDeclaration(name: tool.name, text: tool.description, parameters: parameters),
            url: tool.url, method: tool.method == .get ? .get : .post, timeout: tool.timeout,
            allowsPrivateAddresses: tool.allowsPrivateAddresses)
        configuration.takesDigits = tool.takesDigits
        configuration.tellsTrace = tellsTrace
        configuration.token = try secret(tool.tokenVariable, file: tool.tokenFile, of: "\(place).token_file")
        configuration.signingSecret = try secret(
            tool.secretVariable, file: tool.secretFile, of: "\(place).secret_file")
        do throws(ToolRefusal) {
            return try HTTPTool(configuration)
        } catch {
            throw AgentMaking.Failure(sentence: "\(place): \(error)")
        }
    }

    /// The documents that a configuration names.
    static func knowledge(
        _ knowledge: Configuration.Knowledge,
        onTrouble: @escaping @Sendable (String) -> Void = { sentence in
            FileHandleOutput.standardError.write("knowledge: \(sentence)\n")
        }
    ) throws(AgentMaking.Failure) -> Knowledge {
        do throws(KnowledgeError) {
            return try Knowledge(folder: HomePath.expand(knowledge.folder), onTrouble: onTrouble)
        } catch {
            throw AgentMaking.Failure(sentence: "knowledge: \(error)")
        }
    }

    /// The servers of the Model Context Protocol that a configuration names, not yet connected to.
    static func mcpServers(
        _ configuration: Configuration, _ logger: Logger
    ) throws(AgentMaking.Failure) -> [MCPServer] {
        var servers: [MCPServer] = []
        let taken = Configuration.takenNames.union(configuration.tools.map(\.name))
        for server in configuration.mcp {
            let place = "mcp.\(server.name)"
            var made = MCPServerConfiguration(
                name: server.name,
                place: server.url.map { .http(url: $0, token: nil) }
                    ?? .program(command: server.command, environment: server.environment),
                tools: server.tools, timeout: server.timeout, allowsPrivateAddresses: server.allowsPrivateAddresses)
            made.takenNames = taken
            if let url = server.url {
                let token = try secret(server.tokenVariable, file: server.tokenFile, of: "\(place).token_file")
                made.place = .http(url: url, token: token)
            }
            do throws(ToolRefusal) {
                servers.append(try MCPServer(made, logger: logger))
            } catch {
                throw AgentMaking.Failure(sentence: "\(place): \(error)")
            }
        }
        return servers
    }

    /// Connects to all of them at once.
    ///
    /// - Returns: what is to be said of those that can't be used yet.
    static func start(_ servers: [MCPServer]) async -> [String] {
        await withTaskGroup(of: (String, String?).self) { group in
            for server in servers { group.addTask { (server.name, await server.start()) } }
            var remarks: [String] = []
            for await (name, trouble) in group {
                guard let trouble else { continue }
                remarks.append("mcp.\(name): \(trouble) Its tools are offered once it answers.")
            }
            return remarks.sorted()
        }
    }

    private static func secret(
        _ variable: String?, file: String?, of place: String
    ) throws(AgentMaking.Failure) -> Secret? {
        if let variable, let value = ProcessInfo.processInfo.environment[variable] {
            return Secret(value, from: "the variable \(variable)")
        }
        guard let path = file.map(HomePath.expand) else { return nil }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8), !Secret(text).value.isEmpty else {
            throw AgentMaking.Failure(
                sentence: "\(place): \(path) can't be read or is empty; put the secret into it.")
        }
        return Secret(text, from: "the file \(path)")
    }
}
