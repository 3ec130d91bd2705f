/// Gives up what was to be done once everything had been said: a transfer, or keys.
///
/// A model that may put callers through or press keys has it by itself: what was promised stays promised when the
/// caller speaks over the words, until somebody takes it back.
struct CancelPlansTool: Tool {
    static let name = "cancel_plans"

    var declaration: ToolDeclaration {
        ToolDeclaration(
            name: Self.name,
            text: "Gives up a transfer or keys that have been announced but not done yet, because the caller no longer "
                + "wants it.")
    }

    func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        ToolResult(text: "Given up. You stay with the caller.", actions: [.cancelPlans])
    }
}
