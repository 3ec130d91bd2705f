/// Puts the caller through, only to places that have been set up.
public struct TransferTool: Tool {
    private let destinations: [String: String]

    /// - Parameter destinations: SIP URIs or telephone numbers by the names that the model knows, e.g. `reception`.
    public init(destinations: [String: String]) {
        self.destinations = destinations
    }

    private var names: [String] { destinations.keys.sorted() }

    public var declaration: ToolDeclaration {
        ToolDeclaration(
            name: "transfer_call",
            text: "Puts the caller through to somebody else. Use it when the caller asks for it or you can't help, and "
                + "tell the caller in the same answer whom you connect them to.",
            parameters: [
                "type": "object",
                "properties": ["destination": ["type": "string", "enum": .array(names.map { .string($0) })]],
                "required": ["destination"],
            ])
    }

    public func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        // Models change the case of names.
        let wanted = (arguments["destination"]?.string ?? "").lowercased()
        guard let (name, target) = destinations.first(where: { $0.key.lowercased() == wanted }) else {
            throw ToolRefusal("There is no such destination. There are: \(names.joined(separator: ", ")).")
        }
        return ToolResult(
            text: "The caller is put through to \(name) once what you say has been heard.",
            actions: [.transfer(to: target)], wantsReply: false)
    }
}
