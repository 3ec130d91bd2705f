/// Has somebody called back later.
public struct ScheduleCallbackTool: Tool {
    /// What a model wants.
    public struct Wish: Sendable, Equatable {
        /// Date and time of day where the office is, e.g. `2026-12-01T10:00`.
        public var time: String
        /// Why, for whoever calls then.
        public var reason: String
        /// Whom to call; `nil`: the caller.
        public var number: String?
    }

    static let name = "schedule_callback"
    private static let longestReason = 500

    /// - Throws: ``ToolRefusal`` with what the model is told, else what stands written down.
    private let schedule: @Sendable (Wish, DialogueContext) async throws -> String

    /// - Parameter schedule: writes a wish down and says so in a sentence, or throws ``ToolRefusal``.
    public init(_ schedule: @escaping @Sendable (Wish, DialogueContext) async throws -> String) {
        self.schedule = schedule
    }

    public var declaration: ToolDeclaration {
        ToolDeclaration(
            name: Self.name,
            text:
                "Has the caller called back at a time they asked for. Work the time out from the date you were told, say it "
                + "back to the caller, and call this once they agree.",
            parameters: [
                "type": "object",
                "properties": [
                    "time": [
                        "type": "string", "description": "Local date and time of day, such as 2026-12-01T10:00.",
                    ],
                    "reason": ["type": "string", "description": "What the call is to be about, in a sentence."],
                    "number": [
                        "type": "string",
                        "description": "Another number than the one the caller calls from; leave it out otherwise.",
                    ],
                ],
                "required": ["time", "reason"],
            ])
    }

    public func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        guard let time = arguments["time"]?.string, let reason = arguments["reason"]?.string, !reason.isEmpty else {
            throw ToolRefusal("Both time and reason have to be given.")
        }
        let number = arguments["number"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let wish = Wish(
            time: time, reason: PrintableText.of(String(reason.prefix(Self.longestReason))), number: number)
        return ToolResult(text: try await schedule(wish, context))
    }
}
