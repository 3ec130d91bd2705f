internal import Synchronization
public import Telephony

/// How a call is to end whose allowance is used up: with a sentence, and then for good.
public struct Farewell: Sendable, Equatable {
    /// What the caller is told.
    public var text: String
    /// Where the caller is put through to then, a SIP URI or a telephone number; `nil`: the call ends.
    public var transfer: String?
    /// Why it ends.
    public var reason: HangUpReason

    /// - Parameters:
    ///   - text: what the caller is told.
    ///   - transfer: where the caller is put through to then, a SIP URI or a telephone number; `nil`: the call ends.
    ///   - reason: why it ends.
    public init(text: String, transfer: String? = nil, reason: HangUpReason) {
        self.text = text
        self.transfer = transfer
        self.reason = reason
    }
}

/// Has an agent that talks on a call say goodbye and end it, whatever it would like to say itself.
public final class FarewellDesk: Sendable {
    private let agent = Mutex<(@Sendable (Farewell) async -> Void)?>(nil)

    public init() {}

    /// Has the call ended politely.
    ///
    /// - Returns: whether there was anybody to do it: the conversation has begun and is not over, and can do it.
    @discardableResult
    public func order(_ farewell: Farewell) async -> Bool {
        guard let agent = agent.withLock({ $0 }) else { return false }
        await agent(farewell)
        return true
    }

    /// For agents: who does it from now on, `nil` for nobody.
    public func attach(_ agent: (@Sendable (Farewell) async -> Void)?) {
        self.agent.withLock { $0 = agent }
    }
}
