/// Takes back what was to be done once everything had been said: the caller has changed their mind.
public struct StayOnCallTool: Tool {
    static let name = "stay_on_call"

    public init() {}

    public var declaration: ToolDeclaration {
        ToolDeclaration(
            name: Self.name,
            text:
                "Takes back a transfer or keys that you have asked for and that are not done yet. Use it when the caller "
                + "does not want that any more.")
    }

    public func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        ToolResult(text: "Taken back. The caller stays with you.", actions: [.cancelPlans])
    }
}
