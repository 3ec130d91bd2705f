/// Lets the caller wait with music for a moment.
public struct HoldTool: Tool {
    private static let seconds = 5...180
    private static let usual = 20

    public init() {}

    public var declaration: ToolDeclaration {
        ToolDeclaration(
            name: "hold_call",
            text:
                "Lets the caller wait with music, when they ask for a moment or something takes time. Say so in the same "
                + "answer. You are told when the time is over.",
            parameters: [
                "type": "object",
                "properties": [
                    "seconds": [
                        "type": "integer", "minimum": .number(Double(Self.seconds.lowerBound)),
                        "maximum": .number(Double(Self.seconds.upperBound)),
                    ]
                ],
            ])
    }

    public func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        let wanted = arguments["seconds"]?.integer ?? Self.usual
        let seconds = min(max(wanted, Self.seconds.lowerBound), Self.seconds.upperBound)
        return ToolResult(
            text: "The caller hears music once what you say has been heard, for \(seconds) seconds at most.",
            actions: [.hold(.seconds(seconds))], wantsReply: false)
    }
}
