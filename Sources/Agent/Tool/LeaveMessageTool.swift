/// Takes a message for somebody: it is read back to the caller, and kept once the caller says that it is right.
///
/// What is kept is a note `message` of the call, as flows write it, of which applications are told by webhook.
public struct LeaveMessageTool: Tool {
    static let name = "leave_message"

    public init() {}

    public var declaration: ToolDeclaration {
        ToolDeclaration(
            name: Self.name,
            text:
                "Takes a message that the caller leaves for somebody. It is read back for you and kept once the caller "
                + "confirms it; you are told. Ask for what is missing before you call it.",
            parameters: [
                "type": "object",
                "properties": [
                    "text": ["type": "string", "description": "the message, in the caller's words"],
                    "name": ["type": "string", "description": "who leaves it"],
                    "number": ["type": "string", "description": "where to call back, digits"],
                ],
                "required": ["text"],
            ])
    }

    public func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        func text(_ key: String, _ most: Int) -> String {
            let written = arguments[key]?.string ?? arguments[key]?.number.map { JSONValue.number($0).json } ?? ""
            return String(PrintableText.of(written).prefix(most))
        }
        let message = text("text", 1_500)
        guard message.contains(where: { !$0.isWhitespace }) else { throw ToolRefusal("There is no message to keep.") }
        let digits = SpokenNumber.digits(in: text("number", 60))
        let isInternational = text("number", 60).contains("+")
        let left = LeftMessage(
            text: message, name: text("name", 100), number: (isInternational ? "+" : "") + digits.prefix(15))
        var result = ToolResult(
            text: "The caller is asked whether it is right. It is not kept yet.", actions: [.say(left.spoken)],
            wantsReply: false)
        result.task = .message(MessageCheck(left))
        return result
    }
}
