/// Writes down a fact of the call for its record.
public struct TakeNoteTool: Tool {
    public init() {}

    public var declaration: ToolDeclaration {
        ToolDeclaration(
            name: "take_note",
            text:
                "Writes down something for the people who read the call's record, e.g. a message for somebody, a name or "
                + "a number to call back. Use it as soon as you know it.",
            parameters: [
                "type": "object",
                "properties": [
                    "key": ["type": "string", "description": "What it is, one word, e.g. message, name, callback"],
                    "value": ["type": "string"],
                ],
                "required": ["key", "value"],
            ])
    }

    public func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        let value = arguments["value"]?.string ?? arguments["value"]?.number.map { JSONValue.number($0).json } ?? ""
        guard !value.isEmpty else { throw ToolRefusal("There is no value to write down.") }
        let key = PrintableText.of(arguments["key"]?.string ?? "")
        return ToolResult(
            text: "Written down.",
            actions: [
                .note(key: key.isEmpty ? "note" : String(key.prefix(64)), value: String(value.prefix(2_000)))
            ])
    }
}
