internal import Synchronization

/// Has an agent that talks on a call put its caller through, by way of somebody who is asked first: an application's wish,
/// or a person's who listens.
public final class TransferDesk: Sendable {
    private let agent = Mutex<(@Sendable (ConsultationOrder) async -> Void)?>(nil)

    public init() {}

    /// Whether there is anybody to do it.
    public var isAttended: Bool { agent.withLock { $0 != nil } }

    /// Has the caller put through as soon as neither side is in the midst of something.
    ///
    /// - Returns: whether there was anybody to do it: the conversation has begun and is not over, and can do it.
    @discardableResult
    public func order(_ order: ConsultationOrder) async -> Bool {
        guard let agent = agent.withLock({ $0 }) else { return false }
        await agent(order)
        return true
    }

    /// For agents: who does it from now on, `nil` for nobody.
    public func attach(_ agent: (@Sendable (ConsultationOrder) async -> Void)?) {
        self.agent.withLock { $0 = agent }
    }
}
