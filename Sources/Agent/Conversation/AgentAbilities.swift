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
    /// It finds out who has answered, and follows ``CallBrief/answering``.
    public static let answering = AgentAbilities(rawValue: 8)
    /// It heeds a ``SupervisorNote``.
    public static let notes = AgentAbilities(rawValue: 16)
}
