public import Agent

/// What others may do to a call that rings or is up.
public struct CallDoor: Sendable {
    /// Puts words into the agent's mouth.
    public var prompter: Prompter
    /// Has the agent put the caller through.
    public var transfers: TransferDesk
    /// Lets somebody listen to the call, tell the agent something, and take the call over.
    public var supervision: SupervisionDesk
    /// What the agent can be told.
    public var abilities: AgentAbilities
    /// Ends the call, also while it rings.
    public var hangUp: @Sendable () async -> Void
    /// Writes something into the call's record; the time is told by whoever runs the call.
    public var record: @Sendable (@Sendable (_ atMs: Int) -> CallEntry) -> Void

    /// Pauses the recording of the call, or has it go on; says whether it is recorded.
    public var pauseRecording: @Sendable (_ isPaused: Bool) -> Bool

    public init(
        prompter: Prompter, transfers: TransferDesk = TransferDesk(),
        supervision: SupervisionDesk = SupervisionDesk(), abilities: AgentAbilities,
        hangUp: @escaping @Sendable () async -> Void,
        record: @escaping @Sendable (@Sendable (_ atMs: Int) -> CallEntry) -> Void,
        pauseRecording: @escaping @Sendable (_ isPaused: Bool) -> Bool = { _ in false }
    ) {
        self.pauseRecording = pauseRecording
        self.prompter = prompter
        self.transfers = transfers
        self.supervision = supervision
        self.abilities = abilities
        self.hangUp = hangUp
        self.record = record
    }
}
