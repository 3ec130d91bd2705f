internal import Synchronization
package import TelephonyPrimitives

/// What an agent is told about one call besides the call itself, and how it is told more while it talks.
public struct CallBrief: Sendable {
    /// What a language model is told on this call, in place of its usual instructions.
    public var instructions: String?
    /// What stands in the places of `{name}` in instructions, greeting and flow, by name.
    public var variables: [String: String]
    /// What is done when no human answers, in place of the usual.
    public var answering: AnsweringPlan?
    /// Puts words into the agent's mouth.
    public let prompter: Prompter
    /// Has the agent put the caller through.
    public let transfers: TransferDesk
    /// Has the agent end the call politely.
    public let farewells: FarewellDesk
    /// Lets somebody listen to the call, tell the agent something, and take the call over.
    public let supervision: SupervisionDesk
    /// Calls whom the agent asks whether they take the caller; without it nobody can be asked.
    public var line: (any ConsultationLine)?
    /// Keeps what the call is replayed from.
    package var journal: (any JournalSink)?

    public init(
        instructions: String? = nil, variables: [String: String] = [:], answering: AnsweringPlan? = nil,
        prompter: Prompter = Prompter(), transfers: TransferDesk = TransferDesk(),
        farewells: FarewellDesk = FarewellDesk(), supervision: SupervisionDesk = SupervisionDesk(),
        line: (any ConsultationLine)? = nil
    ) {
        self.instructions = instructions
        self.variables = variables
        self.answering = answering
        self.prompter = prompter
        self.transfers = transfers
        self.farewells = farewells
        self.supervision = supervision
        self.line = line
    }
}

/// Gives an agent that talks on a call words to say: a notice of an application's, or of a person who listens.
public final class Prompter: Sendable {
    private let voice = Mutex<(@Sendable (String) async -> Void)?>(nil)

    public init() {}

    /// Has `text` said as soon as neither side is in the midst of something. The model that leads the conversation is told
    /// that it was said. The call may end before.
    ///
    /// - Returns: whether there was anybody to say it: the conversation has begun and is not over.
    @discardableResult
    public func say(_ text: String) async -> Bool {
        guard let voice = voice.withLock({ $0 }) else { return false }
        await voice(text)
        return true
    }

    /// For agents: who says it from now on, `nil` for nobody.
    public func attach(_ voice: (@Sendable (String) async -> Void)?) {
        self.voice.withLock { $0 = voice }
    }
}
