/// Pauses the recording of the call, or has it go on: while the caller says the number of a card, nothing of it is kept.
public struct RecordingTool: Tool {
    private let switches: RecordingSwitches
    private let pauses: Bool

    /// `pause_recording`
    public static func pausing(_ switches: RecordingSwitches) -> RecordingTool {
        RecordingTool(switches: switches, pauses: true)
    }

    /// `resume_recording`
    public static func resuming(_ switches: RecordingSwitches) -> RecordingTool {
        RecordingTool(switches: switches, pauses: false)
    }

    public var declaration: ToolDeclaration {
        pauses
            ? ToolDeclaration(
                name: "pause_recording",
                text:
                    "Pauses the recording of this call. Use it before the caller tells or keys in a card number, a PIN or a "
                    + "password, and resume_recording once that is over.")
            : ToolDeclaration(
                name: "resume_recording",
                text:
                    "Has the recording of this call go on after pause_recording. Use it as soon as nothing secret is told "
                    + "any more.")
    }

    public func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        guard switches.set(isPaused: pauses, of: context.callID) else {
            throw ToolRefusal("This call is not recorded.")
        }
        return ToolResult(text: pauses ? "The recording is paused." : "The recording goes on.")
    }
}
