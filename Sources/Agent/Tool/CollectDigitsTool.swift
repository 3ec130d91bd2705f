/// Has the caller type digits, of kinds that have been set up.
public struct CollectDigitsTool: Tool {
    static let name = "collect_digits"
    private let collections: [DigitCollection]

    /// - Parameter collections: what may be asked for; their names are what the model knows.
    public init(_ collections: [DigitCollection]) {
        self.collections = collections
    }

    public var declaration: ToolDeclaration {
        let kinds = collections.map { collection in
            let count =
                collection.minimum == collection.maximum
                ? "\(collection.minimum)" : "\(collection.minimum) to \(collection.maximum)"
            return "\(collection.name) (\(count) digits\(collection.isSecret ? ", secret" : ""))"
        }
        return ToolDeclaration(
            name: Self.name,
            text:
                "Asks the caller to type digits on the telephone, and waits for them: \(kinds.joined(separator: ", ")). "
                + "The question is said for you; you are told when the digits are there.",
            parameters: [
                "type": "object",
                "properties": [
                    "what": ["type": "string", "enum": .array(collections.map { .string($0.name) })],
                    "question": ["type": "string", "description": "what is said to ask for them, a sentence or two"],
                ],
                "required": ["what", "question"],
            ])
    }

    public func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        let wanted = (arguments["what"]?.string ?? "").lowercased()
        guard var collection = collections.first(where: { $0.name.lowercased() == wanted }) else {
            let names = collections.map(\.name).joined(separator: ", ")
            throw ToolRefusal("There are no such digits to ask for. There are: \(names).")
        }
        let question = PrintableText.of(arguments["question"]?.string ?? "")
        collection.question = question.isEmpty ? "Please type the digits." : String(question.prefix(500))
        return ToolResult(
            text: "The caller is being asked. You are told when the digits are there.",
            actions: [.say(collection.question), .collectDigits(collection)], wantsReply: false)
    }
}
