internal import Synchronization

/// Hands the call over to another agent, within what has been set up.
struct HandOverTool: Tool {
    static let name = "hand_over"

    let from: String
    /// Names, and what each is for.
    let targets: [(name: String, text: String)]
    let state: CallHandOvers

    var declaration: ToolDeclaration {
        let known = targets.map { $0.text.isEmpty ? $0.name : "\($0.name): \($0.text)" }.joined(separator: "; ")
        return ToolDeclaration(
            name: Self.name,
            text:
                "Hands this call over to another agent, who goes on at once. Use it when the caller wants what another "
                + "agent is for. There are \(known)",
            parameters: [
                "type": "object",
                "properties": [
                    "to": ["type": "string", "enum": .array(targets.map { .string($0.name) })],
                    "summary": [
                        "type": "string", "description": "what the caller wants and what is known, for the other",
                    ],
                ],
                "required": ["to", "summary"],
            ])
    }

    func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        let wanted = (arguments["to"]?.string ?? "").lowercased()
        guard let target = targets.first(where: { $0.name.lowercased() == wanted })?.name else {
            throw ToolRefusal("There is no such agent. There are: \(targets.map(\.name).joined(separator: ", ")).")
        }
        try state.handOver(from: from, to: target)
        let summary = PrintableText.of(arguments["summary"]?.string ?? "").filter { !"()[]".contains($0) }
        var result = ToolResult(text: "Handed over. From now on you are \(target).")
        result.handOver = HandOver(from: from, to: target, summary: String(summary.prefix(2_000)))
        return result
    }
}

/// The hand-overs of one call, for the tools of its agents.
final class CallHandOvers: Sendable {
    private let state: Mutex<HandOvers>

    init(first: String) { state = Mutex(HandOvers(first: first)) }

    func callerSpoke() { state.withLock { $0.callerSpoke() } }

    func handOver(from: String, to name: String) throws(ToolRefusal) {
        let result: Result<Void, ToolRefusal> = state.withLock { state in
            Result { () throws(ToolRefusal) in try state.handOver(from: from, to: name) }
        }
        try result.get()
    }
}
