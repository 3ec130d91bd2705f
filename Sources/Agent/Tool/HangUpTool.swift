/// Ends the call once everything has been said.
public struct HangUpTool: Tool {
    public init() {}

    public var declaration: ToolDeclaration {
        ToolDeclaration(
            name: "hang_up",
            text:
                "Ends the call. Use it when the caller has said goodbye or has what they wanted, and say goodbye in the "
                + "same answer.")
    }

    public func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        ToolResult(text: "The call ends once what you say has been heard.", actions: [.hangUp], wantsReply: false)
    }
}
