/// Has the caller say one thing until it is right: it is read back, confirmed, corrected or asked again, without the
/// model.
public struct CaptureTool: Tool {
    static let name = "capture"
    private let today: @Sendable () -> CalendarDay

    public init() {
        self.init(today: { CalendarDay.today() })
    }

    init(today: @escaping @Sendable () -> CalendarDay) {
        self.today = today
    }

    public var declaration: ToolDeclaration {
        ToolDeclaration(
            name: Self.name,
            text:
                "Asks the caller for a date, time, number, amount of money, telephone number or e-mail address, reads back "
                + "what was understood and lets the caller correct it. Use it whenever one of these has to be right. The "
                + "question is said for you; you are told the confirmed value.",
            parameters: [
                "type": "object",
                "properties": [
                    "kind": ["type": "string", "enum": .array(CaptureKind.allCases.map { .string($0.rawValue) })],
                    "question": ["type": "string", "description": "what is said to ask for it, one sentence"],
                ],
                "required": ["kind", "question"],
            ])
    }

    public func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        guard let kind = CaptureKind(rawValue: (arguments["kind"]?.string ?? "").lowercased()) else {
            let names = CaptureKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ToolRefusal("There is no such kind. There are: \(names).")
        }
        let asked = PrintableText.of(arguments["question"]?.string ?? "")
        let question = asked.isEmpty ? kind.hint : String(asked.prefix(300))
        var result = ToolResult(
            text: "The caller is being asked. You are told the confirmed value.", actions: [.say(question)],
            wantsReply: false)
        result.task = .capture(Capture(kind, question: question, today: today()))
        return result
    }
}
