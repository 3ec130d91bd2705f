/// Presses keys of the telephone, e.g. in another machine's menu.
public struct PressKeysTool: Tool {
    private static let maximumKeys = 32
    private static let keys: Set<Character> = Set("0123456789*#ABCD,")

    public init() {}

    public var declaration: ToolDeclaration {
        ToolDeclaration(
            name: "press_keys",
            text: "Presses keys of the telephone, for menus of other machines. A comma waits half a second.",
            parameters: [
                "type": "object",
                "properties": ["keys": ["type": "string", "description": "0-9, *, #, A-D and commas; at most 32"]],
                "required": ["keys"],
            ])
    }

    public func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        // Models write numbers as numbers.
        let written = arguments["keys"]?.string ?? arguments["keys"]?.integer.map(String.init) ?? ""
        let keys = written.uppercased().filter { !$0.isWhitespace }
        guard !keys.isEmpty, keys.count <= Self.maximumKeys, keys.allSatisfy(Self.keys.contains) else {
            throw ToolRefusal("There are only the keys 0-9, *, #, A-D and commas, at most \(Self.maximumKeys).")
        }
        return ToolResult(
            text: "The keys are pressed once what you say has been heard.", actions: [.sendDTMF(keys)],
            wantsReply: false)
    }
}
