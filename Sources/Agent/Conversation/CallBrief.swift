internal import Synchronization

/// What an agent is told about one call besides the call itself, and how it is told more while it talks.
public struct CallBrief: Sendable {
    /// What a language model is told on this call, in place of its usual instructions.
    public var instructions: String?
    /// What stands in the places of `{name}` in instructions, greeting and flow, by name.
    public var variables: [String: String]
    /// Puts words into the agent's mouth.
    public let prompter: Prompter

    public init(instructions: String? = nil, variables: [String: String] = [:], prompter: Prompter = Prompter()) {
        self.instructions = instructions
        self.variables = variables
        self.prompter = prompter
    }
}

/// What an agent can be told for one call.
public struct AgentAbilities: OptionSet, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// It follows ``CallBrief/instructions``.
    public static let instructions = AgentAbilities(rawValue: 1)
    /// It fills in ``CallBrief/variables``.
    public static let variables = AgentAbilities(rawValue: 2)
    /// It says what its ``Prompter`` is given.
    public static let speaking = AgentAbilities(rawValue: 4)
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
