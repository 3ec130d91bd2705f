/// Decides what the agent says and does. One value serves all calls; each call has a session of its own.
public protocol Dialogue: Sendable {
    /// What this is, for people and records, e.g. `flow: Harbour Dental`.
    var name: String { get }
    func makeSession(_ context: DialogueContext) async throws(ProviderError) -> any DialogueSession
    /// Which of the context's instructions and variables it follows. None by default.
    var abilities: AgentAbilities { get }
}

extension Dialogue {
    public var abilities: AgentAbilities { [] }
}

/// What a dialogue may know about the call it is on.
public struct DialogueContext: Sendable, Equatable {
    public var callID: String
    /// The caller's address as the signalling gave it.
    public var caller: String
    public var callerName: String?
    /// Whom the caller asked for.
    public var called: String
    /// What was said before a dialogue that takes over in mid-call; empty at the beginning of one.
    public var history: [TurnRecord] = []
    /// What a model is told on this call, in place of its usual instructions.
    public var instructions: String?
    /// What stands in the places of `{name}`, by name.
    public var variables: [String: String]
    /// Secret digits that were typed on this call.
    public let keptDigits = KeptDigits()

    public init(
        callID: String, caller: String, callerName: String? = nil, called: String, instructions: String? = nil,
        variables: [String: String] = [:]
    ) {
        self.callID = callID
        self.caller = caller
        self.callerName = callerName
        self.called = called
        self.instructions = instructions
        self.variables = variables
    }
}

/// The thinking of one call.
public protocol DialogueSession: Sendable {
    /// What to do about `input`. Actions come as soon as they are known; sentences are spoken in order.
    /// Cancelling the reading task drops the reply (the caller spoke on).
    ///
    /// What can't be taken back (a tool that acts) waits for `turn`: the caller may still go on.
    ///
    /// The stream fails with ``ProviderError``.
    func reply(to input: DialogueInput, turn: TurnCommitment) -> AsyncThrowingStream<DialogueAction, any Error>
    /// What of the last reply the caller really heard; told when it was interrupted. Nothing at all means that the caller
    /// went on: the reply and what it answered are to be forgotten, the whole is asked again.
    func interrupted(heard: String) async
    /// Phrases that the caller is likely to say now; empty when anything may come.
    func expectedPhrases() async -> [String]
    /// Whether the next answers had better be short: the last ones came too late. Nothing by default.
    func answerBriefly(_ isWanted: Bool) async
    /// The caller is being told this, which the dialogue did not say. Nothing by default.
    func announced(_ text: String) async
    /// Somebody who listens lets the dialogue know this, from its next answer on; the caller does not hear it. Nothing by
    /// default.
    func supervised(_ note: SupervisorNote) async
    func close() async
}

extension DialogueSession {
    public func answerBriefly(_ isWanted: Bool) async {}
    public func announced(_ text: String) async {}
    public func supervised(_ note: SupervisorNote) async {}

    public func expectedPhrases() async -> [String] { [] }
    public func close() async {}
}

public enum DialogueInput: Sendable, Equatable {
    /// The call has just begun.
    case began
    /// The caller said this.
    case said(String)
    /// The caller pressed a key.
    case pressed(Character)
    /// The caller has said nothing for a while; `count` is 1 for the first time in a row.
    case silence(count: Int)
    /// A transfer was refused or not answered.
    case transferFailed(reason: String)
    /// What came of asking for digits.
    case digits(DigitAnswer)
    /// The caller has waited on hold for as long as was asked for.
    case holdEnded
}

public enum DialogueAction: Sendable, Equatable {
    /// Say this; one or a few sentences of plain text.
    case say(String)
    /// Hang up once everything has been said.
    case hangUp
    /// Connect the caller to `target` (a SIP URI or telephone number) once everything has been said.
    case transfer(to: String)
    /// Ask somebody whether they take the caller, once everything has been said, and connect both if so; else the input
    /// ``DialogueInput/transferFailed(reason:)`` follows.
    case consult(ConsultationOrder)
    /// Let the caller wait with music once everything has been said, until something is said again, or this long at most:
    /// then ``DialogueInput/holdEnded`` follows. Nothing is heard of the caller meanwhile but keys.
    case hold(Duration)
    /// Press keys once everything has been said.
    case sendDTMF(String)
    /// The caller is going to type digits: keys are theirs until they are there.
    case collectDigits(DigitCollection)
    /// Another agent leads the dialogue from now on, by name.
    case handedOver(from: String, to: String)
    /// Write down a fact of the call, e.g. a message that was left (key `message`).
    case note(key: String, value: String)
    /// Nothing of what was to be done once everything had been said (transfer, keys, hanging up) is done.
    case cancelPlans
    /// A tool has been called; until it is done nothing may be heard, unless something fills the time.
    case toolStarted(ToolCall)
    case toolEnded(ToolOutcome)
    /// What a part of the answer has used.
    case usage(ProviderUsage)
}
