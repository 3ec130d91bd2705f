internal import Synchronization
public import Telephony

/// What a supervisor can do with the agent of a call.
package struct SupervisedAgent: Sendable {
    /// Tells its model something; `nil`: it has none that heeds it.
    package var note: (@Sendable (SupervisorNote) async -> Void)?
    /// What makes out what a supervisor says.
    package var hearing: (any SpeechToText)?
    /// Counts what that uses.
    package var meter: UsageMeter?
    /// Whether the caller is being put through, or with somebody else.
    package var isTransferring: @Sendable () async -> Bool

    package init(
        note: (@Sendable (SupervisorNote) async -> Void)? = nil, hearing: (any SpeechToText)? = nil,
        meter: UsageMeter? = nil, isTransferring: @escaping @Sendable () async -> Bool
    ) {
        self.note = note
        self.hearing = hearing
        self.meter = meter
        self.isTransferring = isTransferring
    }
}

/// Calls supervisors. Whoever orders it has seen to it that they may be called.
public protocol SupervisorLine: Sendable {
    /// Calls `target`, a SIP URI, and runs `body` while that call is up; it is hung up when `body` returns. Cancelling the
    /// task withdraws a call that is not answered.
    ///
    /// - Parameters:
    ///   - order: whom to call, and how long it may ring there.
    ///   - call: that the supervisor listens to.
    ///   - ringing: told when it rings there.
    ///   - body: what happens on the call once it is answered.
    /// - Throws: `CallError` when nothing came of it.
    func call(
        _ order: SupervisionOrder, about call: any Call, ringing: @escaping @Sendable () -> Void,
        _ body: @escaping @Sendable (any Call) async -> Void
    ) async throws(CallError)
}

/// Lets somebody listen to a call, tell its agent something, and take it over: by telephone, by text, or by ear alone.
public final class SupervisionDesk: Sendable {
    private struct State {
        var agent: SupervisedAgent?
        var supervision: CallSupervision?
    }

    private let state = Mutex(State())

    public init() {}

    /// Calls a supervisor for the call.
    public func begin(_ order: SupervisionOrder) async throws(SupervisionRefusal) {
        try await supervision().begin(order)
    }

    /// Has the supervisor do something else.
    ///
    /// - Parameter by: who wants it, for the record.
    public func change(to mode: SupervisionMode, by: String) async throws(SupervisionRefusal) {
        try await supervision().change(to: mode, by: by)
    }

    /// Ends the supervision; a caller who is with the supervisor is with the agent again, if it is still there.
    public func end(by: String) async throws(SupervisionRefusal) {
        try await supervision().end(by: by)
    }

    /// Tells the agent's model something that it heeds from its next answer on.
    ///
    /// - Parameters:
    ///   - text: at most ``SupervisorNote/longestAdvice`` characters count.
    ///   - by: who says it, for the record.
    public func advise(_ text: String, by: String) async throws(SupervisionRefusal) {
        try await supervision().advise(text, by: by)
    }

    /// Both sides of the call from now on, for one who listens without a telephone; `nil` when the call is not up.
    ///
    /// - Parameter by: who listens, for the record.
    public func listen(by: String) async -> LiveSound? {
        await state.withLock { $0.supervision }?.listen(by: by)
    }

    /// The rate of what ``listen(by:)`` has, in samples per second; `nil` when the call is not up.
    public var sampleRate: Int? { state.withLock { $0.supervision?.sampleRate } }

    private func supervision() throws(SupervisionRefusal) -> CallSupervision {
        guard let supervision = state.withLock({ $0.supervision }) else { throw .noConversation }
        return supervision
    }

    // MARK: Those who do it

    /// The agent that talks on the call; `nil` for none, or one with which nothing special can be done.
    package func attach(_ agent: SupervisedAgent?) { state.withLock { $0.agent = agent } }

    func attach(_ supervision: CallSupervision?) { state.withLock { $0.supervision = supervision } }

    var agent: SupervisedAgent? { state.withLock { $0.agent } }
}
