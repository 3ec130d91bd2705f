internal import Agent

/// A tool of a server of the Model Context Protocol.
struct MCPTool: Tool {
    let declaration: ToolDeclaration
    private let original: String
    /// `nil` when the schema uses more of JSON Schema than we know: then the server alone judges the arguments.
    private let schema: JSONSchema?
    private let timeout: Duration
    private let server: MCPServer
    private let sleep: @Sendable (Duration) async throws -> Void

    /// Octets of arguments that are sent.
    private static let maximumArguments = 32 << 10

    init(
        _ tool: MCPToolDescription, name: String, timeout: Duration, server: MCPServer,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        declaration = ToolDeclaration(name: name, text: tool.text, parameters: tool.parameters)
        original = tool.name
        schema = try? JSONSchema(tool.parameters)
        self.timeout = timeout
        self.server = server
        self.sleep = sleep
    }

    func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        if let fault = schema?.fault(of: arguments) { throw ToolRefusal("Nothing was sent: \(fault)") }
        guard arguments.json.utf8.count <= Self.maximumArguments else {
            throw ToolRefusal("Nothing was sent: that is too much.")
        }
        return try await withThrowingTaskGroup(of: ToolResult.self) { [server, original, sleep, timeout] group in
            group.addTask { ToolResult(text: try await server.call(original, arguments)) }
            group.addTask {
                try await sleep(timeout)
                throw ToolRefusal("The service did not answer in time.")
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }
}
