public import Agent

/// What others may do to a call that rings or is up.
public struct CallDoor: Sendable {
    /// Puts words into the agent's mouth.
    public var prompter: Prompter
    /// What the agent can be told.
    public var abilities: AgentAbilities
    /// Ends the call, also while it rings.
    public var hangUp: @Sendable () async -> Void
    /// Writes something into the call's record; the time is told by whoever runs the call.
    public var record: @Sendable (@Sendable (_ atMs: Int) -> CallEntry) -> Void

    public init(
        prompter: Prompter, abilities: AgentAbilities, hangUp: @escaping @Sendable () async -> Void,
        record: @escaping @Sendable (@Sendable (_ atMs: Int) -> CallEntry) -> Void
    ) {
        self.prompter = prompter
        self.abilities = abilities
        self.hangUp = hangUp
        self.record = record
    }
}
